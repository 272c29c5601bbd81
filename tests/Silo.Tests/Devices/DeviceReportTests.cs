using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Devices;
using static FieldCrm.Silo.Tests.Devices.DeviceFixture;

namespace FieldCrm.Silo.Tests.Devices;

public sealed class DeviceReportTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private SiloUnderTest _silo = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _silo = await SiloUnderTest.StartAsync(_database.Addresses);
    }

    public async Task DisposeAsync()
    {
        await _silo.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Given_a_drive_When_reported_Then_every_fix_is_stored_and_the_trip_recorded()
    {
        var receipt = await _silo.ReportAsync(7, [.. Drive(0, 30)]);

        Assert.Equal(new ReportReceipt(30, 0, Parked: []), receipt);
        Assert.Equal(30, await _database.CountAsync("fix"));
        Assert.Equal(["(1)"], await _database.RowsAsync("SELECT kind FROM device_event"));
        Assert.Equal(await NetEventsAsync(_database, 7), await LedgerAsync(_database, 7));
        Assert.Equal(1, await _database.CountAsync("device_snapshot"));
    }

    [Fact]
    public async Task Given_reported_fixes_When_they_come_again_at_once_or_later_or_after_a_reload_Then_nothing_changes()
    {
        var drive = Drive(0, 40);
        await _silo.ReportAsync(7, [.. drive[..20], .. drive[..20]]);
        await _silo.ReportAsync(7, [.. drive]);
        var before = await OutcomeAsync(_database, 7);

        Assert.Equal(16, (await _silo.ReportAsync(7, [.. drive[24..]])).Duplicates);
        await _silo.ReportAsync(7, [.. drive]);
        await _silo.DeactivateAllAsync();
        await _silo.ReportAsync(7, [.. drive]);
        await _silo.SettleAsync(_database);

        var after = await OutcomeAsync(_database, 7);
        Assert.Equal(before.Where(IsNotSnapshot), after.Where(IsNotSnapshot));
        Assert.Equal(40, await _database.CountAsync("fix"));
        Assert.Equal(0, await _database.CountAsync("refold_mark"));
    }

    [Fact]
    public async Task Given_two_fixes_the_database_refuses_among_a_hundred_When_reported_Then_only_these_are_parked_each_by_itself()
    {
        var drive = Drive(0, 100);
        foreach (var poisoned in new[] { 17, 62 })
            drive[poisoned] = (drive[poisoned] with { AttributesJson = "{not json" }).Hashed();
        var sent = drive.Reverse().ToArray(); // any order

        var receipt = await _silo.ReportAsync(7, [.. sent]);

        Assert.Equal((98, 0), (receipt.Accepted, receipt.Duplicates));
        Assert.Equal([17, 62], receipt.Parked.Select(place => 99 - place).Order());
        Assert.Equal(98, await _database.CountAsync("fix"));
        Assert.Equal(0, await _database.CountAsync("refold_mark")); // in order, so nothing was late
        Assert.Equal(
            ["(0,7,commit.refused,fix-batch/22P02)", "(0,7,commit.refused,fix-batch/22P02)"],
            await _database.RowsAsync("SELECT tenant_id, device_id, reason, protocol FROM quarantine"));
        Assert.Equal([17, 62], (await ParkedAsync()).Select(fix => Array.IndexOf(drive, fix)).Order());
        Assert.Equal(await NetEventsAsync(_database, 7), await LedgerAsync(_database, 7));

        var again = await _silo.ReportAsync(7, [.. sent]); // the answer was lost
        Assert.Equal(98, again.Accepted + again.Duplicates);
        Assert.Equal(receipt.Parked.Order(), again.Parked.Order());
        await _silo.SettleAsync(_database);
        Assert.Equal((98, 2), (await _database.CountAsync("fix"), await _database.CountAsync("quarantine")));
    }

    [Fact]
    public async Task Given_a_report_of_nothing_the_database_takes_When_reported_Then_it_ends_after_bounded_parts_and_all_of_it_is_kept()
    {
        Fix[] poison = [.. Drive(0, 200).Select(fix => (fix with { AttributesJson = "{not json" }).Hashed())];

        var receipt = await _silo.ReportAsync(7, [.. poison]);

        Assert.Equal(Enumerable.Range(0, 200), receipt.Parked.Order());
        Assert.InRange(await _database.CountAsync("quarantine"), 2, 100);
        Assert.Equal(poison.ToHashSet(), (await ParkedAsync()).ToHashSet());
        Assert.Equal(0, await _database.CountAsync("fix"));
    }

    private async Task<List<Fix>> ParkedAsync()
    {
        await using var command = _database.Superuser.CreateCommand("SELECT raw FROM quarantine");
        await using var row = await command.ExecuteReaderAsync();
        var parked = new List<Fix>();
        while (await row.ReadAsync())
        {
            Assert.True(FixBatchCodec.TryDecode(row.GetFieldValue<byte[]>(0), out var kept));
            parked.AddRange(kept);
        }
        return parked;
    }

    [Fact]
    public async Task Given_late_fixes_When_reported_twice_Then_they_are_stored_once_with_one_mark_from_the_oldest()
    {
        var drive = Drive(0, 60);
        await _silo.ReportAsync(7, [drive[0], .. drive[40..]]);
        await _silo.ReportAsync(7, [.. drive[10..40]]);
        await _silo.ReportAsync(7, [.. drive[5..40]]);
        await _silo.ReportAsync(7, [.. drive[5..20]]);

        Assert.Equal(56, await _database.CountAsync("fix"));
        Assert.Equal(
            [$"(7,\"2026-01-01 00:00:05+00\",{drive[5].ContentHash},2)"],
            await _database.RowsAsync("SELECT device_id, from_fixed_at, from_hash, generation FROM refold_mark"));
    }

    [Fact]
    public async Task Given_late_fixes_When_refolded_Then_everything_equals_the_drive_in_order()
    {
        var drive = Drive(0, 600, step: 10);
        await _silo.ReportAsync(1, [.. drive]);
        await _silo.ReportAsync(2, [.. drive[..100]]);
        await _silo.ReportAsync(2, [.. drive[400..]]);
        await _silo.ReportAsync(2, [.. drive[250..400]]);
        await _silo.ReportAsync(2, [.. drive[100..250]]);
        await _silo.SettleAsync(_database);
        await _silo.DeactivateAllAsync();

        await AssertSameAsync(1, 2);
    }

    [Fact]
    public async Task Given_a_fix_older_than_the_window_When_reported_Then_stored_and_marked_and_never_evaluated()
    {
        var eightDays = 8 * 86_400;
        await _silo.ReportAsync(7, [.. Drive(eightDays, 20)]);
        await _silo.DeactivateAllAsync();
        var before = await OutcomeAsync(_database, 7);
        await _silo.ReportAsync(7, Driving(0));
        await _silo.ReportAsync(7, Driving(0));
        await _silo.DeactivateAllAsync();
        await _silo.ReportAsync(7, Driving(0));
        await _silo.DeactivateAllAsync();

        var after = await OutcomeAsync(_database, 7);
        Assert.Equal(21, await _database.CountAsync("fix"));
        Assert.Equal(["(\"2026-01-01 00:00:00+00\",4)"], await _database.RowsAsync("SELECT fixed_at, mark FROM fix_mark"));
        Assert.Equal(0, await _database.CountAsync("refold_mark"));
        Assert.Equal(before.Where(l => l.StartsWith("(snapshot", StringComparison.Ordinal)), after.Where(l => l.StartsWith("(snapshot", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Given_an_alarm_When_reported_Then_its_effect_is_in_the_outbox_in_the_same_transaction()
    {
        await _silo.ReportAsync(7, [.. Drive(0, 5), Driving(5, AlarmKind.Sos)]);

        var id = NetEvent.IdOf(new DeviceId(7), NetEventKind.AlarmRaised, Driving(5, AlarmKind.Sos).Key);
        Assert.Equal(
            [$"(alarm,tenant/0,{id},7,f,2)"],
            await _database.RowsAsync(
                """
                SELECT kind, target, payload->>'alarmId', payload->>'deviceId', (payload->>'isWithdrawn')::boolean,
                    payload->'payload'->>'alarm' FROM outbox
                """));
        Assert.Equal(1, await _database.OneAsync<long>("SELECT count(*) FROM outbox o WHERE EXISTS (SELECT FROM fix f WHERE o.xmin = f.xmin)"));
    }

    [Fact]
    public async Task Given_a_jump_that_a_late_fix_explains_When_refolded_Then_the_mark_is_taken_back()
    {
        var drive = Drive(0, 3);
        var far = (Driving(100) with { Position = new(483_000_000, 115_800_000) }).Hashed(); // 19 km on in 98 s
        var between = (Driving(60) with { Position = new(482_000_000, 115_800_000) }).Hashed();
        await _silo.ReportAsync(7, [.. drive, far]);
        Assert.Equal(["(\"2026-01-01 00:01:40+00\",3)"], await _database.RowsAsync("SELECT fixed_at, mark FROM fix_mark"));
        await _silo.ReportAsync(7, between);
        await _silo.SettleAsync(_database);

        await _silo.ReportAsync(8, [.. drive, between, far]);
        await _silo.DeactivateAllAsync();
        await AssertSameAsync(8, 7);
    }

    private static bool IsNotSnapshot(string line) => !line.StartsWith("(snapshot", StringComparison.Ordinal);

    /// <summary>Apart from the device's number in ids and checksums.</summary>
    private async Task AssertSameAsync(int expected, int actual)
    {
        Assert.Equal(await ComparableAsync(expected), await ComparableAsync(actual));
        Assert.Equal(await NetEventsAsync(_database, actual), await LedgerAsync(_database, actual));
    }

    private async Task<List<string>> ComparableAsync(int device) =>
    [
        .. await _database.RowsAsync($"SELECT fixed_at, content_hash FROM fix WHERE device_id = {device} ORDER BY 1, 2"),
        .. await _database.RowsAsync($"SELECT kind, start_fixed_at, emitted_fixed_at, emitted_hash, payload::text FROM device_event WHERE device_id = {device} ORDER BY 1, 2"),
        .. await _database.RowsAsync($"SELECT fixed_at, content_hash, mark FROM fix_mark WHERE device_id = {device} ORDER BY 1, 2"),
        .. await _database.RowsAsync($"SELECT last_fixed_at, substr(state, 1, length(state) - 8) FROM device_snapshot WHERE device_id = {device}"),
        .. await _database.RowsAsync($"SELECT through_fixed_at, substr(state, 1, length(state) - 8) FROM device_checkpoint WHERE device_id = {device} ORDER BY 1"),
    ];
}
