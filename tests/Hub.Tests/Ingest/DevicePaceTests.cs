using FieldCrm.Core;
using FieldCrm.Hub.Ingest;
using Microsoft.Extensions.Time.Testing;

namespace FieldCrm.Hub.Tests.Ingest;

public sealed class DevicePaceTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Given_a_burst_and_a_pace_When_a_device_reports_Then_as_many_at_once_then_as_many_a_second()
    {
        var pace = new DevicePace(atOnce: 10, perSecond: 4, _time);
        var device = new DeviceId(7);

        Assert.Equal(10, Taken(pace, device, 30));
        Assert.Equal(10, Taken(pace, new DeviceId(8), 30)); // another's is its own
        _time.Advance(TimeSpan.FromMilliseconds(249));
        Assert.Equal(0, Taken(pace, device, 30));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, Taken(pace, device, 30));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(8, Taken(pace, device, 30));
        _time.Advance(TimeSpan.FromDays(400));
        Assert.Equal(10, Taken(pace, device, 30)); // silence saves up no more than that
    }

    [Fact]
    public async Task Given_many_at_one_moment_When_counted_Then_no_more_than_may_be()
    {
        var pace = new DevicePace(atOnce: 1_000, perSecond: 1, _time);

        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Taken(pace, new DeviceId(7), 1_000))));

        Assert.Equal(1_000, taken.Sum());
    }

    private static int Taken(DevicePace pace, DeviceId device, int tries) => Enumerable.Range(0, tries).Count(_ => pace.TryTake(device));
}
