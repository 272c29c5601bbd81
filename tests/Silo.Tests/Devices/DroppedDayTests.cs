using FieldCrm.Core.Devices;
using static FieldCrm.Silo.Tests.Devices.DeviceFixture;

namespace FieldCrm.Silo.Tests.Devices;

/// <summary>Retention has dropped a day: what happened on it stays as it was recorded, whatever is folded again.</summary>
public sealed class DroppedDayTests : IAsyncLifetime
{
    private const int Device = 9;
    private const int Day = 86_400;

    private TestDatabase _database = null!;
    private SiloUnderTest _silo = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _silo = await SiloUnderTest.StartAsync(_database.Addresses);
        await _silo.ReportAsync(Device, [.. Drive(0, 60)]);
        await _silo.ReportAsync(Device, [.. Drive(Day, 60)]);
        await _silo.DeactivateAllAsync();
        await _database.ExecuteAsync("DROP TABLE fieldcrm.fix_20260101");
    }

    public async Task DisposeAsync()
    {
        await _silo.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Given_a_dropped_day_When_a_late_fix_comes_on_the_next_Then_the_refold_begins_after_the_dropped_one()
    {
        var before = await NetEventsAsync(_database, Device);
        Assert.NotEmpty(before);
        await _silo.ReportAsync(Device, DeviceFixture.Driving(Day + 30, AlarmKind.Sos));
        await _silo.SettleAsync(_database);

        var after = await NetEventsAsync(_database, Device);
        Assert.Empty(before.Except(after));
        Assert.Equal(before.Count + 1, after.Count);
        Assert.Equal(after, await LedgerAsync(_database, Device));
    }

    [Fact]
    public async Task Given_a_dropped_day_When_the_fold_itself_changed_Then_its_events_stay_recorded()
    {
        var before = await _database.RowsAsync(
            $"SELECT event_id FROM device_event WHERE device_id = {Device} AND emitted_fixed_at < '2026-01-02' ORDER BY 1");
        Assert.NotEmpty(before);
        await _database.ExecuteAsync("UPDATE device_snapshot SET fold_version = 99, state = '\\x00'");
        await _database.ExecuteAsync("UPDATE device_checkpoint SET fold_version = 99");
        await _silo.ReportAsync(Device, DeviceFixture.Driving(Day + 100));
        await _silo.SettleAsync(_database);

        Assert.Equal(before, await _database.RowsAsync(
            $"SELECT event_id FROM device_event WHERE device_id = {Device} AND emitted_fixed_at < '2026-01-02' ORDER BY 1"));
        Assert.Equal(await NetEventsAsync(_database, Device), await LedgerAsync(_database, Device));
    }
}
