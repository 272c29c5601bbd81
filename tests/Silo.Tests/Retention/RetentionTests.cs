using FieldCrm.Core;
using FieldCrm.Core.Live;
using FieldCrm.Silo.Positions;
using FieldCrm.Silo.Retention;
using FieldCrm.Silo.Tests.Devices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FieldCrm.Silo.Tests.Retention;

[Collection(AloneOnTheCluster.Name)]
public sealed class RetentionTests : StoreTest
{
    private static readonly DateOnly Today = DateOnly.FromDateTime(Noon.UtcDateTime);

    private SiloUnderTest _silo = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _silo = await SiloUnderTest.StartAsync(Addresses, Time);
        await AddTenantAsync(1);
        await AddTenantAsync(2, """{"retentionDays":10}""");
        await AddDeviceAsync(1, tenant: 1);
        await AddDeviceAsync(2, tenant: 2);
    }

    public override async Task DisposeAsync()
    {
        await _silo.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Given_days_of_positions_When_run_Then_old_days_are_dropped_and_shorter_tenants_lose_their_rows_only()
    {
        foreach (var age in new[] { 32, 31, 30, 11, 10, 0 })
        {
            await AddFixesAsync(device: 1, tenant: 1, age, count: 1);
            await AddFixesAsync(device: 2, tenant: 2, age, count: 12);
        }
        await ExecuteAsync("INSERT INTO fix_mark SELECT device_id, fixed_at, content_hash, tenant_id, 1 FROM fix");

        Assert.True(await Worker(chunkRows: 5).RunOnceAsync(CancellationToken.None));

        Assert.Equal<string[]>(["1: 30 11 10 0", "2: 10 0"], await ColumnAsync<string>("""
            SELECT tenant_id || ': ' || string_agg(age::text, ' ' ORDER BY age DESC)
            FROM (SELECT DISTINCT tenant_id, $1::date - (fixed_at AT TIME ZONE 'UTC')::date AS age FROM fix) f
            GROUP BY tenant_id ORDER BY tenant_id
            """, Today));
        Assert.Equal(4 + 24, await ScalarAsync<long>("SELECT count(*) FROM fix"));
        Assert.Equal<string[]>(["1: 30", "2: 10"], await ColumnAsync<string>("""
            SELECT tenant_id || ': ' || max($1::date - (fixed_at AT TIME ZONE 'UTC')::date) FROM fix_mark GROUP BY tenant_id ORDER BY 1
            """, Today));
        Assert.Equal<string[]>([Leaf(30), Leaf(11), Leaf(10), Leaf(0), Leaf(-1)], await LeavesAsync());
    }

    [Fact]
    public async Task Given_a_retention_shorter_than_the_refold_window_When_run_Then_the_window_stays()
    {
        await ExecuteAsync("UPDATE tenant SET settings = '{\"retentionDays\":1,\"refoldWindowDays\":7}'");
        foreach (var age in new[] { 9, 8, 7 })
            await AddFixesAsync(1, 1, age, 1);
        Assert.True(await Worker().RunOnceAsync(CancellationToken.None));
        Assert.Equal<string[]>([Leaf(8), Leaf(7), Leaf(0), Leaf(-1)], await LeavesAsync());
    }

    [Fact]
    public async Task Given_a_reader_that_blocks_the_drop_When_run_Then_half_detached_and_the_next_round_finishes()
    {
        await AddFixesAsync(1, 1, age: 40, count: 1);
        await AddFixesAsync(2, 2, age: 11, count: 1);
        await using (var reader = await Owner.OpenConnectionAsync())
        {
            await using var open = await reader.BeginTransactionAsync();
            await using (var read = new NpgsqlCommand("SELECT count(*) FROM fix", reader))
                await read.ExecuteScalarAsync();
            Assert.False(await Worker(lockTimeout: TimeSpan.FromSeconds(1)).RunOnceAsync(CancellationToken.None));
            Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM pg_inherits WHERE inhdetachpending"));
            // The rest of the round is not skipped, and nobody's is taken for done.
            Assert.Equal(0, await ScalarAsync<long>($"SELECT count(*) FROM {Leaf(11)}"));
            Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM tenant WHERE positions_before IS NOT NULL"));
        }
        Assert.True(await Worker().RunOnceAsync(CancellationToken.None));
        Assert.Equal<string[]>([Leaf(11), Leaf(0), Leaf(-1)], await LeavesAsync());
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM tenant WHERE positions_before IS NULL"));
    }

    [Fact]
    public async Task Given_detached_days_left_by_a_crash_When_run_Then_old_ones_go_and_kept_ones_come_back()
    {
        await AddFixesAsync(1, 1, age: 40, count: 1);
        await AddFixesAsync(1, 1, age: 20, count: 1);
        await ExecuteAsync($"ALTER TABLE fix DETACH PARTITION {Leaf(40)}");
        await ExecuteAsync($"ALTER TABLE fix DETACH PARTITION {Leaf(20)}");
        Assert.True(await Worker().RunOnceAsync(CancellationToken.None));
        Assert.Equal<string[]>([Leaf(20), Leaf(0), Leaf(-1)], await LeavesAsync());
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM fix"));
        Assert.False(await ScalarAsync<bool>($"SELECT to_regclass('{Leaf(40)}') IS NOT NULL"));
    }

    [Fact]
    public async Task Given_a_closed_day_loaded_late_When_run_Then_brin_covers_all_of_it()
    {
        await AddFixesAsync(1, 1, age: 3, count: 30_000);
        Assert.True(await Worker().RunOnceAsync(CancellationToken.None));
        Assert.Equal(0, await ScalarAsync<int>($"SELECT brin_summarize_new_values('{Leaf(3)}_fixed_at_idx')"));
    }

    [Fact]
    public async Task Given_checkpoints_When_run_Then_the_newest_before_the_window_and_all_within_it_stay()
    {
        foreach (var age in new[] { 30, 20, 9, 6, 1 })
            await ExecuteAsync("INSERT INTO device_checkpoint VALUES (1, $1, 7, 1, 1, '')", Noon.AddDays(-age));
        await ExecuteAsync("""
            INSERT INTO device_snapshot (device_id, tenant_id, version, fold_version, last_fixed_at, last_content_hash, state, last_received_at)
            VALUES (1, 1, 1, 1, $1, 1, '', $1)
            """, Noon.AddDays(-1));
        Assert.True(await Worker().RunOnceAsync(CancellationToken.None));
        Assert.Equal<int[]>(
            [9, 6, 1], await ColumnAsync<int>("SELECT $1::date - through_fixed_at::date FROM device_checkpoint ORDER BY through_fixed_at", Today));
    }

    [Fact]
    public async Task Given_finished_and_waiting_messages_When_run_Then_only_the_finished_and_old_go()
    {
        await AddMessageAsync("waiting for ever", state: 0, finishedDaysAgo: null);
        await AddMessageAsync("delivered", state: 1, finishedDaysAgo: 8);
        await AddMessageAsync("just delivered", state: 1, finishedDaysAgo: 6);
        await AddMessageAsync("given up", state: 2, finishedDaysAgo: 29);
        await AddMessageAsync("given up long ago", state: 2, finishedDaysAgo: 31);
        Assert.True(await Worker(chunkRows: 1).RunOnceAsync(CancellationToken.None));
        Assert.Equal<string[]>(
            ["given up", "just delivered", "waiting for ever"], await ColumnAsync<string>("SELECT target FROM outbox ORDER BY 1"));
    }

    [Fact]
    public async Task Given_quarantine_and_links_When_run_Then_bounded_by_age_and_by_rows_a_device()
    {
        const string Insert = """
            INSERT INTO quarantine (tenant_id, device_id, reason, protocol, received_at, raw, raw_hash)
            SELECT 1, $1, 'fix.future', 'osmand', $2, '', int8send($3 + n) FROM generate_series(1, $4) n
            """;
        await ExecuteAsync(Insert, 1, Noon.AddDays(-31), 0L, 3);
        await ExecuteAsync(Insert, 1, Noon, 100L, 12);
        await ExecuteAsync(Insert, 2, Noon, 0L, 2);
        await ExecuteAsync("INSERT INTO app_user (user_id, tenant_id, name, role, created_at) VALUES ($1, 1, 'a', 'admin', now())", Guid.Empty);
        foreach (var age in new[] { 8, 6 })
            await ExecuteAsync("INSERT INTO one_time_link (link_hash, tenant_id, user_id, expires_at) VALUES (int8send($1), 1, $2, $3)", (long)age, Guid.Empty, Noon.AddDays(-age));

        Assert.True(await Worker(chunkRows: 4, quarantineRows: 10).RunOnceAsync(CancellationToken.None));
        Assert.Equal<string[]>(["1: 10", "2: 2"], await ColumnAsync<string>("SELECT device_id || ': ' || count(*) FROM quarantine GROUP BY device_id ORDER BY 1"));
        Assert.Equal(103L, await ScalarAsync<long>("SELECT min(('x' || encode(raw_hash, 'hex'))::bit(64)::bigint) FROM quarantine WHERE device_id = 1"));
        Assert.Equal(6L, await ScalarAsync<long>("SELECT ('x' || encode(link_hash, 'hex'))::bit(64)::bigint FROM one_time_link"));
    }

    [Fact]
    public async Task Given_alarms_older_than_their_positions_When_run_Then_they_go_and_a_unit_whose_last_open_one_went_is_marked_no_longer()
    {
        await AddDeviceAsync(3, tenant: 2);
        foreach (var (tenant, device, age) in new[] { (1, 1, 29), (1, 1, 3), (2, 2, 29), (2, 2, 11), (2, 2, 3), (2, 3, 12) })
        {
            await ExecuteAsync(
                "INSERT INTO alarm (alarm_id, tenant_id, device_id, kind, started_at, payload, is_withdrawn, source_version) VALUES (gen_random_uuid(), $1, $2, 2, $3, '{}', false, 1)",
                tenant, device, Noon.AddDays(-age).UtcDateTime);
        }

        foreach (var (tenant, device) in new[] { (1, 1), (2, 2), (2, 3) })
            Positions.SetOpenAlarm(new TenantId(tenant), new DeviceId(device), isOpen: true);

        Assert.True(await Worker().RunOnceAsync(CancellationToken.None));

        Assert.Equal<string[]>(["1: 2", "2: 1"], await ColumnAsync<string>("SELECT tenant_id || ': ' || count(*) FROM alarm GROUP BY tenant_id ORDER BY 1"));
        Assert.Equal([(1, true), (2, true), (3, false)], new[] { (1, 1), (2, 2), (2, 3) }.Select(unit => (unit.Item2, IsMarked(unit.Item1, unit.Item2))));
    }

    [Fact]
    public async Task Given_a_tenant_that_is_done_for_today_When_run_again_Then_its_rows_are_not_looked_for_until_a_day_has_ended()
    {
        Assert.True(await Worker().RunOnceAsync(CancellationToken.None));
        Assert.Equal(Today.AddDays(-10), await ScalarAsync<DateOnly>("SELECT positions_before FROM tenant WHERE tenant_id = 2"));
        foreach (var age in new[] { 20, 13, 12, 11, 10 })
            await AddFixesAsync(2, 2, age, count: 1);
        Assert.True(await Worker().RunOnceAsync(CancellationToken.None));
        Assert.Equal<int[]>([20, 13, 12, 11, 10], await AgesAsync());

        Time.Advance(TimeSpan.FromDays(1)); // what was committed late is found for two days more
        Assert.True(await Worker().RunOnceAsync(CancellationToken.None));
        Assert.Equal<int[]>([20, 13], await AgesAsync());
    }

    [Fact]
    public async Task Given_a_tenant_that_keeps_longer_again_When_old_fixes_come_in_and_age_Then_they_are_forgotten_in_their_turn()
    {
        Assert.True(await Worker().RunOnceAsync(CancellationToken.None));
        await ExecuteAsync("UPDATE tenant SET settings = '{\"retentionDays\":25}' WHERE tenant_id = 2");
        Assert.True(await Worker().RunOnceAsync(CancellationToken.None));
        await AddFixesAsync(2, 2, age: 25, count: 1);
        Time.Advance(TimeSpan.FromDays(1));
        Assert.True(await Worker().RunOnceAsync(CancellationToken.None));
        Assert.Empty(await AgesAsync());
    }

    private LastPositions Positions => _silo.Get<LastPositions>();

    private bool IsMarked(int tenant, int device) =>
        Positions.MarksOf(new TenantId(tenant), new DeviceId(device)).Flags.HasFlag(UnitFlags.OpenAlarm);

    private Task<int[]> AgesAsync() => ColumnAsync<int>(
        "SELECT $1::date - (fixed_at AT TIME ZONE 'UTC')::date AS age FROM fix WHERE tenant_id = 2 ORDER BY age DESC", Today);

    private static string Leaf(int age) => $"fix_{Today.AddDays(-age):yyyyMMdd}";

    private RetentionWorker Worker(int chunkRows = 5_000, int quarantineRows = 10_000, TimeSpan? lockTimeout = null) => new(
        Database, new Forgetting(Database, _silo.Get<IGrainFactory>(), NullLogger<Forgetting>.Instance),
        _silo.Get<IHostApplicationLifetime>(), Options.Create(new RetentionOptions
        {
            ChunkRows = chunkRows,
            QuarantineRowsPerDevice = quarantineRows,
            LockTimeout = lockTimeout ?? TimeSpan.FromSeconds(30),
        }), Time, NullLogger<RetentionWorker>.Instance);

    private Task<string[]> LeavesAsync() => ColumnAsync<string>(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'fix'::regclass ORDER BY 1");

    private Task AddDeviceAsync(int id, int tenant) => ExecuteAsync("""
        INSERT INTO device (device_id, tenant_id, unique_id, name, accepts_enrolment, created_at)
        VALUES ($1, $2, 'd' || $1::text, 'd', false, now())
        """, id, tenant);

    private async Task AddFixesAsync(int device, int tenant, int age, int count)
    {
        await ExecuteAsync("SELECT ensure_day($1)", Today.AddDays(-age));
        await ExecuteAsync("""
            INSERT INTO fix (device_id, tenant_id, fixed_at, content_hash, received_at, position, seq)
            SELECT $1, $2, $3 + n * interval '1 second', n, $3, ST_SetSRID(ST_MakePoint(16.4, 48.2), 4326), n
            FROM generate_series(1, $4) n
            """, device, tenant, Noon.AddDays(-age), count);
    }

    private Task AddMessageAsync(string target, short state, int? finishedDaysAgo) => ExecuteAsync("""
        INSERT INTO outbox (message_id, tenant_id, kind, target, payload, created_at, state, next_attempt_at, finished_at)
        VALUES (gen_random_uuid(), 1, 'k', $1, '{}', $2, $3, $2, $4)
        """, target, Noon.AddDays(-400), state, finishedDaysAgo is { } days ? Noon.AddDays(-days) : DBNull.Value);
}
