using System.Collections.Concurrent;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Devices;
using static FieldCrm.Silo.Tests.Devices.DeviceFixture;

namespace FieldCrm.Silo.Tests.Devices;

/// <summary>A report of more days than a unit may need: each may have to be made, and that takes its time.</summary>
public sealed class ManyDaysTests
{
    private const int Device = 19;
    private const int Days = 150;
    private const int Day = 86_400;

    [Fact]
    public async Task Given_a_fix_on_each_of_many_days_When_reported_at_once_Then_all_are_stored_in_units_of_bounded_days()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var silo = await SiloUnderTest.StartAsync(database.Addresses, also: FaultyLanes.Put);
        var units = new ConcurrentQueue<DeviceFixes>();
        silo.Get<FaultyLanes>().After = unit =>
        {
            if (unit.Fixes is { } fixes)
                units.Enqueue(fixes);
            return null;
        };
        var fixes = Drive(-(Days - 1) * Day, Days, step: Day);

        // Newest first, and one of them twice.
        var receipt = await silo.ReportAsync(Device, [.. fixes.Reverse(), fixes[3]]);

        Assert.Equal(new ReportReceipt(Days, 1, Parked: []), receipt);
        Assert.Equal(Days, await database.CountAsync("fix"));
        Assert.Equal([64, 64, 22], units.Select(unit => unit.Forward.Select(fix => UtcDay.Of(fix.FixedAt)).Distinct().Count()));
        Assert.Equal(0, await database.CountAsync("refold_mark"));
    }
}
