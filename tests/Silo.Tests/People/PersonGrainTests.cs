using FieldCrm.Core;
using FieldCrm.Core.People;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.People;
using FieldCrm.Silo.Tests.Devices;
using FieldCrm.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace FieldCrm.Silo.Tests.People;

/// <summary>A person's word through the grain and the commit lanes, on a real database, with the clock in the test's hand.</summary>
public sealed class PersonGrainTests : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        await PersonFixture.SeedAsync(_database);
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Given_what_he_said_When_the_grain_is_gone_or_the_process_dies_Then_it_stands_and_the_chain_goes_on()
    {
        await using (var silo = await SiloUnderTest.StartAsync(_database.Addresses))
        {
            await silo.DecideAsync(new GiveConsent(PersonFixture.Notice));
            await silo.DecideAsync(new StartShift(1, 30));
            await silo.DeactivateAllAsync();
            silo.Time.Advance(TimeSpan.FromHours(2));
            Assert.Empty(await silo.DecideAsync(new StartShift(1, 30))); // known from what is stored
        }
        await using var next = await SiloUnderTest.StartAsync(
            _database.Addresses, new Microsoft.Extensions.Time.Testing.FakeTimeProvider(new DateTimeOffset(2026, 1, 10, 3, 0, 0, TimeSpan.Zero)));

        var ended = Assert.IsType<ShiftEnded>(Assert.Single(await next.DecideAsync(new EndShift())));

        Assert.Equal((0, 3), (Hour(ended.StartedAt), Hour(ended.At)));
        Assert.Equal(
            ["(1,ConsentGiven)", "(2,ShiftStarted)", "(3,ShiftEnded)"],
            await _database.RowsAsync($"SELECT version, type FROM event WHERE stream = 'person/{PersonFixture.Ana}' ORDER BY version"));
        Assert.Equal(
            "user " + PersonFixture.Ana,
            await _database.OneAsync<string>($"SELECT (payload -> 'by' ->> 'kind') || ' ' || (payload -> 'by' ->> 'id') FROM event_payload WHERE stream = 'person/{PersonFixture.Ana}' AND version = 3"));
        Assert.Equal(["(person)"], await _database.RowsAsync("SELECT ended_why FROM person_shift"));
    }

    [Fact]
    public async Task Given_a_row_that_somebody_else_moved_When_decided_Then_it_is_decided_again_on_what_is_stored()
    {
        await using var silo = await SiloUnderTest.StartAsync(_database.Addresses);
        await silo.DecideAsync(new GiveConsent(PersonFixture.Notice));
        await silo.DecideAsync(new StartShift(1, 30));
        await _database.ExecuteAsync("UPDATE person_shift SET ended_at = started_at, ended_why = 'person'");

        Assert.Empty(await silo.DecideAsync(new EndShift())); // it is ended

        var unknown = await silo.Get<IGrainFactory>().GetGrain<IPersonGrain>(Guid.NewGuid()).DecideAsync(new EndShift(), Actor.System);
        Assert.Equal("user.unknown", unknown.Refusal?.Code);
    }

    [Fact]
    public async Task Given_a_forgotten_shift_When_its_time_is_over_Then_the_worker_ends_it_at_that_moment()
    {
        await using var silo = await SiloUnderTest.StartAsync(_database.Addresses);
        await silo.DecideAsync(new GiveConsent(PersonFixture.Notice));
        await silo.DecideAsync(new StartShift(1, 30));
        var worker = ActivatorUtilities.CreateInstance<ShiftWorker>(silo.Get<IServiceProvider>());

        silo.Time.Advance(TimeSpan.FromHours(15.9));
        await worker.RunOnceAsync(CancellationToken.None);
        Assert.Equal(["(f)"], await _database.RowsAsync("SELECT ended_at IS NOT NULL FROM person_shift"));
        silo.Time.Advance(TimeSpan.FromHours(2));
        await worker.RunOnceAsync(CancellationToken.None);

        Assert.Equal(["(16:00:00,too-long)"], await _database.RowsAsync("SELECT ended_at - started_at, ended_why FROM person_shift"));
    }

    [Fact]
    public async Task Given_a_shift_When_his_user_is_disabled_Then_it_ends_at_once_and_a_process_that_died_before_it_said_so_says_so_later()
    {
        await using var silo = await SiloUnderTest.StartAsync(_database.Addresses);
        await _database.ExecuteAsync("INSERT INTO app_user (user_id, tenant_id, name, role, created_at) VALUES (gen_random_uuid(), 0, 'admin', 'admin', now())");
        await silo.DecideAsync(new GiveConsent(PersonFixture.Notice));
        await silo.DecideAsync(new StartShift(1, 30));
        silo.Time.Advance(TimeSpan.FromHours(1));
        var tenant = silo.Get<IGrainFactory>().GetGrain<Silo.Tenants.ITenantGrain>(0);

        Assert.Null((await tenant.DecideAsync(new DisableUser(PersonFixture.Ana), Actor.Operator)).Refusal);
        Assert.Equal(["(01:00:00,disabled)"], await _database.RowsAsync("SELECT ended_at - started_at, ended_why FROM person_shift"));
        Assert.Equal(
            "operator", await _database.OneAsync<string>($"SELECT payload -> 'by' ->> 'kind' FROM event_payload WHERE stream = 'person/{PersonFixture.Ana}' AND version = 3"));

        await tenant.DecideAsync(new EnableUser(PersonFixture.Ana), Actor.Operator);
        silo.Time.Advance(TimeSpan.FromHours(1));
        await silo.DecideAsync(new StartShift(1, 30));
        silo.Time.Advance(TimeSpan.FromHours(2));
        await _database.ExecuteAsync($"UPDATE app_user SET disabled_at = (SELECT max(started_at) + interval '1 hour' FROM person_shift) WHERE user_id = '{PersonFixture.Ana}'");
        await ActivatorUtilities.CreateInstance<ShiftWorker>(silo.Get<IServiceProvider>()).RunOnceAsync(CancellationToken.None);
        Assert.Equal(2, await _database.OneAsync<long>("SELECT count(*) FROM person_shift WHERE ended_at - started_at = interval '1 hour' AND ended_why = 'disabled'"));
    }

    [Fact]
    public async Task Given_a_person_s_device_that_falls_silent_When_its_silence_is_due_Then_off_shift_nobody_is_told()
    {
        await using var silo = await SiloUnderTest.StartAsync(_database.Addresses);
        await silo.DecideAsync(new GiveConsent(PersonFixture.Notice));
        await silo.DecideAsync(new StartShift(1, 30));
        await silo.ReportAsync(PersonFixture.Device, DeviceFixture.Driving(0));
        await silo.DecideAsync(new EndShift());

        await DueAsync();
        Assert.Equal(0, await LostAsync());
        Assert.Equal(1, await _database.CountAsync("due")); // he is asked after again: the next shift may begin

        await silo.DecideAsync(new StartShift(1, 30));
        await DueAsync();
        Assert.Equal(1, await LostAsync());

        async Task DueAsync()
        {
            silo.Time.Advance(TimeSpan.FromMinutes(11));
            await silo.Device(PersonFixture.Device).DueAsync(SiloUnderTest.Tenant.Value, silo.Now.Value);
        }

        Task<long> LostAsync() => _database.OneAsync<long>("SELECT count(*) FROM event WHERE type = 'SignalLost'");
    }

    [Fact]
    public async Task Given_a_shift_When_it_begins_and_ends_Then_his_place_is_shown_from_its_first_fix_to_its_end_and_never_an_older_one()
    {
        await using var silo = await SiloUnderTest.StartAsync(_database.Addresses);
        var visibility = silo.Get<PersonVisibility>();
        await silo.ReportAsync(PersonFixture.Device, DeviceFixture.Driving(0)); // of an earlier shift
        visibility.RefreshAll();
        await silo.DecideAsync(new GiveConsent(PersonFixture.Notice));
        await silo.DecideAsync(new StartShift(1, 30));
        visibility.Refresh(PersonFixture.Ana);
        await Eventually.TrueAsync(() => silo.Get<Silo.Positions.LastPositions>().MarksOf(SiloUnderTest.Tenant, new DeviceId(PersonFixture.Device)).Kind == Core.Devices.UnitKind.Person, TimeSpan.FromSeconds(20));
        Assert.Equal(default, silo.Seen());

        var now = (int)(silo.Now.Value / UtcMicros.PerSecond - DeviceFixture.Driving(0).FixedAt.Value / UtcMicros.PerSecond);
        await silo.ReportAsync(PersonFixture.Device, DeviceFixture.Driving(now + 1));
        await Eventually.TrueAsync(() => silo.Seen().Last is not null, TimeSpan.FromSeconds(20));

        await silo.DecideAsync(new EndShift());
        visibility.Refresh(PersonFixture.Ana);
        await Eventually.TrueAsync(() => silo.Seen() == default, TimeSpan.FromSeconds(20));

        // A late fix of the shift is stored, and still nobody sees him.
        await silo.ReportAsync(PersonFixture.Device, DeviceFixture.Driving(now));
        Assert.Equal(default, silo.Seen());
    }

    private static int Hour(UtcMicros time) => time.ToDateTimeOffset().Hour;
}
