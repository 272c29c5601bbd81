using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.People;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Ledger;
using FieldCrm.Silo.People;
using FieldCrm.Silo.Retention;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Tenants;
using FieldCrm.Silo.Tests.Devices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FieldCrm.Silo.Tests.People;

/// <summary>What a person may have deleted, and what goes by itself in time.</summary>
public sealed class ForgettingTests : IAsyncLifetime
{
    private static readonly string[] Made =
        ["fix", "fix_mark", "device_event", "device_snapshot", "device_checkpoint", "refold_mark", "alarm", "quarantine", "outbox"];

    private TestDatabase _database = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        await PersonFixture.SeedAsync(_database);
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Given_a_person_who_asks_When_deleted_Then_nothing_tells_where_he_was_others_keep_theirs_and_the_ledger_holds()
    {
        await using var silo = await SiloUnderTest.StartAsync(_database.Addresses);
        await silo.DecideAsync(new GiveConsent(PersonFixture.Notice));
        await DriveAsync(silo, PersonFixture.Device);
        await DriveAsync(silo, 8);
        await silo.DecideAsync(new WithdrawConsent());
        await silo.DecideAsync(new RequestErasure());
        var worker = ActivatorUtilities.CreateInstance<ForgettingWorker>(silo.Get<IServiceProvider>());

        await worker.EraseAsync(CancellationToken.None);
        Assert.Equal(600, await CountAsync("fix", PersonFixture.Device)); // what was under way may still come in
        silo.Time.Advance(ForgettingWorker.Grace);
        await worker.EraseAsync(CancellationToken.None);

        foreach (var table in Made.Except(["outbox"]))
            Assert.Equal((table, 0), (table, await CountAsync(table, PersonFixture.Device)));
        Assert.Equal(0, await _database.OneAsync<long>("SELECT count(*) FROM outbox WHERE payload ->> 'deviceId' = '7'"));
        Assert.Equal(
            ["(PayloadErased)"], await _database.RowsAsync("SELECT DISTINCT type FROM event_payload JOIN event USING (stream, version) WHERE stream = 'device/7'"));
        Assert.Equal(0, await _database.OneAsync<long>("SELECT count(*) FROM event_payload WHERE payload -> 'report' ->> 'device' = '7'"));
        Assert.Equal(600, await CountAsync("fix", 8));
        Assert.True(await CountAsync("device_event", 8) > 0);
        Assert.Equal(1, await _database.OneAsync<long>("SELECT count(*) FROM event_payload WHERE payload -> 'report' ->> 'device' = '8'"));
        Assert.Equal(["(600,t)"], await _database.RowsAsync("SELECT positions, done_at IS NOT NULL FROM person_erasure"));
        Assert.Equal(600, await _database.OneAsync<long>($"SELECT (payload ->> 'positions')::bigint FROM event_payload JOIN event USING (stream, version) WHERE type = 'PositionsErased'"));
        Assert.Empty(await FindingsAsync());

        // Once more, and after a reload: nothing comes back.
        await worker.EraseAsync(CancellationToken.None);
        await silo.DeactivateAllAsync();
        await silo.Device(PersonFixture.Device).DueAsync(SiloUnderTest.Tenant.Value, silo.Now.Value);
        Assert.Equal(0, await CountAsync("device_snapshot", PersonFixture.Device));
        await silo.DecideAsync(new GiveConsent(PersonFixture.Notice));
    }

    [Fact]
    public async Task Given_a_deletion_that_was_cut_off_When_the_next_process_runs_Then_it_goes_on()
    {
        await using (var silo = await SiloUnderTest.StartAsync(_database.Addresses))
        {
            await silo.DecideAsync(new GiveConsent(PersonFixture.Notice));
            await DriveAsync(silo, PersonFixture.Device);
            await silo.DecideAsync(new WithdrawConsent());
            await silo.DecideAsync(new RequestErasure());
        }
        await _database.ExecuteAsync("SELECT erase_positions(7, 250)"); // and then it died
        await using var next = await SiloUnderTest.StartAsync(
            _database.Addresses, new Microsoft.Extensions.Time.Testing.FakeTimeProvider(new DateTimeOffset(2026, 1, 11, 0, 0, 0, TimeSpan.Zero)));

        await ActivatorUtilities.CreateInstance<ForgettingWorker>(next.Get<IServiceProvider>()).EraseAsync(CancellationToken.None);

        Assert.Equal(0, await CountAsync("fix", PersonFixture.Device));
        Assert.Equal(0, await CountAsync("device_snapshot", PersonFixture.Device));
        Assert.Equal(["(600,t)"], await _database.RowsAsync("SELECT positions, done_at IS NOT NULL FROM person_erasure"));
    }

    [Fact]
    public async Task Given_nobody_who_asked_When_positions_are_to_be_erased_Then_refused()
    {
        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => _database.ExecuteAsync("SELECT erase_positions(7, 250)"));

