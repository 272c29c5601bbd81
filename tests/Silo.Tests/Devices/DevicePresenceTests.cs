using FieldCrm.Core;
using FieldCrm.Silo.Commit;
using static FieldCrm.Silo.Tests.Devices.DeviceFixture;

namespace FieldCrm.Silo.Tests.Devices;

public sealed class DevicePresenceTests : IAsyncLifetime
{
    private const int Device = 7;

    private TestDatabase _database = null!;
    private SiloUnderTest _silo = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _silo = await SiloUnderTest.StartAsync(_database.Addresses, also: FaultyLanes.Put);
    }

    public async Task DisposeAsync()
    {
        await _silo.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Given_a_device_that_falls_silent_and_speaks_again_Then_the_due_row_and_the_ledger_say_so()
    {
        await _silo.ReportAsync(Device, Driving(0));
        Assert.Equal("2026-01-10 00:10", await DueAsync());
        _silo.Time.Advance(TimeSpan.FromMinutes(4));
        await _silo.ReportAsync(Device, Driving(240));
        Assert.Equal("2026-01-10 00:10", await DueAsync()); // a lower bound: nothing was written

        _silo.Time.Advance(TimeSpan.FromMinutes(6));
        await _silo.Device(Device).DueAsync(0, _silo.Now.Value);
        Assert.Equal("2026-01-10 00:14", await DueAsync());
        Assert.Equal(0, await _database.CountAsync("event"));

        _silo.Time.Advance(TimeSpan.FromMinutes(4));
        await _silo.Device(Device).DueAsync(0, _silo.Now.Value);
        await _silo.Device(Device).DueAsync(0, _silo.Now.Value);
        Assert.Equal(0, await _database.CountAsync("due"));
        Assert.Equal(["(SignalLost)"], await _database.RowsAsync("SELECT type FROM event ORDER BY version"));
        Assert.Equal(["(t)"], await _database.RowsAsync("SELECT signal_lost FROM device_snapshot"));

        await _silo.ReportAsync(Device, Driving(240)); // a repeat is a sign of life as well
        Assert.Equal("2026-01-10 00:24", await DueAsync());
        Assert.Equal(["(SignalLost)", "(SignalRegained)"], await _database.RowsAsync("SELECT type FROM event ORDER BY version"));
    }

    [Fact]
    public async Task Given_a_signal_regained_by_a_late_fix_When_the_process_dies_Then_the_next_silence_is_noticed()
    {
        await _silo.ReportAsync(Device, Driving(500));
        _silo.Time.Advance(TimeSpan.FromMinutes(10));
        await _silo.Device(Device).DueAsync(0, _silo.Now.Value);
        await _silo.ReportAsync(Device, Driving(100));

        await using var next = await SiloUnderTest.StartAsync(_database.Addresses, _silo.Time);
        _silo.Time.Advance(TimeSpan.FromMinutes(10));
        await next.Device(Device).DueAsync(0, next.Now.Value);
        Assert.Equal(
            ["(SignalLost)", "(SignalRegained)", "(SignalLost)"],
            (await _database.RowsAsync("SELECT type FROM event WHERE type LIKE 'Signal%' ORDER BY version")));
    }

    [Fact]
    public async Task Given_a_silence_that_cannot_be_committed_When_it_fires_again_Then_it_is_recorded_once()
    {
        await _silo.ReportAsync(Device, Driving(0));
        _silo.Time.Advance(TimeSpan.FromMinutes(10));
        var lanes = _silo.Get<FaultyLanes>();
        lanes.Before = _ => new CommitUnavailableException("as the test wants");
        await Assert.ThrowsAsync<CommitUnavailableException>(() => _silo.Device(Device).DueAsync(0, _silo.Now.Value));
        lanes.Before = _ => null;
        lanes.After = _ => new CommitOutcomeUnknownException("as the test wants");
        await Assert.ThrowsAsync<CommitOutcomeUnknownException>(() => _silo.Device(Device).DueAsync(0, _silo.Now.Value));
        lanes.After = _ => null;

        await _silo.Device(Device).DueAsync(0, _silo.Now.Value);
        Assert.Equal(["(SignalLost)"], await _database.RowsAsync("SELECT type FROM event"));
    }

    private Task<string> DueAsync() =>
        _database.OneAsync<string>("SELECT to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM due WHERE kind = 'device.silence'");
}
