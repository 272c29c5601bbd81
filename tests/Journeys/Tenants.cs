using System.Net.Http.Json;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.TestKit;
using Microsoft.Playwright;

namespace FieldCrm.Journeys;

internal static class Tenants
{
    /// <summary>A tenant of its own with one user, and the link that signs him in.</summary>
    public static async Task<(string Tenant, string Link)> AddAsync(InProcessServer server, string role)
    {
        var name = $"journey-{Guid.NewGuid():N}";
        using var made = await server.Operator.PostAsJsonAsync("/operator/tenants", new TenantToAdd(name), AdministrationJson.Default.TenantToAdd);
        made.EnsureSuccessStatusCode();
        return (name, await InviteAsync(server.Operator, name, name, role));
    }

    /// <summary>The link that signs a new user in.</summary>
    public static async Task<string> InviteAsync(HttpClient asOperator, string tenant, string user, string role)
    {
        using var added = await asOperator.PostAsJsonAsync(
            $"/operator/users?tenant={tenant}", new UserToAdd(user, role), AdministrationJson.Default.UserToAdd);
        added.EnsureSuccessStatusCode();
        var link = await added.Content.ReadFromJsonAsync(AdministrationJson.Default.LinkAnswer);
        return link?.Url ?? throw new InvalidOperationException("No link.");
    }

    /// <param name="until">When the console's page counts as opened: a file that is held back holds the whole page back.</param>
    public static async Task SignInAsync(this Screen screen, string link, WaitUntilState until = WaitUntilState.Load)
    {
        await screen.Page.GotoAsync(link);
        await screen.Page.Locator("main button[type=submit], main form button").First.ClickAsync();
        await screen.Page.GotoAsync("/dispatch/", new PageGotoOptions { WaitUntil = until });
    }
}
