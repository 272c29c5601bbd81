using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Commit;
using FieldCrm.TestKit;
using static FieldCrm.Silo.Tests.Devices.DeviceFixture;

namespace FieldCrm.Silo.Tests.Devices;

public sealed class DeviceRefoldTests : IAsyncLifetime
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
    public async Task Given_six_thousand_fixes_newest_first_When_settled_Then_refolds_cost_at_most_twenty_times_in_order()
    {
        var fixes = Drive(0, 6_000);
        foreach (var batch in fixes.Reverse().Chunk(10))
        {
            await _silo.ReportAsync(Device, [.. batch]);
            _silo.Time.Advance(TimeSpan.FromSeconds(1));
            await Eventually.TrueAsync(() => !_silo.Refolds.IsBusy, TimeSpan.FromSeconds(30));
        }
        await _silo.SettleAsync(_database);

        Assert.InRange(_silo.Refolds.TotalSteps, 6_000, 20 * 6_000);
        Assert.Equal(["(1)"], await _database.RowsAsync("SELECT kind FROM device_event"));
        Assert.Equal(await NetEventsAsync(_database, Device), await LedgerAsync(_database, Device));
    }

    [Fact]
    public async Task Given_a_refold_under_way_When_live_fixes_come_Then_they_are_answered_meanwhile()
    {
        var drive = Drive(0, 400);
        await _silo.ReportAsync(Device, drive[0], drive[200]);
        await _silo.ReportAsync(Device, [.. drive[1..200]]);
        await using (var hold = await _database.Superuser.OpenConnectionAsync())
        {
            await ExecuteAsync(hold, "BEGIN; LOCK TABLE device_checkpoint IN ACCESS EXCLUSIVE MODE");
            _silo.Time.Advance(TimeSpan.FromSeconds(1));
            await _database.WaitingAsync(1, "%FROM device_checkpoint%");
            for (var i = 201; i < 220; i++)
                Assert.Equal(1, (await _silo.ReportAsync(Device, drive[i])).Accepted);
            Assert.True(_silo.Refolds.IsBusy);
            await ExecuteAsync(hold, "ROLLBACK");
        }

        await _silo.SettleAsync(_database);
        Assert.Equal(220, await _database.CountAsync("fix"));
        Assert.Equal(await NetEventsAsync(_database, Device), await LedgerAsync(_database, Device));
    }

    [Fact]
    public async Task Given_an_adoption_that_cannot_be_committed_When_time_passes_Then_it_is_tried_again()
    {
        var failures = 0;
        await ReportLateAsync();
        _silo.Get<FaultyLanes>().Before = unit =>
            unit.Fixes is null && failures++ < 3 ? new CommitUnavailableException("as the test wants") : null;

        await _silo.SettleAsync(_database);
        Assert.InRange(failures, 4, 10);
    }

    [Fact]
    public async Task Given_marks_of_a_process_that_died_When_the_next_one_starts_Then_it_refolds_them()
    {
        await ReportLateAsync();
        Assert.Equal(1, await _database.CountAsync("refold_mark"));

        await using var next = await SiloUnderTest.StartAsync(_database.Addresses);
        await next.SettleAsync(_database);
    }

    [Fact]
    public async Task Given_more_fixes_after_a_refold_than_a_turn_folds_When_adopting_Then_the_grain_asks_to_fold_on()
    {
        foreach (var batch in Drive(0, 1_500).Chunk(500))
            await _silo.ReportAsync(Device, [.. batch]);
        var nothing = new RefoldRun(new DeviceFold(new DeviceId(Device)));
        Assert.False(await _silo.Device(Device).AdoptAsync(nothing.Finish(), SiloUnderTest.Tenant.Value, 1));

        foreach (var fix in Drive(0, 600))
            nothing.Feed(fix);
        Assert.True(await _silo.Device(Device).AdoptAsync(nothing.Finish(), SiloUnderTest.Tenant.Value, 1));
        Assert.Equal(await NetEventsAsync(_database, Device), await LedgerAsync(_database, Device));
    }

    [Fact]
    public async Task Given_an_adoption_that_comes_twice_When_a_late_fix_came_between_Then_its_mark_stays()
    {
        var drive = Drive(0, 50);
        await _silo.ReportAsync(Device, drive[0], drive[49]);
        await _silo.ReportAsync(Device, [.. drive[1..20]]);
        var first = (await _database.RowsAsync("SELECT generation FROM refold_mark"))[0].Trim('(', ')');
        var refold = new RefoldRun(new DeviceFold(new DeviceId(Device)));
        foreach (var fix in (Fix[])[.. drive[..20], drive[49]])
            refold.Feed(fix);
        var generation = long.Parse(first, System.Globalization.CultureInfo.InvariantCulture);

        Assert.True(await _silo.Device(Device).AdoptAsync(refold.Finish(), SiloUnderTest.Tenant.Value, generation));
        Assert.Equal(0, await _database.CountAsync("refold_mark"));
        await _silo.ReportAsync(Device, drive[30]);
        Assert.True(await _silo.Device(Device).AdoptAsync(refold.Finish(), SiloUnderTest.Tenant.Value, generation));
        Assert.Equal(1, await _database.CountAsync("refold_mark"));
    }

    [Fact]
    public async Task Given_a_snapshot_of_another_fold_version_When_the_device_is_loaded_Then_everything_is_folded_again_and_corrected()
    {
        await _silo.ReportAsync(Device, [.. Drive(0, 300)]);
        await _silo.DeactivateAllAsync();
        var before = await OutcomeAsync(_database, Device);
        await _database.ExecuteAsync("UPDATE device_snapshot SET fold_version = 99, state = '\\x00'");
        await _database.ExecuteAsync("UPDATE device_event SET payload = '{\"startedAtMicros\":1}'"); // what that version said
        var recorded = (await EntriesAsync(_database, Device)).Count;

        await _silo.ReportAsync(Device, Drive(0, 1)[0]);
        await _silo.SettleAsync(_database);
        await _silo.DeactivateAllAsync();
        Assert.Equal(before, await OutcomeAsync(_database, Device));
        Assert.Equal(recorded + 1, (await EntriesAsync(_database, Device)).Count);
    }

    private async Task ReportLateAsync()
    {
        var drive = Drive(0, 50);
        await _silo.ReportAsync(Device, drive[0], drive[49]);
        await _silo.ReportAsync(Device, [.. drive[1..49]]);
    }

    private static async Task ExecuteAsync(Npgsql.NpgsqlConnection connection, string sql)
    {
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
