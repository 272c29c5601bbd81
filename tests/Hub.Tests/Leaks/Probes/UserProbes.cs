using System.Net;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.Tests.Leaks.Probes;

internal static class UserProbes
{
    private const string Changing = Policies.Administer;

    public static readonly Probe[] All =
    [
        Probe.Get("/api/v1/users", Changing) with { Shows = a => a.World.Keeper.Name, ToPrograms = HttpStatusCode.Forbidden },
        Probe.Get("/api/v1/users", Changing, "found by name") with
        {
            Address = a => $"/api/v1/users?search={Uri.EscapeDataString(a.World.Keeper.Name)}", Shows = a => a.World.Keeper.Name, ToPrograms = HttpStatusCode.Forbidden,
        },
        Probe.Post("/api/v1/users", Changing) with
        {
            Target = DeviceProbes.Fresh, Body = a => new { name = a.Target, role = UserRole.Sales }, Elsewhere = Elsewhere.OwnTenant, ToPrograms = HttpStatusCode.Forbidden,
        },
        Of("link"),
        Of("role") with { Body = _ => new { role = UserRole.Author } },
        Of("disable"),
        Of("enable") with { Target = DisabledUserAsync },
        Of("sign-out"),
    ];

    public static async Task<string> DisabledUserAsync(TenantWorld world)
    {
        var id = await world.NewUserAsync();
        await world.DecideAsync(new DisableUser(Guid.Parse(id)));
        return id;
    }

    private static Probe Of(string what) => Probe.Post($"/api/v1/users/{{user}}/{what}", Changing) with { Target = w => w.NewUserAsync(), ToPrograms = HttpStatusCode.Forbidden };
}
