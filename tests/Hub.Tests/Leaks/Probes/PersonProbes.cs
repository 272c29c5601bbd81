using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.Tests.Leaks.Probes;

/// <summary>Who carries a person's device, and who looked at whom and why.</summary>
internal static class PersonProbes
{
    public static readonly Probe[] All =
    [
        Probe.Get("/api/v1/people", Policies.ReadAudit) with { Shows = a => a.World.Walker.Id },
        Probe.Get("/api/v1/people", Policies.ReadAudit, "of one device") with
        {
            Address = a => $"/api/v1/people?device={Uri.EscapeDataString(a.World.Walker.Id)}", Shows = a => a.World.Walker.Id,
        },
        Probe.Get("/api/v1/people/looks", Policies.ReadAudit) with { Shows = a => a.World.WalkerReason },
        Probe.Get("/api/v1/people/looks", Policies.ReadAudit, "at one person") with
        {
            Address = a => $"/api/v1/people/looks?person={Uri.EscapeDataString(a.World.Keeper.Name)}", Shows = a => a.World.WalkerReason, Elsewhere = Elsewhere.NotFound,
        },
        Hold("/api/v1/devices/hold", Policies.Administer),
        Hold("/operator/devices/hold", Policies.Operator),
    ];

    private static Probe Hold(string route, string capability) => Probe.Post(route, capability) with
    {
        Target = w => w.NewPersonDeviceAsync(), Body = a => new { id = a.Target, user = a.World.Keeper.Name },
    };
}