        Assert.Equal(Npgsql.PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Theory]
    [InlineData(30, false)]
    [InlineData(60, true)] // raised since: what was promised counts
    public async Task Given_old_events_of_a_person_When_their_time_is_over_Then_the_ledger_forgets_where_and_keeps_that(int daysKept, bool hasPromise)
    {
        await using var silo = await SiloUnderTest.StartAsync(_database.Addresses);
        await _database.ExecuteAsync($$"""UPDATE tenant SET settings = '{"retentionDays":90,"personRetentionDays":{{daysKept}}}'""");
        await silo.DecideAsync(new GiveConsent(PersonFixture.Notice));
        if (hasPromise)
            await _database.ExecuteAsync("INSERT INTO person_shift (user_id, started_at, tenant_id, consent_at, ended_at, ended_why) SELECT user_id, '2026-01-01Z', tenant_id, answered_at, '2026-01-10Z', 'person' FROM person_consent");
        await DriveAsync(silo, PersonFixture.Device);
        await DriveAsync(silo, 8);
        var events = await _database.OneAsync<long>("SELECT count(*) FROM event WHERE stream = 'device/7'");
        var worker = new RetentionWorker(
            silo.Get<FieldCrmDatabase>(),
            new Forgetting(silo.Get<FieldCrmDatabase>(), silo.Get<IGrainFactory>(), NullLogger<Forgetting>.Instance),
            silo.Get<IHostApplicationLifetime>(), Options.Create(new RetentionOptions()), silo.Time, NullLogger<RetentionWorker>.Instance);

        silo.Time.Advance(TimeSpan.FromDays(21)); // 31 January; what was fixed on the 1st is kept for 30 days
        Assert.True(await worker.RunOnceAsync(CancellationToken.None));
        Assert.Equal(events, await _database.OneAsync<long>("SELECT count(*) FROM event_payload WHERE stream = 'device/7'"));

        silo.Time.Advance(TimeSpan.FromDays(12)); // the alarm was told on the 10th
        Assert.True(await worker.RunOnceAsync(CancellationToken.None));

        Assert.Equal(0, await _database.OneAsync<long>("SELECT count(*) FROM event_payload WHERE stream = 'device/7' AND position_at IS NOT NULL"));
        // State and checkpoint stay without a place (ForgottenPositionsTests); quarantine has its own days.
        foreach (var table in Made.Except(["outbox", "device_snapshot", "device_checkpoint", "quarantine"]))
            Assert.Equal((table, 0), (table, await CountAsync(table, PersonFixture.Device)));
        Assert.Equal(0, await _database.OneAsync<long>("SELECT count(*) FROM device_checkpoint WHERE device_id = 7 AND through_hash <> 9223372036854775807"));
        Assert.Equal(0, await _database.OneAsync<long>("SELECT count(*) FROM event_payload WHERE payload -> 'report' ->> 'device' = '7'"));
        Assert.Equal(600, await CountAsync("fix", 8));
        Assert.True(await _database.OneAsync<long>("SELECT count(*) FROM event_payload WHERE stream = 'device/8' AND position_at IS NOT NULL") > 0);
        Assert.Equal(1, await _database.OneAsync<long>("SELECT count(*) FROM event_payload WHERE payload -> 'report' ->> 'device' = '8'"));
        Assert.Equal(default, silo.Seen());
        Assert.Empty(await FindingsAsync());

        var after = await _database.OneAsync<long>("SELECT count(*) FROM event");
        Assert.True(await worker.RunOnceAsync(CancellationToken.None)); // nothing is left to do
        Assert.Equal(after, await _database.OneAsync<long>("SELECT count(*) FROM event"));
    }

    /// <summary>A drive with a stop and an alarm, its alarm told to the tenant, one fix late, one implausible, one set aside.</summary>
    private async Task DriveAsync(SiloUnderTest silo, int device)
    {
        if (device != PersonFixture.Device)
            await _database.ExecuteAsync($"INSERT INTO device (device_id, tenant_id, unique_id, name, accepts_enrolment, created_at) VALUES ({device}, 0, 'van', 'Van', false, now())");
        await silo.ReportAsync(device, [.. DeviceFixture.Drive(1, 598)]);
        await silo.ReportAsync(device, DeviceFixture.Driving(600, AlarmKind.Sos));
        await silo.ReportAsync(device, DeviceFixture.Driving(0));
        await silo.SettleAsync(_database);
        await _database.ExecuteAsync(
            $"""
            INSERT INTO fix_mark SELECT device_id, fixed_at, content_hash, tenant_id, 3 FROM fix WHERE device_id = {device} LIMIT 1 ON CONFLICT DO NOTHING;
            INSERT INTO quarantine (tenant_id, device_id, reason, protocol, received_at, raw, raw_hash) VALUES (0, {device}, 'fix.future', 'osmand', now(), 'x', 'x')
            """);
        var alarm = Guid.NewGuid();
        await silo.Get<IGrainFactory>().GetGrain<ITenantGrain>(0).DecideAsync(
            new ReportAlarm(alarm, new DeviceId(device), AlarmKind.Sos, silo.Now, 1, """{"latitudeE7":481300000}""", IsWithdrawn: false), Actor.System);
    }

    private Task<long> CountAsync(string table, int device) => _database.OneAsync<long>($"SELECT count(*) FROM {table} WHERE device_id = {device}");

    private async Task<List<string>> FindingsAsync()
    {
        await using var owner = Npgsql.NpgsqlDataSource.Create(_database.Addresses.Owner!);
        var report = await LedgerVerifier.VerifyAsync(owner, [], CancellationToken.None);
        return [.. report.SelectMany(tenant => tenant.Findings).Select(f => $"{f.Code} {f.Where}")];
    }
}
