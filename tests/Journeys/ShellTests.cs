using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>The console comes up under its policy, and says what is wrong where it cannot.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class ShellTests(Chromium chromium)
{
    [Fact]
    public async Task Given_nobody_signed_in_When_the_console_is_opened_Then_the_start_page_answers()
    {
        await using var screen = await Screen.OpenAsync(chromium, Variant.Of("desk-light"));
        await screen.Page.GotoAsync("/dispatch/admin/devices");
        Assert.Equal("/", new Uri(screen.Page.Url).AbsolutePath);
        await screen.LookAsync("start-page");
        screen.AssertClean();
    }

    [Fact]
    public async Task Given_a_browser_without_WebAssembly_Then_it_is_told()
    {
        var (_, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        await using var screen = await Screen.OpenAsync(chromium, Variant.Of("desk-light"));
        await screen.Page.AddInitScriptAsync("delete globalThis.WebAssembly");
        await screen.SignInAsync(link);
        await screen.Page.Locator("[data-state=no-webassembly]").WaitForAsync();
        await screen.LookAsync("boot-no-webassembly");
        screen.AssertClean();
    }

    [Fact]
    public async Task Given_a_server_that_loses_the_runtime_Then_the_page_says_so_and_offers_to_try_again()
    {
        var (_, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        await using var screen = await Screen.OpenAsync(chromium, Variant.Of("desk-light"));
        screen.Expected.AddRange(["ERR_FAILED", "Failed to fetch", "Failed to load", "MONO_WASM"]);
        await screen.Page.RouteAsync("**/dotnet.native.*.wasm", route => route.AbortAsync());
        await screen.SignInAsync(link);
        await screen.Page.Locator("[data-state=failed]").WaitForAsync();
        Assert.True(await screen.Page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).IsVisibleAsync());
        await screen.LookAsync("boot-failed");
        screen.AssertClean();
    }

    [Theory]
    [InlineData("**/dotnet.native.*.wasm")]
    [InlineData("**/_framework/blazor.webassembly.*.js")]
    [InlineData("**/_framework/dotnet.runtime.*.js")]
    public async Task Given_a_file_of_the_runtime_that_never_arrives_Then_the_page_says_so_and_goes_on_when_it_comes(string file)
    {
        var (_, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        await using var screen = await Screen.OpenAsync(chromium, Variant.Of("phone-light"));
        var page = screen.Page;
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await page.RouteAsync(file, async route =>
        {
            asked.TrySetResult();
            await answered.Task;
            await route.ContinueAsync();
        });
        await page.Clock.InstallAsync();
        await screen.SignInAsync(link, WaitUntilState.Commit);
        await asked.Task.WaitAsync(Chromium.Patience);
        await page.GetByText("Loading the console…").WaitForAsync();
        await page.Clock.FastForwardAsync("00:20");
        await page.Locator("[data-state=slow]").WaitForAsync();
        Assert.True(await page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).IsVisibleAsync());
        await screen.LookAsync("boot-slow");

        answered.SetResult();
        await page.GetByRole(AriaRole.Heading, new() { Name = "No units yet" }).WaitForAsync();
        screen.AssertClean();
    }
}
