using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>The console comes up under its policy, and says what is wrong where it cannot.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class ShellTests(Chromium chromium)
{
    [Theory]
    [InlineData(1440, 900, ColorScheme.Light, "desk-light")]
    [InlineData(1440, 900, ColorScheme.Dark, "desk-dark")]
    [InlineData(390, 844, ColorScheme.Light, "phone-light")]
    public async Task Given_a_tenant_without_units_When_the_console_opens_Then_it_is_clean_and_says_how_to_begin(
        int width, int height, ColorScheme scheme, string picture)
    {
        var (_, link) = await Tenants.AddAsync(chromium.Server, "admin");
        await using var screen = await Screen.OpenAsync(chromium.Browser, chromium.Server.Address, new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height }, ColorScheme = scheme,
        });
        await screen.SignInAsync(link);
        await screen.Page.GetByRole(AriaRole.Heading, new() { Name = "No units yet" }).WaitForAsync();
        await screen.Page.Locator(".connection.live").WaitForAsync();
        await screen.Page.Locator(".map canvas").WaitForAsync();
        await screen.PictureAsync($"empty-{picture}");
        Assert.Equal("", await screen.AxeAsync());
        screen.AssertClean();
    }

    [Fact]
    public async Task Given_nobody_signed_in_When_the_console_is_opened_Then_the_start_page_answers()
    {
        await using var screen = await Screen.OpenAsync(chromium.Browser, chromium.Server.Address);
        await screen.Page.GotoAsync("/dispatch/admin/devices");
        Assert.Equal("/", new Uri(screen.Page.Url).AbsolutePath);
        screen.AssertClean();
    }

    [Fact]
    public async Task Given_a_browser_without_WebAssembly_Then_it_is_told()
    {
        var (_, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        await using var screen = await Screen.OpenAsync(chromium.Browser, chromium.Server.Address);
        await screen.Page.AddInitScriptAsync("delete globalThis.WebAssembly");
        await screen.SignInAsync(link);
        await screen.Page.Locator("[data-state=no-webassembly]").WaitForAsync();
        await screen.PictureAsync("no-webassembly");
        screen.AssertClean();
    }

    [Fact]
    public async Task Given_a_server_that_loses_the_runtime_Then_the_page_says_so_and_offers_to_try_again()
    {
        var (_, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        await using var screen = await Screen.OpenAsync(chromium.Browser, chromium.Server.Address);
        screen.Expected.AddRange(["ERR_FAILED", "Failed to fetch", "Failed to load", "MONO_WASM"]);
        await screen.Page.RouteAsync("**/dotnet.native.*.wasm", route => route.AbortAsync());
        await screen.SignInAsync(link);
        await screen.Page.Locator("[data-state=failed]").WaitForAsync();
        Assert.True(await screen.Page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).IsVisibleAsync());
        await screen.PictureAsync("boot-failed");
    }
}
