using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Tests.Devices;

public sealed class FixAdmissionTests
{
    private static readonly UtcMicros ReceivedAt = new(1_795_374_264_123_456);
    private static readonly TimeSpan Retention = TimeSpan.FromDays(30);

    [Theory]
    [InlineData(0, null)]
    [InlineData(5 * UtcMicros.PerMinute, null)]
    [InlineData(5 * UtcMicros.PerMinute + 1, "fix.future")]
    [InlineData(-30 * UtcMicros.PerDay, null)]
    [InlineData(-30 * UtcMicros.PerDay - 1, "fix.older-than-retention")]
    public void Given_a_fix_time_When_checked_Then_the_boundary_itself_is_admitted(long fromReceived, string? expected) =>
        Assert.Equal(expected, FixAdmission.Check(At(ReceivedAt.Value + fromReceived), ReceivedAt, Retention));

    [Fact]
    public void Given_the_earliest_and_the_latest_time_When_checked_Then_quarantined()
    {
        Assert.Equal("fix.older-than-retention",
            FixAdmission.Check(At(UtcMicros.From(DateTimeOffset.MinValue).Value), ReceivedAt, Retention));
        Assert.Equal("fix.future",
            FixAdmission.Check(At(UtcMicros.From(DateTimeOffset.MaxValue).Value), ReceivedAt, Retention));
        Assert.Null(FixAdmission.Check(At(0), ReceivedAt, TimeSpan.MaxValue));
    }

    [Fact]
    public void Given_no_retention_When_checked_Then_a_programmers_error() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => FixAdmission.Check(At(0), ReceivedAt, TimeSpan.Zero));

    private static Fix At(long micros) => new() { FixedAt = new UtcMicros(micros), Position = new GeoPoint(0, 0) };
}
