using System.Net.Http.Json;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.TestKit;

namespace FieldCrm.Journeys;

internal static class Tenants
{
    /// <summary>A tenant of its own with one user, and the link that signs him in.</summary>
    public static async Task<(string Tenant, string Link)> AddAsync(InProcessServer server, string role)
    {
        var name = $"journey-{Guid.NewGuid():N}";
        using var made = await server.Operator.PostAsJsonAsync("/operator/tenants", new TenantToAdd(name), AdministrationJson.Default.TenantToAdd);
        made.EnsureSuccessStatusCode();
        using var added = await server.Operator.PostAsJsonAsync(
            $"/operator/users?tenant={name}", new UserToAdd(name, role), AdministrationJson.Default.UserToAdd);
        var link = await added.Content.ReadFromJsonAsync(AdministrationJson.Default.LinkAnswer);
        return (name, link?.Url ?? throw new InvalidOperationException("No link."));
    }

    public static async Task SignInAsync(this Screen screen, string link)
    {
        await screen.Page.GotoAsync(link);
        await screen.Page.Locator("main button[type=submit], main form button").First.ClickAsync();
        await screen.Page.GotoAsync("/dispatch/");
    }
}
