using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.Identity.Provider;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Playwright;

namespace FieldCrm.Hub.Tests.Identity;

/// <summary>Signing in with an identity provider that these tests start themselves.</summary>
public sealed class ProviderTests : IAsyncLifetime
{
    private string _secret = "";
    private LocalProvider? _provider;
    private InProcessServer? _server;

    private LocalProvider Provider => _provider ?? throw new InvalidOperationException("Not started.");

    private InProcessServer Server => _server ?? throw new InvalidOperationException("Not started.");

    public async Task InitializeAsync()
    {
        _provider = await LocalProvider.StartAsync();
        _secret = Path.GetTempFileName();
        await File.WriteAllTextAsync(_secret, LocalProvider.Secret + "\n");
        _server = await InProcessServer.StartAsync(settings: JsonSerializer.Serialize(new
        {
            Oidc = new
            {
                Authority = Provider.Address.ToString(), LocalProvider.ClientId, ClientSecretFile = _secret, Name = "Harbour AG",
                Roles = new Dictionary<string, string> { ["fc-admins"] = "admin", ["fc-desk"] = "dispatcher", ["fc-audit"] = "auditor" },
            },
        }));
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        await Provider.DisposeAsync();
        File.Delete(_secret);
    }

    [Fact]
    public async Task Given_a_provider_When_groups_come_change_go_and_come_back_Then_role_and_access_follow_at_every_sign_in()
    {
        Provider.Person = ("s-1", "Ana", ["everybody", "fc-desk"]);
        using var browser = Browser();
        Assert.Equal((HttpStatusCode.OK, "dispatcher"), await SignInAsync(browser));

        Provider.Person = ("s-1", "Ana Renamed", ["fc-audit", "fc-admins"]);
        using var again = Browser();
        Assert.Equal((HttpStatusCode.OK, "admin"), await SignInAsync(again));
        await StandsAsync(browser, "admin"); // one and the same user

        Provider.Person = ("s-1", "Ana", ["everybody"]);
        using var groupless = Browser();
        Assert.Equal((HttpStatusCode.Forbidden, null), await SignInAsync(groupless));
        await StandsAsync(again, null); // and his open sessions are over
        await StandsAsync(browser, null);

        Provider.Person = ("s-1", "Ana", ["fc-desk"]);
        Assert.Equal((HttpStatusCode.OK, "dispatcher"), await SignInAsync(groupless));
        var users = (await Server.Operator.GetFromJsonAsync("/api/v1/users", AdministrationJson.Default.UserPage))!.Users;
        Assert.Equal(["Ana dispatcher True", "admin admin False"], users.Select(u => $"{u.Name} {u.Role} {u.IsExternal}"));
        Assert.Equal(0, Provider.WithoutPkce);
        var kinds = JsonElement.Parse(await Server.Operator.GetStringAsync(new Uri("/api/v1/audit", UriKind.Relative)))
            .GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("kind").GetString());
        Assert.Equal(
            ["SignedIn", "RoleChanged", "ExternalAccessRegained", "ExternalAccessLost", "SignedIn", "RoleChanged", "SignedIn", "ExternalLinked", "UserAdded", "UserAdded"],
            kinds);
    }

    [Fact]
    public async Task Given_people_of_a_provider_When_names_clash_or_no_group_gives_a_role_Then_told_apart_or_refused()
    {
        Provider.Person = ("s-2", "admin", ["fc-audit"]); // a name that is taken by somebody else: linked by subject, never by name
        using var browser = Browser();
        Assert.Equal((HttpStatusCode.OK, "auditor"), await SignInAsync(browser));
        Provider.Person = ("s-3", "Stranger", ["everybody"]);
        using var stranger = Browser();
        Assert.Equal((HttpStatusCode.Forbidden, null), await SignInAsync(stranger));

        var users = (await Server.Operator.GetFromJsonAsync("/api/v1/users", AdministrationJson.Default.UserPage))!.Users;

        Assert.Equal(["admin admin False", "admin (127.0.0.1) auditor True"], users.Select(u => $"{u.Name} {u.Role} {u.IsExternal}"));
        using var link = await Server.Operator.PostAsync(new Uri($"/api/v1/users/{users[1].Id}/link", UriKind.Relative), null);
        Assert.Contains("user.external", await link.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_an_answer_that_nobody_asked_for_or_a_refusal_When_it_comes_back_Then_a_page_says_so_and_nobody_is_in()
    {
        Provider.Person = ("", "", []); // refuses
        using var browser = Browser();
        Assert.Equal((HttpStatusCode.BadRequest, null), await SignInAsync(browser));
        foreach (var query in new[] { "?code=x&state=y", "?error=access_denied", "", "?state=%00" })
        {
            using var answer = await browser.GetAsync(new Uri($"/sign-in/provider/callback{query}", UriKind.Relative));
            Assert.Equal((query, HttpStatusCode.BadRequest), (query, answer.StatusCode));
            Assert.Contains("provider.failed", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        // Another browser's answer is worth nothing in this one.
        Provider.Person = ("s-4", "Vera", ["fc-desk"]);
        using var victim = Browser();
        using var attacker = Browser();
        var stolen = await CallbackAsync(attacker);
        using var forced = await victim.GetAsync(stolen);
        Assert.Equal(HttpStatusCode.BadRequest, forced.StatusCode);
        Assert.Null(await RoleAsync(victim));
    }

    [Fact]
    public async Task Given_a_real_browser_and_a_provider_on_another_site_When_signed_in_Then_the_strict_cookie_is_there_on_the_first_page()
    {
        Provider.Person = ("s-5", "Bruno", ["fc-desk"]);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox"] });
        var page = await browser.NewPageAsync();
        await page.GotoAsync($"http://localhost:{Server.Address.Port}/sign-in"); // the provider is at 127.0.0.1: cross-site

        await page.ClickAsync("text=Sign in with Harbour AG");

        await page.WaitForSelectorAsync("text=Account");
        Assert.Contains("\"name\":\"Bruno\"", await page.EvaluateAsync<string>("fetch('/session').then(r => r.text())"), StringComparison.Ordinal);
        await page.ClickAsync("text=Account");
        await page.WaitForSelectorAsync("text=organisation’s account");
    }

    [Theory]
    [InlineData("Authority", "http://provider.example", "Authority")]
    [InlineData("Authority", "", "Authority")]
    [InlineData("ClientId", "", "ClientId")]
    [InlineData("Roles:g", "king", "king is no role")]
    [InlineData("Roles:g", null, "Roles is missing")]
    [InlineData("ClientSecretFile", "/nowhere/at/all", "ClientSecretFile")]
    public void Given_settings_that_cannot_work_When_read_Then_the_start_is_refused_with_what_is_wrong(string key, string? value, string says)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Oidc:Authority"] = "https://provider.example", ["Oidc:ClientId"] = "x", ["Oidc:Roles:g"] = "admin", [$"Oidc:{key}"] = value,
        };
        if (value is null)
            settings.Remove($"Oidc:{key}");

        var refused = Assert.Throws<StartRefusedException>(() => ProviderOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()));

        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    private HttpClient Browser() => new(LoopbackAddress.Handler()) { BaseAddress = Server.Address };

    /// <summary>As a browser goes: to the provider, and back with its code.</summary>
    private static async Task<(HttpStatusCode Status, string? Role)> SignInAsync(HttpClient browser)
    {
        using var answer = await browser.GetAsync(await CallbackAsync(browser));
        return (answer.StatusCode, await RoleAsync(browser));
    }

    private static async Task<Uri> CallbackAsync(HttpClient browser)
    {
        using var challenge = await browser.GetAsync(new Uri("/sign-in/provider", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Redirect, challenge.StatusCode);
        using var asked = await browser.GetAsync(challenge.Headers.Location);
        Assert.Equal(HttpStatusCode.Redirect, asked.StatusCode);
        return asked.Headers.Location!;
    }

    /// <summary>What changed for a user reaches the sessions that he has by the database's notice, within seconds.</summary>
    private static Task StandsAsync(HttpClient browser, string? role) => Eventually.TrueAsync(
        async () => await RoleAsync(browser) == role, TimeSpan.FromSeconds(5));

    private static async Task<string?> RoleAsync(HttpClient browser)
    {
        using var answer = await browser.GetAsync(new Uri("/session", UriKind.Relative));
        return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync(AdministrationJson.Default.SessionAnswer))!.Role : null;
    }
}
