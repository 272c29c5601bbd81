using System.Buffers.Binary;
using System.Globalization;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Ledger;
using FieldCrm.Silo.Outbox;
using FieldCrm.Silo.Positions;
using FieldCrm.Silo.Retention;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Tenants;
using FieldCrm.Silo.Tests.Devices;
using FieldCrm.TestKit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using static FieldCrm.Silo.Tests.Devices.DeviceFixture;

namespace FieldCrm.Silo.Tests.Retention;

/// <summary>
/// Whatever retention took away is looked for in every column of every table, as text, as numbers and as bytes: nothing
/// may say where the device was on a day that is not kept any more.
/// </summary>
[Collection(AloneOnTheCluster.Name)]
public sealed class ForgottenPositionsTests : IAsyncLifetime
{
    private const int Device = 7;

    private static readonly DateTimeOffset FirstDay = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

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
    public async Task Given_a_device_that_fell_silent_When_its_days_are_forgotten_Then_nothing_anywhere_says_where_it_was_and_the_ledger_holds()
    {
        var fixes = await EventfulAsync(_silo, _database);
        Assert.Equal(
            ["alarm", "device_checkpoint", "device_event", "device_snapshot", "event_payload", "fix", "outbox", "quarantine"],
            await TablesWithAsync(fixes));
        var events = await _database.CountAsync("event");

        await ForgetAsync(days: 32);

        Assert.Empty(await TablesWithAsync(fixes));
        Assert.Equal(0, await _database.CountAsync("refold_mark"));
        var remembered = _silo.Get<LastPositions>().Of(SiloUnderTest.Tenant, new DeviceId(Device));
        Assert.Null(remembered.Last);
        Assert.NotNull(remembered.HeardAt); // that it was heard is no position
        Assert.Equal(["(t)"], await _database.RowsAsync("SELECT last_received_at::date = '2026-01-10' FROM device_snapshot"));
        await AssertLedgerHoldsAsync(erased: events); // all of them told of positions
        Assert.Equal(["(device/7,1)", "(tenant/0,1)"], await _database.RowsAsync(
            "SELECT stream, count(*) FROM event WHERE type = 'PayloadErased' GROUP BY stream ORDER BY 1"));

        await ForgetAsync(days: 1);
        Assert.Equal(events + 2, await _database.CountAsync("event")); // nothing more to say
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Given_a_forgotten_device_When_it_reports_again_newest_first_Then_it_ends_as_in_order(bool isReloaded)
    {
        var again = Fixes(day: 40, 300);
        await using var undisturbed = await TestDatabase.CreateAsync();
        List<string> expected;
        await using (var silo = await SiloUnderTest.StartAsync(undisturbed.Addresses))
        {
            await EventfulAsync(silo, undisturbed);
            await ForgetAsync(silo, undisturbed, days: 32);
            foreach (var batch in again.Chunk(50))
                await silo.ReportAsync(Device, [.. batch]);
            await silo.DeactivateAllAsync();
            expected = await OutcomeAsync(undisturbed, Device);
        }

        await EventfulAsync(_silo, _database);
        await ForgetAsync(days: 32);
        foreach (var batch in again.Reverse().Chunk(50))
        {
            await _silo.ReportAsync(Device, [.. batch]);
            if (isReloaded)
                await _silo.DeactivateAllAsync();
        }
        await _silo.SettleAsync(_database);
        await _silo.DeactivateAllAsync();

        Assert.Equal(expected, await OutcomeAsync(_database, Device));
    }

    [Fact]
    public async Task Given_a_device_that_reports_now_and_then_When_only_some_of_its_days_are_kept_Then_the_others_are_in_nothing_that_is_left()
    {
        var old = Fixes(day: 0, 300);
        Fix[] kept = [.. Fixes(day: 25, 300), .. Fixes(day: 26, 300)];
        foreach (var batch in (Fix[][])[old, kept[..300], kept[300..]])
            await _silo.ReportAsync(Device, [.. batch]);
        await _silo.DeactivateAllAsync();
        Assert.Contains("device_checkpoint", await TablesWithAsync(old)); // where a refold of day 25 would begin

        await ForgetAsync(days: 22); // keeps from January 2 on

        Assert.Empty(await TablesWithAsync(old));
        Assert.Contains("device_snapshot", await TablesWithAsync(kept));
        await _silo.ReportAsync(Device, (FixOf(day: 25, second: 150) with { SpeedMmps = 19_000 }).Hashed());
        await _silo.SettleAsync(_database);
        Assert.Equal(601, await _database.CountAsync("fix"));
        Assert.Empty(await TablesWithAsync(old));
        await AssertLedgerHoldsAsync(erased: null);
    }

    [Fact]
    public async Task Given_a_refold_under_way_When_the_device_is_forgotten_Then_what_it_adopts_brings_nothing_back()
    {
        var old = Fixes(day: 0, 300);
        await _silo.ReportAsync(Device, [.. old[..100], .. old[200..]]);
        var refold = new RefoldRun(new DeviceFold(new DeviceId(Device)));
        foreach (var fix in old)
            refold.Feed(fix);
        await _silo.ReportAsync(Device, [.. old[100..200]]);
        var generation = await _database.OneAsync<long>("SELECT generation FROM refold_mark");
        await _silo.DeactivateAllAsync();
        await ForgetAsync(days: 32);

        await _silo.Device(Device).AdoptAsync(refold.Finish(), 0, generation);
        await _silo.DeactivateAllAsync();
        Assert.Empty(await TablesWithAsync(old));
        Assert.Null(_silo.Get<LastPositions>().Of(SiloUnderTest.Tenant, new DeviceId(Device)).Last);
    }

    [Fact]
    public async Task Given_a_snapshot_of_another_version_of_a_silent_device_When_forgotten_Then_its_bytes_are_gone_too()
    {
        var fixes = await EventfulAsync(_silo, _database);
        await _database.ExecuteAsync("UPDATE device_snapshot SET fold_version = 99; UPDATE device_checkpoint SET fold_version = 99");
        await ForgetAsync(days: 32);
        Assert.Empty(await TablesWithAsync(fixes));
        await _silo.ReportAsync(Device, FixOf(day: 40, second: 1));
        Assert.Equal(1, await _database.CountAsync("fix"));
    }

    /// <summary>Two days of trips, alarms (one at a place that is not believed), late fixes, and something set aside.</summary>
    private static async Task<Fix[]> EventfulAsync(SiloUnderTest silo, TestDatabase database)
    {
        Fix[] fixes = [.. Fixes(day: 0, 300), .. Fixes(day: 1, 300)];
        fixes[100] = (fixes[100] with { Alarm = AlarmKind.Sos }).Hashed();
        fixes[400] = (fixes[400] with { Alarm = AlarmKind.Crash, Position = new GeoPoint(123_456_789, 987_654_321) }).Hashed();
        await silo.ReportAsync(Device, [.. fixes[..90], .. fixes[120..300]]);
        await silo.ReportAsync(Device, [.. fixes[90..120]]);
        await silo.SettleAsync(database);
        await silo.ReportAsync(Device, [.. fixes[300..]]);
        await silo.DeactivateAllAsync();
        using var dispatcher = new OutboxDispatcher(
            silo.Get<FieldCrmDatabase>(), [new AlarmOutboxHandler(silo.Get<IGrainFactory>())], new OutboxSignal(),
            Options.Create(new OutboxOptions()), silo.Time, NullLogger<OutboxDispatcher>.Instance);
        await Eventually.TrueAsync(async () => await dispatcher.RunOnceAsync(CancellationToken.None) == 0, TimeSpan.FromSeconds(30));
        Assert.Equal(2, await database.CountAsync("alarm"));
        await using var aside = database.Superuser.CreateCommand(
            "INSERT INTO quarantine (tenant_id, device_id, reason, protocol, received_at, raw, raw_hash) VALUES (0, 7, 'fix.future', 'fixes', $1, $2, '')");
        aside.Parameters.AddWithValue(silo.Time.GetUtcNow());
        aside.Parameters.AddWithValue(Bytes(fixes[0].Position));
        await aside.ExecuteNonQueryAsync();
        return fixes;
    }

    private Task ForgetAsync(int days) => ForgetAsync(_silo, _database, days);

    private static async Task ForgetAsync(SiloUnderTest silo, TestDatabase database, int days)
    {
        silo.Time.Advance(TimeSpan.FromDays(days));
        var retention = new RetentionWorker(
            silo.Get<FieldCrmDatabase>(),
            new Forgetting(silo.Get<FieldCrmDatabase>(), silo.Get<IGrainFactory>(), NullLogger<Forgetting>.Instance),
            silo.Get<IHostApplicationLifetime>(), Options.Create(new RetentionOptions()), silo.Time, NullLogger<RetentionWorker>.Instance);
        Assert.True(await retention.RunOnceAsync(CancellationToken.None));
        Assert.Equal(0, await database.OneAsync<long>("SELECT count(*) FROM tenant WHERE positions_before IS NULL"));
    }

    /// <summary>Tables in which one of the places stands: as a decimal latitude, as bytes of both numbers, or in a geometry.</summary>
    private async Task<List<string>> TablesWithAsync(Fix[] fixes)
    {
        var patterns = fixes.Select(fix => fix.Position).Distinct().SelectMany(Spellings).Select(spelling => $"%{spelling}%").ToArray();
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var row in await _database.RowsAsync(
            "SELECT relname FROM pg_class WHERE relnamespace = 'fieldcrm'::regnamespace AND relkind = 'r'"))
        {
            var table = row.Trim('(', ')');
            await using var command = _database.Superuser.CreateCommand(
                $"SELECT EXISTS (SELECT FROM {table} t WHERE lower(t::text) LIKE ANY ($1))");
            command.Parameters.AddWithValue(patterns);
            if (await command.ExecuteScalarAsync() is true)
                found.Add(table.StartsWith("fix_2", StringComparison.Ordinal) ? "fix" : table);
        }
        return [.. found];
    }

