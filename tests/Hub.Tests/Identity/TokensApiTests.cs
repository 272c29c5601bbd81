using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Identity;

[Collection(ServerCollection.Name)]
public sealed class TokensApiTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_a_token_When_a_program_uses_it_Then_it_may_what_its_role_may_in_its_tenant_until_revoked()
    {
        var tenant = await TestTenant.CreateAsync(Server, "token-use");
        await tenant.DeviceAsync("token-van");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        var made = await MakeAsync(admin, "export", UserRole.Auditor);
        Assert.Matches("^fct_[0-9a-hjkmnp-z]{32}$", made.Token);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(made.Token, "/api/v1/devices/token-van?tenant=default"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(made.Token, "/api/v1/users"));
        using (var change = Request(made.Token, HttpMethod.Post, "/api/v1/devices/disable"))
        using (var refused = await Server.Visitor.SendAsync(change))
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        await Eventually.TrueAsync(async () => (await ListAsync(admin)).Single().LastUsedAt is not null, TimeSpan.FromSeconds(10));

        using var revoked = await admin.PostAsync(new Uri($"/api/v1/tokens/{made.Id}/revoke", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(made.Token, "/api/v1/devices"));
        Assert.NotNull((await ListAsync(admin)).Single().RevokedAt);
        var list = await admin.GetStringAsync(new Uri("/api/v1/tokens", UriKind.Relative));
        var audit = await admin.GetStringAsync(new Uri("/api/v1/audit", UriKind.Relative));
        Assert.DoesNotContain(made.Token, list + audit, StringComparison.Ordinal);
        Assert.DoesNotContain(SecretHash.Of(made.Token).Hex, list + audit, StringComparison.Ordinal);
        Assert.DoesNotContain(Server.Log, line => line.Contains(made.Token, StringComparison.Ordinal));
        await using var stored = Server.Get<FieldCrmDatabase>().Silo.CreateCommand("SELECT encode(token_hash, 'hex') FROM api_token WHERE token_id = $1");
        stored.Parameters.AddWithValue(made.Id);
        Assert.Equal(SecretHash.Of(made.Token).Hex, await stored.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Given_an_admin_s_token_When_it_is_to_make_users_or_tokens_Then_refused_and_devices_may_be_changed()
    {
        var tenant = await TestTenant.CreateAsync(Server, "token-admin");
        await tenant.DeviceAsync("van");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        var made = await MakeAsync(admin, "sync", UserRole.Admin);
        foreach (var path in new[] { "/api/v1/users", "/api/v1/tokens", $"/api/v1/tokens/{made.Id}/revoke", "/api/v1/users/token-admin-admin/disable" })
        {
            using var request = Request(made.Token, HttpMethod.Post, path);
            request.Content = JsonContent.Create(new TokenToAdd("more", UserRole.Admin), AdministrationJson.Default.TokenToAdd);
            using var answer = await Server.Visitor.SendAsync(request);
            Assert.Equal((path, HttpStatusCode.Forbidden), (path, answer.StatusCode));
        }
        using var disable = Request(made.Token, HttpMethod.Post, "/api/v1/devices/disable");
        disable.Content = new StringContent("""{"id":"van"}""", System.Text.Encoding.UTF8, "application/json");
        using var done = await Server.Visitor.SendAsync(disable); // no antiforgery: there is no cookie
        Assert.Equal(HttpStatusCode.NoContent, done.StatusCode);
        var entry = (await tenant.GetAsync("/api/v1/audit?kind=DeviceDisabled")).GetProperty("entries")[0].GetProperty("by");
        Assert.Equal(("token", made.Id.ToString()), (entry.GetProperty("kind").GetString(), entry.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Given_a_token_s_maker_When_he_is_demoted_or_disabled_Then_the_token_may_no_more_than_he()
    {
        var tenant = await TestTenant.CreateAsync(Server, "token-maker");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        var auditor = await MakeAsync(admin, "audit", UserRole.Auditor);
        var dispatcher = await MakeAsync(admin, "dispatch", UserRole.Dispatcher);
        await Server.RunAsync("user", "add", "token-maker-2", "--role", "admin", "--tenant", "token-maker");

        await Server.RunAsync("user", "role", "token-maker-admin", "dispatcher", "--tenant", "token-maker");
        await OutWithinFiveSecondsAsync(auditor.Token);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(dispatcher.Token, "/api/v1/devices"));
        await Server.RunAsync("user", "disable", "token-maker-admin", "--tenant", "token-maker");
        await OutWithinFiveSecondsAsync(dispatcher.Token);
    }

    [Fact]
    public async Task Given_a_bad_wish_When_a_token_is_asked_for_Then_refused_with_its_code()
    {
        var tenant = await TestTenant.CreateAsync(Server, "token-bad");
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        foreach (var (wish, code) in new[]
        {
            (new TokenToAdd("x", "operator"), "user.role-unknown"), (new TokenToAdd("", UserRole.Sales), "token.name-invalid"),
            (new TokenToAdd("x", UserRole.Sales, 0), "token.expiry-invalid"), (new TokenToAdd("x", UserRole.Sales, 367), "token.expiry-invalid"),
            (new TokenToAdd("x", UserRole.Sales, int.MinValue), "token.expiry-invalid"),
        })
        {
            using var answer = await admin.PostAsJsonAsync("/api/v1/tokens", wish, AdministrationJson.Default.TokenToAdd);
            Assert.Equal((HttpStatusCode.BadRequest, code), (answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("code").GetString()));
        }
        Assert.Empty(await ListAsync(admin));
    }

    [Fact]
    public async Task Given_the_command_line_When_tokens_are_managed_Then_one_is_printed_listed_and_revoked()
    {
        await TestTenant.CreateAsync(Server, "token-cli");
        var added = await Server.RunAsync("token", "add", "nightly", "--role", "auditor", "--days", "7", "--tenant", "token-cli");
        var token = added.Output.TrimEnd('\n');
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(token, "/api/v1/devices"));
        var list = await Server.RunAsync("token", "list", "--tenant", "token-cli", "--json");
        var listed = JsonElement.Parse(list.Output).GetProperty("tokens")[0];
        Assert.Equal("nightly", listed.GetProperty("name").GetString());
        Assert.DoesNotContain(token, list.Output, StringComparison.Ordinal);

        var revoked = await Server.RunAsync("token", "revoke", listed.GetProperty("id").GetString()!, "--tenant", "token-cli");

        Assert.Equal(0, revoked.ExitCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(token, "/api/v1/devices"));
    }

    private Task OutWithinFiveSecondsAsync(string token) =>
        Eventually.TrueAsync(async () => await StatusAsync(token, "/api/v1/devices") == HttpStatusCode.Unauthorized, TimeSpan.FromSeconds(5));

    private static async Task<TokenMade> MakeAsync(HttpClient admin, string name, string role)
    {
        using var answer = await admin.PostAsJsonAsync("/api/v1/tokens", new TokenToAdd(name, role), AdministrationJson.Default.TokenToAdd);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync(AdministrationJson.Default.TokenMade))!;
    }

    private static async Task<IReadOnlyList<TokenView>> ListAsync(HttpClient admin) =>
        (await admin.GetFromJsonAsync("/api/v1/tokens", AdministrationJson.Default.TokenPage))!.Tokens;

    private async Task<HttpStatusCode> StatusAsync(string token, string path)
    {
        using var request = Request(token, HttpMethod.Get, path);
        using var answer = await Server.Visitor.SendAsync(request);
        return answer.StatusCode;
    }

    private static HttpRequestMessage Request(string token, HttpMethod method, string path) =>
        new(method, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
}
