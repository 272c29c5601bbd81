using FieldCrm.Core;
using FieldCrm.Silo.Devices;
using FieldCrm.Silo.Retention;
using FieldCrm.Silo.Tests.Devices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FieldCrm.Silo.Tests.People;

/// <summary>People's detail goes after its own time, whatever else the tenant keeps.</summary>
[Collection(AloneOnTheCluster.Name)]
public sealed class PersonRetentionTests : StoreTest
{
    private const string Person = "11111111-2222-8333-8444-555555555555";

    private SiloUnderTest _silo = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _silo = await SiloUnderTest.StartAsync(Addresses, Time);
    }

    public override async Task DisposeAsync()
    {
        await _silo.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Given_positions_of_people_and_vehicles_When_run_Then_each_stays_for_its_own_days()
    {
        await AddTenantAsync(1, """{"retentionDays":90}""");
        await AddTenantAsync(2, """{"retentionDays":90,"personRetentionDays":60}""");
        await ExecuteAsync(
            """
            INSERT INTO device (device_id, tenant_id, unique_id, name, accepts_enrolment, created_at, kind)
            VALUES (1, 1, 'van', '', false, now(), 0), (2, 1, 'phone', '', false, now(), 1), (3, 2, 'phone', '', false, now(), 1)
            """);
        foreach (var age in new[] { 91, 61, 60, 31, 30, 0 })
        {
            var at = Noon.AddDays(-age);
            await ExecuteAsync("SELECT ensure_day(($1::timestamptz AT TIME ZONE 'UTC')::date)", at);
            await ExecuteAsync(
                """
                INSERT INTO fix (device_id, tenant_id, fixed_at, content_hash, received_at, position, seq)
                SELECT device_id, tenant_id, $1, 1, $1, ST_SetSRID(ST_MakePoint(16, 48), 4326), device_id FROM device
                """, at);
            await ExecuteAsync("INSERT INTO quarantine (tenant_id, device_id, reason, protocol, received_at, raw, raw_hash) SELECT tenant_id, device_id, 'fix.future', 'x', $1, '', decode(md5($1::text), 'hex') FROM device", at);
        }
        await ExecuteAsync("INSERT INTO fix_mark SELECT device_id, fixed_at, content_hash, tenant_id, 1 FROM fix");
        await ExecuteAsync("INSERT INTO device_event SELECT device_id, gen_random_uuid(), tenant_id, 1, fixed_at, 1, fixed_at, 1, '{}' FROM fix");
        await ExecuteAsync("INSERT INTO alarm (alarm_id, tenant_id, device_id, kind, started_at, payload, is_withdrawn, source_version) SELECT gen_random_uuid(), tenant_id, device_id, 1, fixed_at, '{}', false, 1 FROM fix");

        Assert.True(await Worker().RunOnceAsync(CancellationToken.None));

        string[] expected = ["1: 61 60 31 30 0", "2: 30 0", "3: 60 31 30 0"];
        foreach (var (table, column) in new[] { ("fix", "fixed_at"), ("fix_mark", "fixed_at"), ("device_event", "start_fixed_at"), ("alarm", "started_at") })
            Assert.Equal((table, string.Join(", ", expected)), (table, string.Join(", ", await AgesAsync(table, column))));
        Assert.Equal<string[]>(["1: 30 0", "2: 30 0", "3: 30 0"], await AgesAsync("quarantine", "received_at")); // 30 days for everybody
    }

    [Fact]
    public async Task Given_looks_and_shifts_When_run_Then_old_ones_and_those_beyond_a_number_go()
    {
        await AddTenantAsync(1);
        await ExecuteAsync($"INSERT INTO app_user (user_id, tenant_id, name, role, created_at) VALUES ('{Person}', 1, 'ana', 'technician', now())");
        await ExecuteAsync($"INSERT INTO person_consent (user_id, answered_at, tenant_id, is_given, purpose, channel, language, notice_version, retention_days, text_hash) VALUES ('{Person}', $1, 1, true, 'positions', 'own-page', 'en', 1, 30, '')", Noon.AddDays(-400));
        foreach (var age in new[] { 366, 364, 31, 2, 1 })
        {
            var at = Noon.AddDays(-age);
            await ExecuteAsync($"INSERT INTO person_look (tenant_id, user_id, device_id, looked_at, by_kind, what, reason) VALUES (1, '{Person}', 7, $1, 'operator', 'day', 'a reason')", at);
            await ExecuteAsync($"INSERT INTO person_shift (user_id, started_at, tenant_id, consent_at, ended_at, ended_why) VALUES ('{Person}', $1, 1, $2, $3, 'person')", at, Noon.AddDays(-400), at.AddHours(8));
        }
        await ExecuteAsync("INSERT INTO person_look (tenant_id, user_id, device_id, looked_at, by_kind, what, reason) SELECT 1, NULL, 8, $1, 'operator', 'day', 'a reason' FROM generate_series(1, 110)", Noon);

        Assert.True(await Worker(looksPerPerson: 100).RunOnceAsync(CancellationToken.None));

        Assert.Equal<string[]>(["7: 364 31 2 1", "8: 0"], await AgesAsync("person_look", "looked_at"));
        Assert.Equal(100, await ScalarAsync<long>("SELECT count(*) FROM person_look WHERE device_id = 8"));
        Assert.Equal<int[]>([2, 1], await ColumnAsync<int>("SELECT $1::date - (started_at AT TIME ZONE 'UTC')::date FROM person_shift ORDER BY 1 DESC", DateOnly.FromDateTime(Noon.UtcDateTime)));
    }

    [Fact]
    public async Task Given_days_that_were_raised_When_run_Then_each_person_s_positions_stay_for_what_he_was_promised_for_them()
    {
        await AddTenantAsync(1, """{"retentionDays":90,"personRetentionDays":20}""");
        await ExecuteAsync("INSERT INTO app_user (user_id, tenant_id, name, role, created_at) SELECT md5(n::text)::uuid, 1, 'user ' || n, 'technician', now() FROM generate_series(1, 2) n");
        await ExecuteAsync(
            """
            INSERT INTO device (device_id, tenant_id, unique_id, name, accepts_enrolment, created_at, kind, holder_id)
            SELECT n, 1, 'phone ' || n, '', false, now(), 1, md5(n::text)::uuid FROM generate_series(1, 2) n
            """);
        await ConsentedAsync(person: 1, age: 30, days: 10);
        await ConsentedAsync(person: 1, age: 8, days: 20);
        await ConsentedAsync(person: 2, age: 30, days: 20);
        foreach (var age in new[] { 11, 10, 5 })
        {
            await WorkedAsync(person: 1, age, consentAge: age > 8 ? 30 : 8);
            await WorkedAsync(person: 2, age, consentAge: 30);
        }
        await ExecuteAsync("INSERT INTO fix_mark SELECT device_id, fixed_at, content_hash, tenant_id, 1 FROM fix");
        await ExecuteAsync("INSERT INTO device_event SELECT device_id, gen_random_uuid(), tenant_id, 1, fixed_at, 1, fixed_at, 1, '{}' FROM fix");
        await ExecuteAsync("INSERT INTO alarm (alarm_id, tenant_id, device_id, kind, started_at, payload, is_withdrawn, source_version) SELECT gen_random_uuid(), tenant_id, device_id, 1, fixed_at, '{}', false, 1 FROM fix");

        Assert.True(await Worker().RunOnceAsync(CancellationToken.None));
        foreach (var (table, column) in new[] { ("fix", "fixed_at"), ("fix_mark", "fixed_at"), ("device_event", "start_fixed_at"), ("alarm", "started_at") })
            Assert.Equal((table, "1: 10 5, 2: 11 10 5"), (table, string.Join(", ", await AgesAsync(table, column))));

        Time.Advance(TimeSpan.FromDays(1));
        Assert.True(await Worker().RunOnceAsync(CancellationToken.None));
        Assert.Equal<string[]>(["1: 5", "2: 11 10 5"], await AgesAsync("fix", "fixed_at"));
        Assert.Equal<int[]>([5, 11, 10, 5], await ColumnAsync<int>("SELECT $1::date - (started_at AT TIME ZONE 'UTC')::date FROM person_shift ORDER BY user_id = md5('2')::uuid, started_at", DateOnly.FromDateTime(Noon.UtcDateTime)));

        // The shorter promise is kept, and what came after it stays for the longer one.
        await ExecuteAsync("INSERT INTO fix (device_id, tenant_id, fixed_at, content_hash, received_at, position, seq) SELECT 1, tenant_id, fixed_at, content_hash, received_at, position, seq FROM fix WHERE device_id = 2 AND fixed_at < $1", Noon.AddDays(-10.5));
        Assert.True(await Worker().RunOnceAsync(CancellationToken.None));
        Assert.Equal<string[]>(["1: 11 5", "2: 11 10 5"], await AgesAsync("fix", "fixed_at"));
    }

    private Task ConsentedAsync(int person, int age, int days) => ExecuteAsync(
        "INSERT INTO person_consent (user_id, answered_at, tenant_id, is_given, purpose, channel, language, notice_version, retention_days, text_hash) VALUES (md5($1::text)::uuid, $2, 1, true, 'positions', 'own-page', 'en', 1, $3, '')",
        person, Noon.AddDays(-age), days);

    private async Task WorkedAsync(int person, int age, int consentAge)
    {
        var at = Noon.AddDays(-age);
        await ExecuteAsync("INSERT INTO person_shift (user_id, started_at, tenant_id, consent_at, ended_at, ended_why) VALUES (md5($1::text)::uuid, $2, 1, $3, $4, 'person')", person, at, Noon.AddDays(-consentAge), at.AddHours(8));
        await ExecuteAsync("SELECT ensure_day(($1::timestamptz AT TIME ZONE 'UTC')::date)", at);
        await ExecuteAsync("INSERT INTO fix (device_id, tenant_id, fixed_at, content_hash, received_at, position, seq) VALUES ($1, 1, $2, 1, $2, ST_SetSRID(ST_MakePoint(16, 48), 4326), $1)", person, at);
    }

    [Fact]
    public async Task Given_many_looks_alarms_and_messages_When_some_are_to_be_forgotten_Then_there_is_an_index_for_each()
    {
        await AddTenantAsync(1);
        await ExecuteAsync("INSERT INTO app_user (user_id, tenant_id, name, role, created_at) SELECT gen_random_uuid(), 1, 'user ' || n, 'technician', now() FROM generate_series(1, 40) n");
        await ExecuteAsync("INSERT INTO person_look (tenant_id, user_id, device_id, looked_at, by_kind, what, reason) SELECT 1, user_id, n, $1, 'operator', 'day', 'a reason' FROM app_user, generate_series(1, 50) n", Noon);
        await ExecuteAsync("INSERT INTO person_look (tenant_id, device_id, looked_at, by_kind, what, reason) SELECT 1, n % 50, $1, 'operator', 'day', 'a reason' FROM generate_series(1, 2000) n", Noon);
        await ExecuteAsync("INSERT INTO alarm (alarm_id, tenant_id, device_id, kind, started_at, payload, is_withdrawn, source_version) SELECT gen_random_uuid(), 1, n % 50, 1, $1, '{}', false, 1 FROM generate_series(1, 2000) n", Noon);
        await ExecuteAsync("INSERT INTO outbox (message_id, tenant_id, kind, target, payload, created_at, next_attempt_at) SELECT gen_random_uuid(), 1, 'alarm', 'tenant/1', json_build_object('deviceId', n % 50), $1, $1 FROM generate_series(1, 2000) n", Noon);
        await ExecuteAsync("ANALYZE app_user, person_look, alarm, outbox");
        var erase = DeviceStatements.Erase(new DeviceId(7), new TenantId(1));

        Assert.Contains("\"IX_person_look_tenant_id_looked_at\"", await PlanAsync(Pruning.OldLooks, Noon.AddDays(-365), 100), StringComparison.Ordinal);
        Assert.Contains("\"IX_person_look_user_id_look_id\"", await PlanAsync(Pruning.ExcessLooks, 100, 100), StringComparison.Ordinal);
        Assert.Contains("person_look_of_nobody", await PlanAsync(Pruning.ExcessLooksAtNobody, 100, 100), StringComparison.Ordinal);
        Assert.Contains("alarm_of_device", await PlanAsync(erase.Single(s => s.Text.Contains("FROM alarm", StringComparison.Ordinal)).Text, 1, 7), StringComparison.Ordinal);
        Assert.Contains("outbox_of_device", await PlanAsync(erase.Single(s => s.Text.Contains("FROM outbox", StringComparison.Ordinal)).Text, 1, "7"), StringComparison.Ordinal);
    }

    /// <summary>How a statement would be run where reading a whole table is dear.</summary>
    private async Task<string> PlanAsync(string sql, params object[] values)
    {
        await using var connection = await Owner.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var dear = new NpgsqlCommand("SET LOCAL enable_seqscan = off", connection, transaction);
        await dear.ExecuteNonQueryAsync();
        await using var explain = new NpgsqlCommand("EXPLAIN " + sql, connection, transaction);
        foreach (var value in values)
            explain.Parameters.AddWithValue(value);
        await using var row = await explain.ExecuteReaderAsync();
        var plan = new System.Text.StringBuilder();
        while (await row.ReadAsync())
            plan.AppendLine(row.GetString(0));
        return plan.ToString();
    }

    private RetentionWorker Worker(int looksPerPerson = 10_000) => new(
        Database, new Forgetting(Database, _silo.Get<IGrainFactory>(), NullLogger<Forgetting>.Instance),
        _silo.Get<IHostApplicationLifetime>(), Options.Create(new RetentionOptions { LooksPerPerson = looksPerPerson }), Time, NullLogger<RetentionWorker>.Instance);

    private Task<string[]> AgesAsync(string table, string column) => ColumnAsync<string>(
        $"""
        SELECT device_id || ': ' || string_agg(age::text, ' ' ORDER BY age DESC)
        FROM (SELECT DISTINCT device_id, $1::date - ({column} AT TIME ZONE 'UTC')::date AS age FROM {table}) x GROUP BY device_id ORDER BY device_id
        """, DateOnly.FromDateTime(Noon.UtcDateTime));
}
