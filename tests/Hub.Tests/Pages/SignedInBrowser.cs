using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using FieldCrm.Core;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Pages;

/// <summary>A browser that is signed in, in the shared server's default tenant or in one of its own.</summary>
internal sealed partial class SignedInBrowser : IDisposable
{
    private SignedInBrowser(InProcessServer server, HttpClient http)
    {
        Http = http;
        Rows = new StoredRows(server.Get<FieldCrmDatabase>());
    }

    public HttpClient Http { get; }

    public StoredRows Rows { get; }

    public TenantId Tenant { get; private init; }

    public static async Task<SignedInBrowser> OpenAsync(InProcessServer server, string role = "dispatcher")
    {
        var name = $"pages-{Guid.NewGuid():N}";
        using var made = await server.Operator.PostAsJsonAsync(
            "/operator/tenants", new TenantToAdd(name), AdministrationJson.Default.TenantToAdd);
        made.EnsureSuccessStatusCode();
        using var added = await server.Operator.PostAsJsonAsync(
            $"/operator/users?tenant={name}", new UserToAdd(name, role), AdministrationJson.Default.UserToAdd);
        var link = (await added.Content.ReadFromJsonAsync(AdministrationJson.Default.LinkAnswer))!.Url;
        var http = new HttpClient(LoopbackAddress.Handler()) { BaseAddress = server.Address };
        var field = Field().Match(await http.GetStringAsync(new Uri(link)));
        using var redeemed = await http.PostAsync(new Uri(link), new FormUrlEncodedContent(
            [KeyValuePair.Create(field.Groups["name"].Value, WebUtility.HtmlDecode(field.Groups["value"].Value))]));
        Assert.Equal(HttpStatusCode.SeeOther, redeemed.StatusCode);
        await using var find = server.Get<FieldCrmDatabase>().Api.CreateCommand("SELECT tenant_id FROM tenant_by_name($1)");
        find.Parameters.AddWithValue(name);
        return new SignedInBrowser(server, http) { Tenant = new TenantId((int)(await find.ExecuteScalarAsync())!) };
    }

    public async Task<(HttpStatusCode Status, string Html)> GetAsync(string path)
    {
        using var answer = await Http.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public void Dispose() => Http.Dispose();

    [GeneratedRegex("name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]+)\"")]
    private static partial Regex Field();
}
