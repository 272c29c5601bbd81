using System.Net.Http.Json;
using System.Text.Json;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.TestKit;
using Microsoft.Playwright;

namespace FieldCrm.Hub.Tests.Identity;

/// <summary>A real browser with an authenticator that its developer tools play.</summary>
[Collection(ServerCollection.Name)]
public sealed class PasskeyBrowserTests(SharedServer shared)
{
    /// <summary>Where pictures of the pages are left for people to look at; none are made without it.</summary>
    private const string PicturesVariable = "FIELDCRM_PICTURES";

    private InProcessServer Server => shared.Server;

    // A passkey belongs to a name, never to a bare address.
    private string Site => $"http://localhost:{Server.Address.Port}";

    [Fact]
    public async Task Given_a_browser_When_a_passkey_is_added_Then_it_signs_in_can_be_renamed_and_is_worth_nothing_once_removed()
    {
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox"] });
        await using var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1280, Height = 900 } });
        var page = await context.NewPageAsync();
        var problems = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.Ordinal))
                problems.Add(message.Text);
        };
        page.PageError += (_, error) => problems.Add(error);
        var devtools = await context.NewCDPSessionAsync(page);
        await devtools.SendAsync("WebAuthn.enable");
        await devtools.SendAsync("WebAuthn.addVirtualAuthenticator", new Dictionary<string, object>
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2", ["transport"] = "internal", ["hasResidentKey"] = true,
                ["hasUserVerification"] = true, ["isUserVerified"] = true, ["automaticPresenceSimulation"] = true,
            },
        });
        await page.GotoAsync(await LinkAsync("passkey-ana"));
        await page.ClickAsync("text=Sign in >> nth=-1");
        await page.WaitForURLAsync("**/account?welcome=1");
        await PictureAsync(page, "account-welcome");

        await page.FillAsync("[data-passkey-name]", "Laptop");
        await page.ClickAsync("[data-passkeys=add] [data-passkey-button]");
        await page.WaitForURLAsync("**/account?done=passkey");
        await page.FillAsync(".keys input[name=name]", "Old laptop");
        await page.ClickAsync("text=Rename");
        await page.WaitForURLAsync("**/account?done=renamed");
        Assert.Equal("Old laptop", await page.InputValueAsync(".keys input[name=name]"));
        await page.ClickAsync("text=Show a link");
        await page.WaitForSelectorAsync(".qr svg");
        await PictureAsync(page, "account");
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"));

        await page.ClickAsync("text=Sign out >> nth=0");
        await page.WaitForSelectorAsync("h1:has-text('Sign in')");
        await PictureAsync(page, "sign-in");
        await page.ClickAsync("[data-passkeys=sign-in] [data-passkey-button]");
        await page.WaitForSelectorAsync("text=Account");
        Assert.Contains("\"role\":\"dispatcher\"", await page.EvaluateAsync<string>("fetch('/session').then(r => r.text())"), StringComparison.Ordinal);

        await page.GotoAsync($"{Site}/account");
        await page.ClickAsync("text=Remove");
        await page.WaitForURLAsync("**/account?done=removed");
        await page.ClickAsync("text=Sign out >> nth=0");
        await page.ClickAsync("[data-passkeys=sign-in] [data-passkey-button]");
        await page.WaitForSelectorAsync("[data-passkey-refusal]:not([hidden])");
        Assert.Equal("The passkey was not accepted: try again.", await page.TextContentAsync("[data-passkey-refusal]"));
        Assert.Empty(problems);
        var kinds = JsonElement.Parse(await Server.Operator.GetStringAsync(new Uri("/api/v1/audit?actor=passkey-ana", UriKind.Relative)))
            .GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("kind").GetString());
        Assert.Equal(["PasskeyRemoved", "SignedIn", "LinkCreated", "PasskeyRenamed", "PasskeyAdded", "LinkRedeemed"], kinds);
    }

    [Theory]
    [InlineData("light", 1280, 900)]
    [InlineData("dark", 1280, 900)]
    [InlineData("light", 390, 844)]
    [InlineData("dark", 390, 844)]
    public async Task Given_a_wrong_password_When_the_page_answers_Then_it_says_so_keeps_the_name_and_fits_the_screen(string scheme, int width, int height)
    {
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox"] });
        await using var context = await browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme == "dark" ? ColorScheme.Dark : ColorScheme.Light,
        });
        var page = await context.NewPageAsync();
        await page.GotoAsync($"{Site}/sign-in");
        await PictureAsync(page, $"sign-in-{scheme}-{width}");
        await page.FillAsync("#name", "somebody");
        await page.FillAsync("#password", "not the password");
        await page.ClickAsync("form.fields button");

        await page.WaitForSelectorAsync("#refusal");
        await PictureAsync(page, $"refused-{scheme}-{width}");

        Assert.Equal("somebody", await page.InputValueAsync("#name"));
        Assert.Equal("password", await page.EvaluateAsync<string>("document.activeElement.id"));
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"));
        Assert.True(await page.IsVisibleAsync("[data-passkey-button]"));
    }

    private async Task<string> LinkAsync(string name)
    {
        using var added = await Server.Operator.PostAsJsonAsync(
            "/operator/users", new UserToAdd(name, "dispatcher"), AdministrationJson.Default.UserToAdd);
        var url = new Uri((await added.Content.ReadFromJsonAsync(AdministrationJson.Default.LinkAnswer))!.Url);
        return $"{Site}{url.AbsolutePath}";
    }

    private static async Task PictureAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable(PicturesVariable) is { } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
    }
}
