using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>Every state that a reader can come to: it is looked at, it says what holds, and axe finds nothing serious in it.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class StatesTests(Chromium chromium)
{
    private const string Units = "**/api/v1/units?*";

    public static TheoryData<string> Variants => Variant.Names;

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Given_a_tenant_without_units_When_the_console_opens_Then_it_says_how_to_begin(string name)
    {
        var (_, link) = await Tenants.AddAsync(chromium.Server, "admin");
        await using var screen = await Screen.OpenAsync(chromium, Variant.Of(name));
        await screen.SignInAsync(link);
        await screen.Page.GetByRole(AriaRole.Heading, new() { Name = "No units yet" }).WaitForAsync();
        await screen.Page.Locator(".connection.live").WaitForAsync();
        await screen.Page.Locator(".map canvas").WaitForAsync();
        await screen.LookAsync($"empty-{name}");
        screen.AssertClean();
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Given_a_list_that_is_slow_and_then_fails_Then_each_is_said_and_the_last_one_stays(string name)
    {
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        await Vans(tenant, "Alpha", "Bravo");
        await using var screen = await Screen.OpenAsync(chromium, Variant.Of(name));
        screen.Expected.Add("503");
        var page = screen.Page;
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await page.RouteAsync(Units, async route =>
        {
            await answered.Task;
            await route.ContinueAsync();
        });
        await screen.SignInAsync(link);
        await page.Locator(".skeletons").WaitForAsync();
        await page.Locator(".connection.live").WaitForAsync();
        await screen.LookAsync($"loading-{name}");
        answered.SetResult();
        await page.Locator("button.unit", new() { HasText = "Bravo" }).WaitForAsync();

        await page.UnrouteAllAsync();
        await page.RouteAsync(Units, route => route.FulfillAsync(new RouteFulfillOptions { Status = 503 }));
        await page.GetByText("The list could not be loaded. The last one is shown.").WaitForAsync();
        Assert.Equal(2, await page.Locator("button.unit").CountAsync());
        await screen.LookAsync($"failing-{name}");
        // Asked again by hand while it still fails, it stays; then it comes back by itself.
        await page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await page.GetByText("The list could not be loaded").WaitForAsync();
        await page.UnrouteAllAsync();
        await page.GetByText("The list could not be loaded").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        screen.AssertClean();
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Given_the_console_When_its_panels_are_opened_Then_each_can_be_read_and_closed(string name)
    {
        var variant = Variant.Of(name);
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        await Vans(tenant, "Alpha", "Bravo");
        await (await Van.AddAsync(chromium.Server, tenant, "sos", "Charlie")).ReportAsync(-34.88, -56.16, 0, more: "&alarm=sos");
        await using var screen = await Screen.OpenAsync(chromium, variant);
        var page = screen.Page;
        await screen.SignInAsync(link);
        await page.Locator("button.unit", new() { HasText = "Charlie" }).WaitForAsync();
        await page.Locator(".connection.live").WaitForAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Filter" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "10 min" }).WaitForAsync();
        await screen.LookAsync($"filters-{name}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Person" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "No unit matches" }).WaitForAsync();
        await TestKit.Eventually.TrueAsync(async () => (await page.ShownAsync()).Length == 0, Chromium.Patience);
        await page.GetByRole(AriaRole.Button, new() { Name = "Reset" }).First.ClickAsync();
        await page.Locator("button.unit", new() { HasText = "Bravo" }).WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Filter" }).ClickAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Alarms" }).ClickAsync();
        await page.GetByRole(AriaRole.Region, new() { Name = "Alarms" }).GetByText("Charlie").WaitForAsync();
        await screen.LookAsync($"alarms-{name}");
        await page.GetByRole(AriaRole.Region, new() { Name = "Alarms" }).GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Menu" }).ClickAsync();
        await page.GetByText("Signed in as").WaitForAsync();
        await screen.LookAsync($"menu-{name}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Menu" }).ClickAsync();
        screen.AssertClean();
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Given_a_session_that_ended_Then_it_is_said_and_the_way_back_is_offered(string name)
    {
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        await Vans(tenant, "Alpha");
        await using var screen = await Screen.OpenAsync(chromium, Variant.Of(name));
        screen.Expected.AddRange(["401", "WebSocket connection"]);
        var page = screen.Page;
        await screen.SignInAsync(link);
        await page.Locator("button.unit", new() { HasText = "Alpha" }).WaitForAsync();
        await page.Context.ClearCookiesAsync();
        await page.GetByRole(AriaRole.Alertdialog, new() { Name = "Your session has ended." }).WaitForAsync();
        await screen.LookAsync($"signed-out-{name}");
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in" }).ClickAsync();
        await page.WaitForURLAsync("**/");
        screen.AssertClean();
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Given_a_machine_without_WebGL_Then_a_simple_map_shows_the_units_and_it_is_said(string name)
    {
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        await Vans(tenant, "Alpha");
        await using var browser = await chromium.LaunchAsync("--disable-3d-apis");
        await using var screen = await Screen.OpenAsync(browser, chromium.Server.Address, Variant.Of(name).Context);
        var page = screen.Page;
        await screen.SignInAsync(link);
        await page.GetByText("This machine draws no WebGL").WaitForAsync();
        await page.Locator("[data-unit]").First.ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Alpha" }).WaitForAsync();
        await page.Locator(".fc-road").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await screen.LookAsync($"no-webgl-{name}");
        screen.AssertClean();
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Given_an_admin_When_he_opens_every_page_of_administration_Then_each_is_there(string name)
    {
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "admin");
        await Vans(tenant, "Alpha", "Bravo");
        await using var screen = await Screen.OpenAsync(chromium, Variant.Of(name));
        var page = screen.Page;
        await screen.SignInAsync(link);
        await page.GotoAsync("/dispatch/admin/devices");
        await page.GetByRole(AriaRole.Cell, new() { Name = "Bravo" }).First.WaitForAsync();
        var pages = await page.Locator("nav.admin-nav a").EvaluateAllAsync<string[]>("links => links.map(a => new URL(a.href).pathname)");
        Assert.Contains("/dispatch/admin/audit", pages);
        foreach (var path in pages)
        {
            await page.GotoAsync(path);
            await page.GetByRole(AriaRole.Heading, new() { Level = 1 }).WaitForAsync();
            await page.GetByText("Loading…").First.WaitForAsync(new() { State = WaitForSelectorState.Detached });
            await screen.LookAsync($"admin-{Path.GetFileName(path)}-{name}");
        }
        await page.GotoAsync("/dispatch/nowhere");
        await page.GetByRole(AriaRole.Heading, new() { Name = "There is no page at this address." }).WaitForAsync();
        await screen.LookAsync($"no-page-{name}");
        screen.AssertClean();
    }

    private async Task Vans(string tenant, params string[] names)
    {
        foreach (var name in names)
            await (await Van.AddAsync(chromium.Server, tenant, name, name)).ReportAsync(-34.886, -56.165, 0);
    }
}
