using System.Text.Json;
using System.Text.Json.Serialization;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tenants;

namespace FieldCrm.Core.Tests.Tenants;

public sealed class TenantJsonTests
{
    [Fact]
    public void Given_an_event_When_written_for_the_ledger_Then_its_bytes_are_these()
    {
        var registered = new DeviceRegistered(new DeviceId(7), "van-7", "Van 7", SecretHash.Of("a-token"), false, null);

        Assert.Equal(
            """{"device":7,"uniqueId":"van-7","name":"Van 7","tokenHash":"1f6076e3a47ba1ded08025ffe06e57af217c14f9407f33fba50f99b1c7019387","acceptsEnrolment":false}""",
            JsonSerializer.Serialize(registered, typeof(DeviceRegistered), TenantJson.Default));
    }

    [Fact]
    public void Given_a_command_as_its_base_When_written_and_read_Then_it_is_the_same()
    {
        TenantCommand command = new ReportAlarm(
            new Guid("11111111-2222-8333-8444-555555555555"), new DeviceId(7), AlarmKind.Crash,
            UtcMicros.FromUnixSeconds(1_790_000_000), 4, """{"alarm":3}""", IsWithdrawn: false);

        var json = JsonSerializer.Serialize(command, TenantJson.Default.TenantCommand);

        Assert.Equal(command, JsonSerializer.Deserialize(json, TenantJson.Default.TenantCommand));
    }

    [Fact]
    public void Given_an_outcome_When_written_and_read_Then_its_events_are_the_same()
    {
        var outcome = TenantOutcome.Of(new DeviceDisabled(new DeviceId(7)), new UnregisteredNotListed(2));

        var json = JsonSerializer.Serialize(outcome, TenantJson.Default.TenantOutcome);

        var read = JsonSerializer.Deserialize(json, TenantJson.Default.TenantOutcome);
        Assert.Equal(outcome.Events.ToArray(), read!.Events.ToArray());
        Assert.Null(read.Refusal);
    }

    [Theory]
    [InlineData(typeof(TenantCommand))]
    [InlineData(typeof(TenantEvent))]
    public void Given_a_message_type_When_it_is_sent_as_its_base_Then_it_is_declared_there(Type root)
    {
        var declared = root.GetCustomAttributes(typeof(JsonDerivedTypeAttribute), inherit: false)
            .Cast<JsonDerivedTypeAttribute>().ToDictionary(a => a.DerivedType, a => (string)a.TypeDiscriminator!);
        var derived = root.Assembly.GetTypes().Where(t => t.IsSubclassOf(root)).ToList();

        Assert.NotEmpty(derived);
        Assert.Equal(derived.ToDictionary(t => t, t => t.Name), declared);
    }

    [Fact]
    public void Given_settings_with_members_left_out_When_read_Then_defaults_stand_in()
    {
        var settings = JsonSerializer.Deserialize("""{"retentionDays":90}""", TenantJson.Default.TenantSettings);

        Assert.Equal(TenantSettings.Default with { RetentionDays = 90 }, settings);
        Assert.Equal(TenantSettings.Default, JsonSerializer.Deserialize("{}", TenantJson.Default.TenantSettings));
    }

    [Fact]
    public void Given_a_secret_When_hashed_Then_it_is_sha256_in_lower_case_hex() =>
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", SecretHash.Of("abc").Hex);
}
