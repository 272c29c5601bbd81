using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.Tests.Leaks.Probes;

/// <summary>What an admin does to devices.</summary>
internal static class DeviceProbes
{
    private const string Changing = Policies.Administer;

    public static readonly Probe[] All =
    [
        Probe.Post("/api/v1/devices", Changing) with { Target = Fresh, Body = a => new { id = a.Target }, Elsewhere = Elsewhere.OwnTenant },
        Probe.Post("/api/v1/devices/import", Changing) with
        {
            Target = Fresh, Body = a => new { devices = new[] { new { id = a.Target }, new { id = a.Target + "-2" } } }, Elsewhere = Elsewhere.OwnTenant,
        },
        Probe.Post("/api/v1/devices/admit", Changing) with { Target = w => w.NewClaimAsync(), Body = a => new { id = a.Target } },
        Change("rotate"),
        Probe.Post("/api/v1/devices/rename", Changing) with { Target = w => w.NewDeviceAsync(), Body = a => new { id = a.Target, name = a.World.Fresh() } },
        Probe.Post("/api/v1/devices/set", Changing) with
        {
            Target = w => w.NewDeviceAsync(), Body = a => new { id = a.Target, name = a.World.Fresh(), kind = "person", phone = "+598 99 123" },
        },
        Change("disable"),
        Change("revoke"),
        Probe.Post("/api/v1/devices/enable", Changing) with { Target = DisabledDeviceAsync, Body = a => new { id = a.Target } },
        Probe.Get("/api/v1/unregistered", Changing) with { Shows = a => a.World.ClaimedId },
    ];

    public static Task<string> Fresh(TenantWorld world) => Task.FromResult(world.Fresh());

    public static async Task<string> DisabledDeviceAsync(TenantWorld world)
    {
        var id = await world.NewDeviceAsync();
        await world.DecideAsync(new Core.Tenants.DisableDevice(new(await world.Tenant.NumberAsync(id))));
        return id;
    }

    private static Probe Change(string what) => Probe.Post($"/api/v1/devices/{what}", Changing) with { Target = w => w.NewDeviceAsync(), Body = a => new { id = a.Target } };
}
