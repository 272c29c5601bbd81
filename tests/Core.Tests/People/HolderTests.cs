using FieldCrm.Core.Devices;
using FieldCrm.Core.Tenants;

namespace FieldCrm.Core.Tests.People;

public sealed class HolderTests
{
    private static readonly UtcMicros Now = UtcMicros.FromUnixSeconds(1_790_000_000);
    private static readonly TenantState Tenant = new() { Id = new TenantId(3), Name = "harbour" };
    private static readonly Guid Ana = new("11111111-2222-8333-8444-555555555555");
    private static readonly Guid Ben = new("11111111-2222-8333-8444-666666666666");
    private static readonly DeviceId Phone = new(7);

    private static TenantOutcome Decide(TenantCommand command, TenantFacts facts) => TenantDecider.Decide(Tenant, facts, command, Now);

    private static TenantFacts Facts(UnitKind kind = UnitKind.Person, Guid? holder = null, bool positions = false, bool onShift = false, Guid? user = null) => new()
    {
        Devices = [new KnownDevice(Phone, "phone", "Phone", false, false, true, kind, Holder: holder)],
        User = user is { } id ? new KnownUser(id, UserRole.Technician, IsDisabled: false) : null,
        HasPositions = positions, IsHolderOnShift = onShift,
    };

    [Fact]
    public void Given_a_person_s_device_When_somebody_is_to_carry_it_Then_he_does_and_again_is_nothing()
    {
        Assert.Equal([new DeviceHolderChanged(Phone, Ana)], Decide(new HoldDevice(Phone, Ana), Facts(user: Ana)).Events.ToArray());
        Assert.Empty(Decide(new HoldDevice(Phone, Ana), Facts(holder: Ana, user: Ana, positions: true)).Events);
        Assert.Equal([new DeviceHolderChanged(Phone, null)], Decide(new HoldDevice(Phone, null), Facts(holder: Ana)).Events.ToArray());
        // What was stored before anybody carried it is protected from then on.
        Assert.Equal([new DeviceHolderChanged(Phone, Ana)], Decide(new HoldDevice(Phone, Ana), Facts(user: Ana, positions: true)).Events.ToArray());
    }

    [Fact]
    public void Given_what_would_make_one_person_s_positions_another_s_When_asked_Then_refused()
    {
        Assert.Equal("device.unknown", Decide(new HoldDevice(Phone, Ana), TenantFacts.None).Refusal?.Code);
        Assert.Equal("user.unknown", Decide(new HoldDevice(Phone, Ana), Facts()).Refusal?.Code);
        Assert.Equal("device.not-person", Decide(new HoldDevice(Phone, Ana), Facts(UnitKind.Vehicle, user: Ana)).Refusal?.Code);
        Assert.Equal("device.holder-has-positions", Decide(new HoldDevice(Phone, Ben), Facts(holder: Ana, positions: true, user: Ben)).Refusal?.Code);
        Assert.Equal("device.holder-has-positions", Decide(new HoldDevice(Phone, null), Facts(holder: Ana, positions: true)).Refusal?.Code);
        Assert.Equal("device.holder-on-shift", Decide(new HoldDevice(Phone, Ben), Facts(holder: Ana, onShift: true, user: Ben)).Refusal?.Code);
        Assert.Equal("device.has-holder", Decide(new ChangeDevice(Phone, Kind: UnitKind.Vehicle), Facts(holder: Ana)).Refusal?.Code);
        Assert.Equal("device.has-holder", Decide(new ChangeDevice(Phone, Kind: UnitKind.Asset), Facts(holder: Ana)).Refusal?.Code);
        Assert.Null(Decide(new ChangeDevice(Phone, Kind: UnitKind.Vehicle), Facts()).Refusal);
    }
}
