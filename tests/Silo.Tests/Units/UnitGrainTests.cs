using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Positions;
using FieldCrm.Silo.Tenants;
using FieldCrm.Silo.Tests.Devices;
using FieldCrm.Silo.Units;

namespace FieldCrm.Silo.Tests.Units;

/// <summary>A unit's availability through its real grain, the lanes and the database.</summary>
public sealed class UnitGrainTests : IAsyncLifetime
{
    private static readonly DeviceId Device = new(7);
    private static readonly Actor Ana = Actor.User(new Guid("11111111-2222-8333-8444-555555555555"));

    private TestDatabase _database = null!;
    private SiloUnderTest _silo = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _silo = await SiloUnderTest.StartAsync(_database.Addresses);
        var registered = await _silo.Get<IGrainFactory>().GetGrain<ITenantGrain>(SiloUnderTest.Tenant.Value)
            .DecideAsync(new RegisterDevices([new NewDevice(Device, "seven", "Seven", TokenHash: null)], SkipKnown: false), Actor.Operator);
        Assert.Null(registered.Refusal);
    }

    public async Task DisposeAsync()
    {
        await _silo.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Given_a_unit_When_set_undone_and_woken_again_Then_row_ledger_and_live_picture_agree()
    {
        Assert.Null((await DecideAsync(new SetAvailability(AvailabilityStatus.Busy, "tow", 0))).Refusal);
        Assert.Equal(AvailabilityStatus.Busy, Live);
        Assert.Null((await DecideAsync(new UndoAvailability(1))).Refusal);
        Assert.Equal(AvailabilityStatus.Unknown, Live);
        await _silo.DeactivateAllAsync();
        _silo.Time.Advance(TimeSpan.FromMinutes(1));
        var last = await DecideAsync(new SetAvailability(AvailabilityStatus.OnBreak, null, 2));

        Assert.Equal(
            new UnitAvailability
            {
                Version = 3, Status = AvailabilityStatus.OnBreak, PreviousStatus = AvailabilityStatus.Unknown, ChangedAt = _silo.Now, ChangedBy = Ana,
            },
            last.State);
        Assert.Equal(AvailabilityStatus.OnBreak, Live);
        Assert.Equal(["(3,3,,0,,)"], await _database.RowsAsync("SELECT version, status, note, previous_status, previous_note, undoes FROM unit_availability"));
        Assert.Equal(
            ["(1,AvailabilitySet,busy,)", "(2,AvailabilitySet,unknown,1)", "(3,AvailabilitySet,onBreak,)"],
            await _database.RowsAsync(
                "SELECT e.version, e.type, p.payload ->> 'status', p.payload ->> 'undoes' FROM event e JOIN event_payload p USING (stream, version) WHERE e.stream = 'unit/7' ORDER BY 1"));
    }

    [Fact]
    public async Task Given_that_another_activation_was_faster_When_decided_on_what_was_before_Then_it_is_looked_at_again_and_stale()
    {
        await DecideAsync(new SetAvailability(AvailabilityStatus.Busy, null, 0));
        // As another silo's activation commits it: this one still remembers version 1.
        await _database.ExecuteAsync(
            """
            INSERT INTO event (stream, version, tenant_id, type, recorded_at, commitment, prev_hash, hash, seq)
                VALUES ('unit/7', 2, 0, 'AvailabilitySet', now(), '', '', '\x01', 1);
            UPDATE unit_availability SET version = 2, status = 4, note = 'home', changed_by_kind = 'operator', changed_by_id = NULL
            """);

        var mine = await DecideAsync(new SetAvailability(AvailabilityStatus.Available, null, 1));

        Assert.Equal("availability.stale", mine.Refusal?.Code);
        Assert.Equal((2L, AvailabilityStatus.OffDuty, "home", Actor.Operator), (mine.State.Version, mine.State.Status, mine.State.Note, mine.State.ChangedBy));
        Assert.Equal(AvailabilityStatus.OffDuty, Live);
        Assert.Null((await DecideAsync(new SetAvailability(AvailabilityStatus.Available, null, 2))).Refusal);
        Assert.Equal(["(3,1)"], await _database.RowsAsync("SELECT version, status FROM unit_availability"));
    }

    [Fact]
    public async Task Given_another_tenants_unit_or_none_When_set_Then_unknown_and_nothing_is_stored()
    {
        var unit = _silo.Get<IGrainFactory>().GetGrain<IUnitGrain>(Device.Value);
        var set = new SetAvailability(AvailabilityStatus.Busy, null, 0);

        Assert.Equal("device.unknown", (await unit.DecideAsync(new TenantId(5), set, Ana)).Refusal?.Code);
        Assert.Equal(
            "device.unknown",
            (await _silo.Get<IGrainFactory>().GetGrain<IUnitGrain>(999).DecideAsync(SiloUnderTest.Tenant, set, Ana)).Refusal?.Code);
        Assert.Equal(0, await _database.CountAsync("unit_availability"));
    }

    private AvailabilityStatus Live => _silo.Get<LastPositions>().MarksOf(SiloUnderTest.Tenant, Device).Availability;

    private Task<AvailabilityOutcome> DecideAsync(AvailabilityCommand command) =>
        _silo.Get<IGrainFactory>().GetGrain<IUnitGrain>(Device.Value).DecideAsync(SiloUnderTest.Tenant, command, Ana);
}
