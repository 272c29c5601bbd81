using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.Hub.Tests.Identity;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Tenants;

/// <summary>An admin of the operator's own tenant operates the instance from a browser; nobody else does, and the machine's own stays its own.</summary>
[Collection(ServerCollection.Name)]
public sealed class OperatorPeopleTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    private TestTenant Operators => new(Server, "operator", TenantAdministration.Operator);

    [Fact]
    public async Task Given_a_first_start_Then_its_operator_gets_in_by_a_link_of_the_command_line()
    {
        var (exitCode, output, _) = await Server.RunAsync("user", "link", FirstStart.OperatorName, "--tenant", "operator");
        Assert.Equal(0, exitCode);
        using var person = Person.Of(Server, FirstStart.OperatorName);
        var link = new Uri(output.Trim()).AbsolutePath;
        using var redeemed = await person.SendAsync(link, link);
        Assert.Equal("/account?welcome=1", redeemed.Headers.Location?.ToString());

        var session = await person.Http.GetFromJsonAsync(new Uri("/session", UriKind.Relative), AdministrationJson.Default.SessionAnswer);

        Assert.Equal((Policies.OperatorRole, "operator", "operator"), (session?.Role, session?.Name, session?.Tenant));
        using var account = await person.Http.GetAsync(new Uri("/account", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, account.StatusCode);
        using var set = await person.SendAsync("/account", "/account/password", ("password", Person.Password));
        Assert.Equal("/account?done=password", set.Headers.Location?.ToString());
        Assert.Equal(Policies.OperatorRole, await person.RoleAsync());
    }

    [Fact]
    public async Task Given_an_operator_When_he_adds_a_tenant_and_its_admin_Then_they_are_there_and_the_ledgers_name_him()
    {
        using var browser = await Operators.SignedInAsync(UserRole.Admin, "op-adds");
        using var added = await browser.PostAsJsonAsync(Path("/operator/tenants"), new TenantToAdd("op-acme"), AdministrationJson.Default.TenantToAdd);
        Assert.Equal(HttpStatusCode.OK, added.StatusCode);
        var acme = (await added.Content.ReadFromJsonAsync(AdministrationJson.Default.TenantAnswer))!.Id;
        var page = await browser.GetFromJsonAsync(Path($"/operator/tenants?after={acme - 1}&limit=1"), AdministrationJson.Default.TenantsAnswer);
        Assert.Equal((acme, "op-acme", acme), (page!.Tenants[0].Id, page.Tenants[0].Name, page.Next));
        using var user = await browser.PostAsJsonAsync(
            Path("/api/v1/users?tenant=op-acme"), new UserToAdd("op-acme-1", UserRole.Admin), AdministrationJson.Default.UserToAdd);
        Assert.Equal(HttpStatusCode.OK, user.StatusCode);
        using var limits = await browser.PutAsJsonAsync(
            Path("/operator/settings?tenant=op-acme"), TenantSettings.Default with { MaxUsers = 1 }, AdministrationJson.Default.TenantSettings);
        Assert.Equal(HttpStatusCode.OK, limits.StatusCode);
        using var beyond = await browser.PostAsJsonAsync(
            Path("/api/v1/users?tenant=op-acme"), new UserToAdd("op-acme-2", UserRole.Admin), AdministrationJson.Default.UserToAdd);
        Assert.Equal("user.quota-reached", await CodeAsync(beyond));

        var me = (await Server.Get<TenantAdministration>().FindUserAsync(TenantAdministration.Operator, "op-adds", CancellationToken.None))!.UserId;
        var theirs = (await browser.GetFromJsonAsync<JsonElement>(Path("/api/v1/audit?tenant=op-acme"))).GetProperty("entries").EnumerateArray();
        Assert.Equal(
            ["SettingsChanged", "LinkCreated", "UserAdded"],
            theirs.Where(e => By(e) == $"operator {me:D} ").Select(e => e.GetProperty("kind").GetString())); // no name: he is nobody of theirs
        var own = (await browser.GetFromJsonAsync<JsonElement>(Path("/api/v1/audit?tenant=operator&kind=TenantAdded&limit=1"))).GetProperty("entries")[0];
        Assert.Equal($"operator {me:D} op-adds", By(own));
    }

    [Fact]
    public async Task Given_an_operators_token_for_a_tenant_Then_it_hangs_on_no_person()
    {
        await TestTenant.CreateAsync(Server, "op-token");
        using var browser = await Operators.SignedInAsync(UserRole.Admin, "op-tokens");
        using var made = await browser.PostAsJsonAsync(
            Path("/api/v1/tokens?tenant=op-token"), new TokenToAdd("sync", UserRole.Auditor), AdministrationJson.Default.TokenToAdd);
        var token = (await made.Content.ReadFromJsonAsync(AdministrationJson.Default.TokenMade))!.Token;

        var list = await browser.GetFromJsonAsync(Path("/api/v1/tokens?tenant=op-token"), AdministrationJson.Default.TokenPage);

        Assert.Equal((null, null), (list!.Tokens[0].MadeBy, list.Tokens[0].MadeByName));
        using var request = new HttpRequestMessage(HttpMethod.Get, Path("/api/v1/devices"));
        request.Headers.Authorization = new("Bearer", token);
        using var answer = await Server.Visitor.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Given_a_tenants_admin_or_another_role_of_the_operators_Then_neither_operates()
    {
        var tenant = await TestTenant.CreateAsync(Server, "op-no");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        using var auditor = await Operators.SignedInAsync(UserRole.Auditor, "op-auditor");
        foreach (var browser in new[] { admin, auditor })
        {
            foreach (var path in new[] { "/operator/tenants", "/operator/settings?tenant=default" })
            {
                using var answer = await browser.GetAsync(Path(path));
                Assert.Equal((path, HttpStatusCode.Forbidden), (path, answer.StatusCode));
            }
        }
        using var elsewhere = await auditor.GetAsync(Path("/api/v1/audit?tenant=op-no"));
        Assert.DoesNotContain("op-no-admin", await elsewhere.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_an_operators_session_Then_what_is_the_machines_own_stays_closed()
    {
        using var browser = await Operators.SignedInAsync(UserRole.Admin, "op-machine");
        using var maintenance = await browser.PostAsync(Path("/operator/maintenance"), null);
        Assert.Equal(HttpStatusCode.Unauthorized, maintenance.StatusCode); // the credential is asked for, not a session
        using var pages = await browser.GetAsync(Path("/devices"));
        Assert.Equal(HttpStatusCode.Forbidden, pages.StatusCode);
    }

    [Fact]
    public async Task Given_an_operator_who_is_demoted_Then_his_open_session_is_no_operators_any_more()
    {
        using var person = await Person.AddAsync(Server, "op-demoted", UserRole.Admin, "operator");
        Assert.Equal(Policies.OperatorRole, await person.RoleAsync());
        using var demoted = await Server.Operator.PostAsJsonAsync(
            "/api/v1/users/op-demoted/role?tenant=operator", new RoleToGive(UserRole.Auditor), AdministrationJson.Default.RoleToGive);
        Assert.Equal(HttpStatusCode.NoContent, demoted.StatusCode);

        Assert.Equal(UserRole.Auditor, await person.RoleAsync());
    }

    private static string By(JsonElement entry)
    {
        var by = entry.GetProperty("by");
        return $"{by.GetProperty("kind")} {by.GetProperty("id")} {(by.TryGetProperty("name", out var name) ? name.GetString() : "")}";
    }

    private static async Task<string?> CodeAsync(HttpResponseMessage answer) =>
        JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("code").GetString();

    private static Uri Path(string path) => new(path, UriKind.Relative);
}
