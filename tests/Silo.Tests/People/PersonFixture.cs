using FieldCrm.Core;
using FieldCrm.Core.People;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.People;
using FieldCrm.Silo.Positions;
using FieldCrm.Silo.Tests.Devices;

namespace FieldCrm.Silo.Tests.People;

/// <summary>A user who carries device 7 in the tenant of <see cref="SiloUnderTest"/>.</summary>
internal static class PersonFixture
{
    public const int Device = 7;

    public static readonly Guid Ana = new("11111111-2222-8333-8444-555555555555");

    public static readonly ConsentNotice Notice = new(ConsentPurpose.Positions, ConsentChannel.OwnPage, 1, "en", 30, "Notice.");

    public static Task SeedAsync(TestDatabase database) => database.ExecuteAsync(
        $"""
        INSERT INTO app_user (user_id, tenant_id, name, role, created_at) VALUES ('{Ana}', 0, 'ana', 'technician', now());
        INSERT INTO device (device_id, tenant_id, unique_id, name, accepts_enrolment, created_at, kind, holder_id)
            VALUES ({Device}, 0, 'phone', 'Phone', false, now(), 1, '{Ana}')
        """);

    public static async Task<PersonEvent[]> DecideAsync(this SiloUnderTest silo, PersonCommand command)
    {
        var outcome = await silo.Get<IGrainFactory>().GetGrain<IPersonGrain>(Ana).DecideAsync(command, Actor.User(Ana));
        Assert.Null(outcome.Refusal);
        return [.. outcome.Events];
    }

    /// <summary>What everybody may see of the device.</summary>
    public static Sighting Seen(this SiloUnderTest silo) => silo.Get<LastPositions>().Of(SiloUnderTest.Tenant, new DeviceId(Device));
}
