using System.Net.Http.Json;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.TenantsApi;
using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>An operator adds a tenant, sets its limits, gives it its first admin and looks at it; every page of administration is readable wherever it is opened.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class OperatorTests(Chromium chromium)
{
    private static readonly string[] Pages = ["tenants", "users", "devices", "tokens", "settings", "audit"];

    [Fact]
    public async Task Given_an_operator_When_he_adds_a_tenant_Then_he_looks_at_it_and_gives_it_an_admin_and_its_map()
    {
        var name = $"journey-{Guid.NewGuid():N}";
        await using var screen = await OpenAsync(await OperatorLinkAsync(), "/dispatch/admin/tenants");
        var page = screen.Page;
        await page.GetByRole(AriaRole.Rowheader, new() { Name = "default" }).WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a tenant" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("default");
        screen.Expected.Add("409");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Add a tenant" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("There is a tenant of this name");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Add a tenant" }).ClickAsync();
        await screen.PictureAsync("operator-tenant");
        await page.GetByRole(AriaRole.Link, new() { Name = "Add its first admin" }).ClickAsync();

        await page.GetByText($"Looking at {name}").First.WaitForAsync();
        await page.GetByText("Nobody yet.").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a user" }).First.ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync($"{name} admin");
        await page.GetByLabel("Role").SelectOptionAsync("admin");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add and make the link" }).ClickAsync();
        var link = await page.Locator("code.secret").InnerTextAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "Tenants", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = $"Settings and limits {name}" }).ClickAsync();
        screen.Expected.Add("400");
        await page.GetByLabel("Most users").FillAsync("0");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await page.GetByText("From 1 to 100,000.").WaitForAsync();
        await page.GetByLabel("Most users").FillAsync("1");
        await screen.PictureAsync("operator-limits");
        Assert.Equal("", await screen.AxeAsync());
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await page.GetByText("Saved", new() { Exact = true }).WaitForAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "To the map" }).ClickAsync();
        await page.Locator(".connection.live").WaitForAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = $"Looking at {name}" }).WaitForAsync();
        await page.GetByText("No units yet").WaitForAsync();
        await page.ReloadAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = $"Looking at {name}" }).WaitForAsync(); // this tab remembers

        await using var admin = await OpenAsync(link, "/dispatch/admin/users");
        await admin.Page.GetByRole(AriaRole.Rowheader, new() { Name = $"{name} admin" }).WaitForAsync();
        await admin.Page.GetByRole(AriaRole.Button, new() { Name = "Add a user" }).ClickAsync();
        await admin.Page.GetByLabel("Name", new() { Exact = true }).FillAsync($"{name} second");
        await admin.Page.GetByRole(AriaRole.Button, new() { Name = "Add and make the link" }).ClickAsync();
        admin.Expected.Add("409");
        await Assertions.Expect(admin.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("as many users as it may have");
        admin.AssertClean();
        screen.AssertClean();
    }

    [Theory]
    [InlineData("desk-dark-es", 1440, 900, "es-UY", ColorScheme.Dark)]
    [InlineData("phone-light-de", 390, 844, "de-DE", ColorScheme.Light)]
    [InlineData("phone-dark-en", 390, 844, "en-GB", ColorScheme.Dark)]
    public async Task Given_any_screen_Then_every_page_fits_it_and_axe_finds_nothing_serious(string name, int width, int height, string locale, ColorScheme scheme)
    {
        var (tenant, _) = await Tenants.AddAsync(chromium.Server, "admin");
        await FillAsync(tenant);
        await using var screen = await OpenAsync(await OperatorLinkAsync(), "/dispatch/admin/tenants", new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height }, Locale = locale, ColorScheme = scheme, TimezoneId = "America/Montevideo",
        });
        await screen.Page.EvaluateAsync("name => sessionStorage.setItem('fieldcrm.tenant', name)", tenant);
        foreach (var path in Pages)
        {
            await screen.Page.GotoAsync($"/dispatch/admin/{path}");
            await screen.Page.Locator(path == "settings" ? "main form" : "main table").First.WaitForAsync();
            await screen.PictureAsync($"admin-{path}-{name}");
            Assert.Equal((path, ""), (path, await screen.AxeAsync()));
            Assert.True(
                await screen.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth && document.querySelector('.admin > main').scrollWidth <= innerWidth"),
                $"{path} is wider than the screen");
        }
        await screen.Page.Locator(".admin header button").ClickAsync();
        await screen.Page.Locator("a[href='/account']").WaitForAsync();
        await screen.PictureAsync($"admin-menu-{name}");
        await screen.Page.Locator("a[href='/account']").ClickAsync();
        await screen.Page.GetByRole(AriaRole.Heading, new() { Name = "Passkeys" }).WaitForAsync();
        screen.AssertClean();
    }

    private async Task<string> OperatorLinkAsync()
    {
        using var added = await chromium.Server.Operator.PostAsJsonAsync(
            "/api/v1/users?tenant=operator", new UserToAdd($"operator-{Guid.NewGuid():N}", "admin"), AdministrationJson.Default.UserToAdd);
        return (await added.Content.ReadFromJsonAsync(AdministrationJson.Default.LinkAnswer))?.Url ?? throw new InvalidOperationException("No link.");
    }

    private async Task FillAsync(string tenant)
    {
        var add = new DevicesToAdd([.. Enumerable.Range(1, 60).Select(i => new DeviceToAdd($"van-{i:000}", $"Van {i} of the northern depot"))]);
        using var devices = await chromium.Server.Operator.PostAsJsonAsync($"/api/v1/devices/import?tenant={tenant}", add, AdministrationJson.Default.DevicesToAdd);
        devices.EnsureSuccessStatusCode();
        foreach (var (name, role) in new[] { ("Ana Pérez", "dispatcher"), ("Bruno Sosa", "technician"), ("Carla Núñez", "auditor") })
        {
            using var user = await chromium.Server.Operator.PostAsJsonAsync(
                $"/api/v1/users?tenant={tenant}", new UserToAdd($"{name} {tenant[^6..]}", role), AdministrationJson.Default.UserToAdd);
            user.EnsureSuccessStatusCode();
        }
        using var token = await chromium.Server.Operator.PostAsJsonAsync(
            $"/api/v1/tokens?tenant={tenant}", new TokenToAdd("Payroll", "auditor", 30), AdministrationJson.Default.TokenToAdd);
        token.EnsureSuccessStatusCode();
        using var enrolment = await chromium.Server.Operator.PostAsync(new Uri($"/api/v1/enrolment/rotate?tenant={tenant}", UriKind.Relative), null);
        var url = (await enrolment.Content.ReadFromJsonAsync(AdministrationJson.Default.EnrolmentAnswer))?.Url;
        using var unknown = await chromium.Server.Visitor.GetAsync(new Uri($"{url}id=tracker-352093081452251&lat=-34.9&lon=-56.16"));
    }

    private async Task<Screen> OpenAsync(string link, string path, BrowserNewContextOptions? options = null)
    {
        var screen = await Screen.OpenAsync(chromium.Browser, chromium.Server.Address, options);
        await screen.SignInAsync(link);
        await screen.Page.GotoAsync(path);
        return screen;
    }
}
