using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Devices;
using FieldCrm.TestKit;
using static FieldCrm.Silo.Tests.Devices.DeviceFixture;

namespace FieldCrm.Silo.Tests.Devices;

/// <summary>
/// An upgrade that changes the fold meets a device with a long history: it is answered after a bounded number of
/// fixes, the rest is folded slice by slice beside it, and the end equals a full fold byte by byte.
/// </summary>
public sealed class ChangedFoldTests : IAsyncLifetime
{
    private const int Device = 13;
    private const int Stored = 2 * RefoldWorker.SliceFixes + 3_000;
    private const int Live = 800; // more than the tail, so that what the grain records meanwhile crosses its beginning

    private readonly Fix[] _fixes = Shifts(Stored + Live);
    private TestDatabase _database = null!;
    private List<string> _full = [];

    public async Task InitializeAsync()
    {
        await using (var undisturbed = await TestDatabase.CreateAsync())
        await using (var silo = await SiloUnderTest.StartAsync(undisturbed.Addresses))
        {
            await ReportAllAsync(silo, _fixes);
            _full = await OutcomeAsync(undisturbed, Device);
        }
        _database = await TestDatabase.CreateAsync();
        await using var before = await SiloUnderTest.StartAsync(_database.Addresses);
        await ReportAllAsync(before, _fixes[..Stored]);
        await before.DeactivateAllAsync();
        await BecomeOfAnotherVersionAsync();
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Given_a_changed_fold_When_a_device_with_a_long_history_reports_Then_its_first_turn_folds_a_bounded_tail()
    {
        await using var silo = await SiloUnderTest.StartAsync(_database.Addresses);

        Assert.Equal(10, (await silo.ReportAsync(Device, [.. _fixes[Stored..(Stored + 10)]])).Accepted);
        Assert.Equal(DeviceGrain.MaxLoadedFixes, silo.Get<DeviceMetrics>().FixesFoldedByLoads);
        Assert.Equal(0, silo.Refolds.TotalSteps); // the product's clock stands still, and with it the worker
        Assert.Equal("-infinity", await _database.OneAsync<string>("SELECT from_fixed_at::text FROM refold_mark"));
        Assert.Equal( // one adoption will restate all that the grain records on its own
            _fixes[Stored - DeviceGrain.MaxLoadedFixes].FixedAt.ToDateTimeOffset().UtcDateTime,
            await _database.OneAsync<DateTime>("SELECT open_fixed_at FROM refold_mark"));
        Assert.Equal(
            [$"({DeviceFold.Version})"], await _database.RowsAsync("SELECT fold_version FROM device_snapshot")); // not again at the next load
    }

    [Fact]
    public async Task Given_a_changed_fold_When_fixes_come_during_the_refold_Then_everything_ends_as_a_full_fold_makes_it()
    {
        await using var silo = await SiloUnderTest.StartAsync(_database.Addresses);
        await silo.ReportAsync(Device, [.. _fixes[Stored..(Stored + 10)]]);
        await UntilASliceIsDoneAsync(silo);
        await silo.ReportAsync(Device, [.. _fixes[(Stored + 11)..(Stored + 400)]]);
        await silo.ReportAsync(Device, _fixes[Stored + 10]); // late
        await silo.ReportAsync(Device, [.. _fixes[(Stored + 400)..]]);
        await silo.SettleAsync(_database);
        await silo.DeactivateAllAsync();

        Assert.Equal(_full, await OutcomeAsync(_database, Device));
        Assert.Equal(await NetEventsAsync(_database, Device), await LedgerAsync(_database, Device));
        Assert.Equal(0, await _database.OneAsync<long>("SELECT count(*) FROM device_checkpoint WHERE fold_version = 99"));
    }

    [Fact]
    public async Task Given_a_refold_of_slices_When_the_silo_ends_between_two_Then_the_next_one_goes_on_from_there()
    {
        await using (var first = await SiloUnderTest.StartAsync(_database.Addresses))
        {
            await ReportAllAsync(first, _fixes[Stored..]);
            await UntilASliceIsDoneAsync(first);
        }
        await using var next = await SiloUnderTest.StartAsync(_database.Addresses);
        await next.SettleAsync(_database);
        await next.DeactivateAllAsync();

        Assert.InRange(next.Refolds.TotalSteps, 1, Stored + Live - RefoldWorker.SliceFixes);
        Assert.Equal(_full, await OutcomeAsync(_database, Device));
        Assert.Equal(await NetEventsAsync(_database, Device), await LedgerAsync(_database, Device));
    }

    private Task UntilASliceIsDoneAsync(SiloUnderTest silo) => Eventually.TrueAsync(
        async () =>
        {
            silo.Time.Advance(TimeSpan.FromMilliseconds(100)); // a slice rests longer
            return await _database.OneAsync<bool>("SELECT from_fixed_at > '2026-01-01' FROM refold_mark");
        },
        TimeSpan.FromSeconds(30));

    /// <summary>States that this version cannot read, and a record of which it makes something else.</summary>
    private Task BecomeOfAnotherVersionAsync() => _database.ExecuteAsync("""
        UPDATE device_snapshot SET fold_version = 99, state = '\x00';
        UPDATE device_checkpoint SET fold_version = 99, state = '\x00';
        UPDATE device_event SET payload = '{"startedAtMicros":1}' WHERE kind = 3;
        UPDATE device_event SET emitted_fixed_at = emitted_fixed_at + interval '40 minutes' WHERE kind = 5;
        DELETE FROM fix_mark WHERE fixed_at < '2026-01-01 03:00Z';
        INSERT INTO fix_mark (device_id, tenant_id, fixed_at, content_hash, mark)
        SELECT device_id, tenant_id, fixed_at, content_hash, 2 FROM fix
        WHERE extract(minute FROM fixed_at) = 7 AND extract(second FROM fixed_at) = 0 ON CONFLICT DO NOTHING
        """);

    private static async Task ReportAllAsync(SiloUnderTest silo, Fix[] fixes)
    {
        foreach (var batch in fixes.Chunk(FixBatchCodec.MaxFixes))
            await silo.ReportAsync(Device, [.. batch]);
    }

    /// <summary>Half an hour of driving and a quarter of standing by turns, with alarms and jumps among them.</summary>
    private static Fix[] Shifts(int count)
    {
        var random = new Random(20260101);
        var driven = 0;
        var fixes = new Fix[count];
        for (var i = 0; i < count; i++)
        {
            var isDriving = i % 2_700 < 1_800;
            driven += isDriving ? 1 : 0;
            var fix = Driving(i, random.Next(500) == 0 ? AlarmKind.Sos : AlarmKind.None);
            var place = Driving(driven).Position;
            fixes[i] = (fix with
            {
                Position = random.Next(300) == 0 ? place with { LongitudeE7 = place.LongitudeE7 + 50_000_000 } : place,
                SpeedMmps = isDriving ? 20_000 : 0,
            }).Hashed();
        }
        return fixes;
    }
}
