using System.Text.Json;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tenants;

namespace FieldCrm.Core.Tests.Tenants;

/// <summary>What carries a device and how to reach who is with it.</summary>
public sealed class DeviceFactsTests
{
    private static readonly UtcMicros Now = UtcMicros.FromUnixSeconds(1_790_000_000);
    private static readonly TenantState Tenant = new() { Id = new TenantId(3), Name = "harbour" };
    private static readonly KnownDevice Ana = new(
        new DeviceId(7), "ana", "Ana", IsDisabled: false, AcceptsEnrolment: false, HasToken: true, UnitKind.Person, "+598 99 123 456");

    [Fact]
    public void Given_a_person_with_a_phone_When_registered_Then_the_event_says_both()
    {
        var device = new NewDevice(new DeviceId(8), "ben", "Ben", null, Kind: UnitKind.Person, Phone: "+598 99 123 456");

        var registered = Assert.IsType<DeviceRegistered>(Assert.Single(Decide(new RegisterDevices([device], SkipKnown: false)).Events));

        Assert.Equal((UnitKind.Person, "+598 99 123 456"), (registered.Kind, registered.Phone));
        Assert.Equal(
            """{"device":8,"uniqueId":"ben","name":"Ben","acceptsEnrolment":false,"kind":"person","phone":"\u002B598 99 123 456"}""",
            JsonSerializer.Serialize(registered, typeof(DeviceRegistered), TenantJson.Default));
    }

    [Fact]
    public void Given_a_registration_of_before_kinds_When_read_Then_it_was_a_vehicle_without_a_phone()
    {
        var read = JsonSerializer.Deserialize(
            """{"$type":"DeviceRegistered","device":7,"uniqueId":"van","name":"Van","acceptsEnrolment":false}""", TenantJson.Default.TenantEvent);

        Assert.Equal(new DeviceRegistered(new DeviceId(7), "van", "Van", null, false, null, UnitKind.Vehicle, null), read);
    }

    [Fact]
    public void Given_a_device_When_changed_Then_what_is_not_named_stays_and_what_is_the_same_is_no_event()
    {
        Assert.Equal([new DeviceDescribed(Ana.Id, UnitKind.Person, "099 1")], Changed(new ChangeDevice(Ana.Id, Phone: "099 1")));
        Assert.Equal([new DeviceDescribed(Ana.Id, UnitKind.Person, null)], Changed(new ChangeDevice(Ana.Id, Phone: "")));
        Assert.Equal([new DeviceDescribed(Ana.Id, UnitKind.Asset, Ana.Phone)], Changed(new ChangeDevice(Ana.Id, Kind: UnitKind.Asset)));
        Assert.Equal(
            [new DeviceRenamed(Ana.Id, "Ana M"), new DeviceDescribed(Ana.Id, UnitKind.Vehicle, null)],
            Changed(new ChangeDevice(Ana.Id, "Ana M", UnitKind.Vehicle, "")));
        Assert.Empty(Changed(new ChangeDevice(Ana.Id, "Ana", UnitKind.Person, "+598 99 123 456")));
        Assert.Empty(Changed(new ChangeDevice(Ana.Id)));
    }

    [Fact]
    public void Given_a_change_that_cannot_be_When_decided_Then_refused_by_its_code()
    {
        Assert.Equal("device.unknown", Decide(new ChangeDevice(new DeviceId(8), "x")).Refusal?.Code);
        Assert.Equal("device.name-invalid", Decide(new ChangeDevice(Ana.Id, "")).Refusal?.Code);
        Assert.Equal("device.phone-invalid", Decide(new ChangeDevice(Ana.Id, Phone: "call me")).Refusal?.Code);
        Assert.Equal(
            "device.phone-invalid", TenantDecider.Validate(new NewDevice(Ana.Id, "ana", "Ana", null, Phone: "12"))?.Code);
    }

    [Theory]
    [InlineData("112", true)]
    [InlineData("+598 (0)99 123-456", true)]
    [InlineData("*31#099/123.456", true)]
    [InlineData("12", false)]
    [InlineData(" 112", false)]
    [InlineData("112 ", false)]
    [InlineData("112;ext=5", false)]
    [InlineData("0123456789012345678901234567890123456789", true)]
    [InlineData("01234567890123456789012345678901234567890", false)]
    [InlineData("１１２", false)]
    public void Given_a_text_Then_it_is_a_phone_number_or_not(string text, bool isOne) => Assert.Equal(isOne, PhoneNumber.IsValid(text));

    [Fact]
    public void Given_a_number_as_people_write_it_When_dialled_Then_only_what_a_telephone_reads_is_left() =>
        Assert.Equal("+598099123456", PhoneNumber.ToDial("+598 (0)99 123-456"));

    [Fact]
    public void Given_kinds_Then_each_has_a_word_and_comes_back_from_it()
    {
        Assert.Equal(Enum.GetValues<UnitKind>(), UnitKinds.Words.Select(UnitKinds.Of).OfType<UnitKind>());
        Assert.Null(UnitKinds.Of("boat"));
    }

    private static TenantEvent[] Changed(ChangeDevice change)
    {
        var outcome = Decide(change);
        Assert.Null(outcome.Refusal);
        return [.. outcome.Events];
    }

    private static TenantOutcome Decide(TenantCommand command) =>
        TenantDecider.Decide(Tenant, new TenantFacts { Devices = [Ana] }, command, Now);
}
