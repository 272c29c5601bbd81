using System.Net.Http.Json;
using FieldCrm.Hub.Http;
using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>What a dispatcher does all day, with devices that report over the public URL.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class FleetTests(Chromium chromium)
{
    private static readonly (double Latitude, double Longitude) Crossing = (-34.8930, -56.1638);

    public static TheoryData<string> Variants => Variant.Names;

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Given_a_fleet_When_it_moves_Then_it_is_found_and_followed(string name)
    {
        var variant = Variant.Of(name);
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        var ambulance = await Van.AddAsync(chromium.Server, tenant, "amb-7", "Ambulance 7");
        var crane = await Van.AddAsync(chromium.Server, tenant, "crane-2", "Crane 2");
        await ambulance.ReportAsync(-34.8941, -56.1650, 0, TimeSpan.FromSeconds(20));
        await ambulance.ReportAsync(-34.8936, -56.1644, 27);
        await crane.ReportAsync(-34.8900, -56.1500, 0);
        await using var screen = await Screen.OpenAsync(chromium, variant);
        var page = screen.Page;
        await screen.SignInAsync(link);
        await page.Locator(".connection.live").WaitForAsync();
        await Row(page, "Crane 2").WaitForAsync();
        await Row(page, "Ambulance 7").GetByText("31 mph").WaitForAsync();

        await ambulance.ReportAsync(Crossing.Latitude, Crossing.Longitude, 35);
        await Row(page, "Ambulance 7").GetByText("40 mph").WaitForAsync();
        await screen.LookAsync($"fleet-{name}");

        await FindAsync(page, variant, "ambu");
        await Assertions.Expect(page.Locator("button.unit")).ToHaveCountAsync(1, Patiently);
        Assert.Single(await EventuallyShownAsync(page, 1));
        await Row(page, "Ambulance 7").ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Ambulance 7" }).WaitForAsync();
        await page.GetByText("81 %").WaitForAsync();
        await screen.LookAsync($"detail-{name}");

        await page.GetByRole(AriaRole.Button, new() { Name = "Follow", Exact = true }).ClickAsync();
        var following = page.GetByRole(AriaRole.Button, new() { Name = "Following" });
        await following.WaitForAsync();
        await ambulance.ReportAsync(Crossing.Latitude + 0.0009, Crossing.Longitude + 0.0011, 35);
        await TestKit.Eventually.TrueAsync(
            async () => await page.OffCentreAsync(Crossing.Latitude + 0.0009, Crossing.Longitude + 0.0011) < 1e-5, Chromium.Patience);
        await screen.PictureAsync($"following-{name}");
        await following.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Follow", Exact = true }).WaitForAsync();
        screen.AssertClean();
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Given_a_place_on_the_map_When_its_nearest_are_asked_for_Then_fresh_units_come_by_distance_and_those_on_one_spot_as_a_list(string name)
    {
        var variant = Variant.Of(name);
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        var near = await Van.AddAsync(chromium.Server, tenant, "near", "Near");
        var beside = await Van.AddAsync(chromium.Server, tenant, "beside", "Beside");
        var far = await Van.AddAsync(chromium.Server, tenant, "far", "Far");
        var old = await Van.AddAsync(chromium.Server, tenant, "old", "Old");
        await near.ReportAsync(-34.8850, -56.1650, 0);
        await beside.ReportAsync(-34.8850, -56.1650, 0);
        await far.ReportAsync(-34.8800, -56.1600, 0);
        await old.ReportAsync(-34.8851, -56.1651, 0, TimeSpan.FromMinutes(20));
        await using var screen = await Screen.OpenAsync(chromium, variant);
        var page = screen.Page;
        await screen.SignInAsync(link);
        await page.Locator(".connection.live").WaitForAsync();
        await EventuallyShownAsync(page, 4);

        await page.GetByRole(AriaRole.Button, new() { Name = "Nearest units" }).ClickAsync();
        await page.GetByText("five nearest units").WaitForAsync();
        var (x, y) = await page.PixelAsync(-34.8845, -56.1645);
        await page.Mouse.ClickAsync(x, y);
        var nearest = page.GetByRole(AriaRole.Region, new() { Name = "Nearest units" });
        await nearest.GetByText("Far").WaitForAsync();
        Assert.Equal(["Near", "Beside", "Far"], await nearest.Locator(".name").AllInnerTextsAsync());
        await screen.LookAsync($"nearest-{name}");
        await nearest.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();

        (x, y) = await page.PixelAsync(-34.8850, -56.1650);
        await page.Mouse.ClickAsync(x, y);
        var here = page.GetByRole(AriaRole.Region, new() { Name = "units here" });
        await here.GetByText("Beside").WaitForAsync();
        await screen.LookAsync($"one-spot-{name}");
        await here.GetByText("Beside").ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Beside" }).WaitForAsync();
        screen.AssertClean();
    }

    [Fact]
    public async Task Given_the_keyboard_alone_When_a_dispatcher_works_Then_he_finds_steps_and_goes_back()
    {
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        foreach (var name in new[] { "Alpha", "Bravo", "Charlie" })
            await (await Van.AddAsync(chromium.Server, tenant, name, name)).ReportAsync(-34.89, -56.16, 0);
        await using var screen = await Screen.OpenAsync(chromium, Variant.Of("desk-light"));
        var page = screen.Page;
        await screen.SignInAsync(link);
        await Row(page, "Charlie").WaitForAsync();

        await page.Keyboard.PressAsync("j");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Alpha" }).WaitForAsync();
        await page.Keyboard.PressAsync("j");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Bravo" }).WaitForAsync();
        await page.Keyboard.PressAsync("k");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Alpha" }).WaitForAsync();
        await page.Keyboard.PressAsync("f");
        await page.GetByRole(AriaRole.Button, new() { Name = "Following" }).WaitForAsync();
        await page.Keyboard.PressAsync("j");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Bravo" }).WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Follow", Exact = true }).WaitForAsync();

        await page.Keyboard.PressAsync("Control+k");
        await page.GetByRole(AriaRole.Combobox, new() { Name = "Type a command" }).FillAsync("charl");
        await page.GetByRole(AriaRole.Option, new() { Name = "Charlie" }).WaitForAsync();
        await screen.LookAsync("palette");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Charlie" }).WaitForAsync();

        await page.Keyboard.PressAsync("?");
        await page.GetByRole(AriaRole.Dialog, new() { Name = "Keyboard" }).WaitForAsync();
        await screen.LookAsync("keys");
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("nobody");
        await page.GetByRole(AriaRole.Heading, new() { Name = "No unit matches" }).WaitForAsync();
        await screen.LookAsync("nothing-matches");
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
        await using var screen = await Screen.OpenAsync(chromium, Variant.Of("desk-light"));
        var page = screen.Page;
        await screen.SignInAsync(link);
        await page.GotoAsync("/dispatch/admin/devices");
        await page.GetByRole(AriaRole.Button, new() { Name = "Admit" }).ClickAsync();
        var admit = page.GetByRole(AriaRole.Dialog);
        await admit.GetByLabel("Kind").SelectOptionAsync("vehicle");
        await admit.GetByRole(AriaRole.Button, new() { Name = "Admit", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Cell, new() { Name = "new-phone" }).First.WaitForAsync();
        await screen.LookAsync("devices-admitted");

        await phone.InsistAsync(-34.9, -56.16, 0);
        await page.GetByRole(AriaRole.Link, new() { Name = "To the map" }).ClickAsync();
        await Row(page, "new-phone").WaitForAsync();
        Assert.Single(await EventuallyShownAsync(page, 1));
        screen.AssertClean();
    }

    private static LocatorAssertionsToHaveCountOptions Patiently => new() { Timeout = (float)Chromium.Patience.TotalMilliseconds };

    private static ILocator Row(IPage page, string name) => page.Locator("button.unit", new() { HasText = name });

    private static async Task FindAsync(IPage page, Variant variant, string text)
    {
        if (variant.IsPhone)
            await page.GetByRole(AriaRole.Searchbox, new() { Name = "Search units" }).TapAsync();
        else
            await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync(text);
    }

    private static async Task<int[]> EventuallyShownAsync(IPage page, int count)
    {
        int[] shown = [];
        await TestKit.Eventually.TrueAsync(async () => (shown = await page.ShownAsync()).Length == count, Chromium.Patience, () => string.Join(' ', shown));
        return shown;
    }
}
