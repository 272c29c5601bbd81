using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Live;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Positions;
using FieldCrm.Silo.Tenants;
using FieldCrm.Silo.Tests.Devices;
using FieldCrm.TestKit;

namespace FieldCrm.Silo.Tests.Tenants;

/// <summary>Which units have something open, through the tenant's real grain, the database and memory.</summary>
public sealed class OpenAlarmTests : IAsyncLifetime
{
    private static readonly DeviceId Device = new(7);
    private static readonly Guid Sos = new("11111111-2222-8333-8444-555555555555");
    private static readonly Guid Crash = new("22222222-2222-8333-8444-555555555555");
    private static readonly Actor Ana = Actor.User(new Guid("33333333-2222-8333-8444-555555555555"));

    private TestDatabase _database = null!;
    private SiloUnderTest _silo = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _silo = await SiloUnderTest.StartAsync(_database.Addresses);
        await DecideAsync(new RegisterDevices([new NewDevice(Device, "seven", "Seven", TokenHash: null)], SkipKnown: false));
    }

    public async Task DisposeAsync()
    {
        await _silo.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Given_two_alarms_When_one_is_acknowledged_and_the_other_withdrawn_Then_the_unit_is_marked_until_the_last()
    {
        await DecideAsync(Report(Sos, 1));
        await DecideAsync(Report(Crash, 2));
        Assert.True(IsMarked(_silo));

        await DecideAsync(new AcknowledgeAlarm(Sos), Ana);
        Assert.True(IsMarked(_silo));
        await DecideAsync(Report(Crash, 3, isWithdrawn: true));
        Assert.False(IsMarked(_silo));
        await DecideAsync(Report(Crash, 4));
        Assert.True(IsMarked(_silo));
        await DecideAsync(Report(Sos, 5)); // a correction: it stays acknowledged
        await DecideAsync(new AcknowledgeAlarm(Crash), Ana);
        Assert.False(IsMarked(_silo));

        Assert.Equal(
            [$"({Sos},f,user,{Ana.Id})", $"({Crash},f,user,{Ana.Id})"],
            await _database.RowsAsync("SELECT alarm_id, is_withdrawn, acknowledged_by_kind, acknowledged_by_id FROM alarm WHERE acknowledged_at IS NOT NULL ORDER BY 1"));
        Assert.Equal(
            ["(AlarmAcknowledged)", "(AlarmAcknowledged)"], await _database.RowsAsync("SELECT type FROM event WHERE stream = 'tenant/0' AND type = 'AlarmAcknowledged'"));
    }

    [Fact]
    public async Task Given_an_open_alarm_When_the_server_starts_again_Then_its_unit_is_marked_and_forgetting_it_takes_the_mark_away()
    {
        await DecideAsync(Report(Sos, 1));
        await using var next = await SiloUnderTest.StartAsync(_database.Addresses, _silo.Time);
        await Eventually.TrueAsync(() => next.Get<LastPositions>().IsFilled, TimeSpan.FromSeconds(30));
        Assert.True(IsMarked(next));

        await Grain(next).SettleAlarmsAsync();
        Assert.True(IsMarked(next)); // it is stored
        await _database.ExecuteAsync("DELETE FROM alarm");
        await Grain(next).SettleAlarmsAsync();
        Assert.False(IsMarked(next));
    }

    [Fact]
    public void Given_an_alarm_acknowledged_while_the_store_is_still_read_When_the_older_row_comes_Then_what_was_said_stays()
    {
        var positions = new LastPositions();
        var stored = new UnitMarks(UnitKind.Vehicle, default, UnitFlags.OpenAlarm);
        positions.SetOpenAlarm(SiloUnderTest.Tenant, Device, isOpen: false);

        positions.Fill(SiloUnderTest.Tenant, Device, default, stored, isDisabled: false);
        positions.Fill(SiloUnderTest.Tenant, new DeviceId(8), default, stored, isDisabled: false);

        Assert.Equal((UnitFlags.None, UnitFlags.OpenAlarm), (Flags(Device), Flags(new DeviceId(8))));
        Assert.Equal([new DeviceId(8)], positions.WithOpenAlarm(SiloUnderTest.Tenant));

        UnitFlags Flags(DeviceId device) => positions.MarksOf(SiloUnderTest.Tenant, device).Flags;
    }

    private static ReportAlarm Report(Guid alarm, long version, bool isWithdrawn = false) =>
        new(alarm, Device, AlarmKind.Sos, UtcMicros.FromUnixSeconds(1_767_225_600), version, "{}", isWithdrawn);

    private static bool IsMarked(SiloUnderTest silo) =>
        silo.Get<LastPositions>().MarksOf(SiloUnderTest.Tenant, Device).Flags.HasFlag(UnitFlags.OpenAlarm);

    private static ITenantGrain Grain(SiloUnderTest silo) => silo.Get<IGrainFactory>().GetGrain<ITenantGrain>(SiloUnderTest.Tenant.Value);

    private async Task DecideAsync(TenantCommand command, Actor? by = null) =>
        Assert.Null((await Grain(_silo).DecideAsync(command, by ?? Actor.System)).Refusal);
}
