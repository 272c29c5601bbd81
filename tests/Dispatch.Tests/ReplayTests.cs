using FieldCrm.Dispatch.Map;
using FieldCrm.Dispatch.Replay;

namespace FieldCrm.Dispatch.Tests;

public sealed class ReplayTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly ReplaySpan Hour = new(Noon, Noon.AddHours(1));

    [Fact]
    public void Given_a_span_Then_its_address_and_fractions_are_exact()
    {
        Assert.Equal("/api/v1/replay?from=2026-11-22T12:00:00Z&to=2026-11-22T13:00:00Z", Hour.Address);
        Assert.Equal(Noon.AddMinutes(15).ToUnixTimeMilliseconds(), Hour.At(0.25));
        Assert.Equal(0.25, Hour.FractionOf(Hour.At(0.25)));
        Assert.Equal(1, Hour.FractionOf(Hour.ToUnixMs + 5));
        Assert.Equal(Hour.FromUnixMs, Hour.At(-3));
    }

    [Fact]
    public void Given_a_silence_Then_the_curve_has_a_gap()
    {
        var track = Track((0, 0), (60, 1000), (120, 500), (1800, 1000));
        var (path, top) = SpeedCurve.Of(track, Hour);
        Assert.Equal("M0 60L17 2L33 31M500 2", path);
        Assert.Equal(10, top);
    }

    [Fact]
    public void Given_nothing_in_the_span_Then_no_curve() => Assert.Equal("", SpeedCurve.Of(Track((-10, 5), (3_600, 5)), Hour).Path);

    private static Track Track(params (int Second, int Cmps)[] points) => new(
        1, [.. points.Select(p => Hour.FromUnixMs + p.Second * 1000.0)], new int[points.Length], new int[points.Length],
        [.. points.Select(p => (int?)p.Cmps)], [], null);
}