    private static IEnumerable<string> Spellings(GeoPoint position)
    {
        yield return position.LatitudeE7.ToString(CultureInfo.InvariantCulture);
        yield return Convert.ToHexStringLower(Bytes(position));
        yield return Convert.ToHexStringLower(Ewkb.Point(position).AsSpan()[^(2 * sizeof(double))..]);
    }

    private static byte[] Bytes(GeoPoint position)
    {
        var bytes = new byte[2 * sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, position.LatitudeE7);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(sizeof(int)), position.LongitudeE7);
        return bytes;
    }

    private async Task AssertLedgerHoldsAsync(long? erased)
    {
        var incarnation = await _database.OneAsync<long>("SELECT max(incarnation) FROM silo");
        var sealer = new Sealer(
            _silo.Get<FieldCrmDatabase>(), Options.Create(new SealerOptions()), _silo.Time, NullLogger<Sealer>.Instance);
        await sealer.SealAsync(incarnation, CancellationToken.None);
        var tenants = await LedgerVerifier.VerifyAsync(_silo.Get<FieldCrmDatabase>().Silo, [], CancellationToken.None);
        Assert.All(tenants, tenant => Assert.Empty(tenant.Findings));
        var counted = tenants.Sum(tenant => tenant.ErasedPayloads);
        Assert.True(counted > 0, "no payload was erased");
        if (erased is { } all)
            Assert.Equal(all, counted);
    }

    /// <summary>A drive at 20 m/s on a street of that day's own.</summary>
    private static Fix[] Fixes(int day, int count) => [.. Enumerable.Range(0, count).Select(second => FixOf(day, second))];

    private static Fix FixOf(int day, int second) => new Fix
    {
        FixedAt = UtcMicros.From(FirstDay.AddDays(day).AddSeconds(second)),
        Position = new GeoPoint(481_300_007 + day * 3_000_000 + second * 1_800, 115_800_000),
        SpeedMmps = 20_000, AccuracyMm = 5_000,
    }.Hashed();
}
