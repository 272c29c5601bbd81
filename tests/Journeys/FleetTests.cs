using System.Net.Http.Json;
using FieldCrm.Hub.Http;
using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>What a dispatcher does all day, with devices that report over the public URL.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class FleetTests(Chromium chromium)
{
    [Theory]
    [InlineData(1440, 900, ColorScheme.Light, "desk-light")]
    [InlineData(1440, 900, ColorScheme.Dark, "desk-dark")]
    public async Task Given_a_fleet_When_it_moves_Then_it_is_found_followed_and_asked_for_the_nearest(
        int width, int height, ColorScheme scheme, string picture)
    {
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        var ambulance = await Van.AddAsync(chromium.Server, tenant, "amb-7", "Ambulance 7");
        var crane = await Van.AddAsync(chromium.Server, tenant, "crane-2", "Crane 2");
        await ambulance.ReportAsync(-34.8941, -56.1650, 0, TimeSpan.FromSeconds(20));
        await ambulance.ReportAsync(-34.8936, -56.1644, 27);
        await crane.ReportAsync(-34.8900, -56.1500, 0);
        await using var screen = await Screen.OpenAsync(chromium.Browser, chromium.Server.Address, new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height }, ColorScheme = scheme,
        });
        var page = screen.Page;
        await screen.SignInAsync(link);
        await page.Locator(".connection.live").WaitForAsync();
        await Row(page, "Ambulance 7").WaitForAsync();
        await Row(page, "Crane 2").WaitForAsync();

        await ambulance.ReportAsync(-34.8930, -56.1638, 35);
        await Row(page, "Ambulance 7").GetByText("65 km/h").Or(Row(page, "Ambulance 7").GetByText("40 mph")).WaitForAsync();

        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("ambu");
        await Assertions.Expect(page.Locator("button.unit")).ToHaveCountAsync(1, new() { Timeout = (float)Chromium.Patience.TotalMilliseconds });
        await page.Keyboard.PressAsync("Escape");
        await Row(page, "Ambulance 7").ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Ambulance 7" }).WaitForAsync();
        await page.GetByText("81 %").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Follow", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Following" }).WaitForAsync();
        await screen.PictureAsync($"detail-{picture}");
        Assert.Equal("", await screen.AxeAsync());

        await page.Locator("#rows").ClickAsync(new() { Position = new() { X = 20, Y = 600 } });
        await page.Keyboard.PressAsync("n");
        await page.GetByText("Click a place on the map").WaitForAsync();
        await page.Locator(".map canvas").ClickAsync(new() { Position = new() { X = 700, Y = 500 } });
        var nearest = page.GetByRole(AriaRole.Region, new() { Name = "Nearest units" });
        await nearest.GetByText("Crane 2").WaitForAsync();
        await screen.PictureAsync($"nearest-{picture}");

        await page.Keyboard.PressAsync("Control+k");
        await page.GetByRole(AriaRole.Combobox, new() { Name = "Type a command" }).FillAsync("crane");
        await page.GetByRole(AriaRole.Option, new() { Name = "Crane 2" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Crane 2" }).WaitForAsync();
        screen.AssertClean();
    }

    [Fact]
    public async Task Given_a_device_nobody_knows_When_an_admin_admits_it_Then_its_next_request_puts_it_on_the_map()
    {
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "admin");
        using var rotated = await chromium.Server.Operator.PostAsync(new Uri($"/operator/enrolment/rotate?tenant={tenant}", UriKind.Relative), null);
        var enrolment = await rotated.Content.ReadFromJsonAsync(AdministrationJson.Default.EnrolmentAnswer);
        var phone = new Van(chromium.Server.Visitor, $"{enrolment?.Url}id=new-phone&");
        await Assert.ThrowsAsync<HttpRequestException>(() => phone.ReportAsync(-34.9, -56.16, 0));
        await using var screen = await Screen.OpenAsync(chromium.Browser, chromium.Server.Address);
        var page = screen.Page;
        await screen.SignInAsync(link);
        await page.GotoAsync("/dispatch/admin/devices");
        await page.GetByRole(AriaRole.Button, new() { Name = "Admit" }).ClickAsync();
        await page.GetByRole(AriaRole.Cell, new() { Name = "new-phone" }).First.WaitForAsync();
        Assert.Equal("", await screen.AxeAsync());
        await screen.PictureAsync("devices");

        await phone.ReportAsync(-34.9, -56.16, 0);
        await page.GetByRole(AriaRole.Link, new() { Name = "To the map" }).ClickAsync();
        await Row(page, "new-phone").WaitForAsync();
        screen.AssertClean();
    }

    private static ILocator Row(IPage page, string name) => page.Locator("button.unit", new() { HasText = name });
}
