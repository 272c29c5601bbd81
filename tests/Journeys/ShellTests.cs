using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>The console comes up under its policy, and says what is wrong where it cannot.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class ShellTests(Chromium chromium)
{
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
}
