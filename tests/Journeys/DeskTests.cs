using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>A dispatcher's desk: several windows, his own language, layouts, paper.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class DeskTests(Chromium chromium)
{
    [Fact]
    public async Task Given_a_map_in_a_window_of_its_own_Then_selection_and_filter_are_the_same_in_both()
    {
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        await (await Van.AddAsync(chromium.Server, tenant, "a", "Alpha")).ReportAsync(-34.8850, -56.1650, 0);
        await (await Van.AddAsync(chromium.Server, tenant, "b", "Bravo")).ReportAsync(-34.8900, -56.1500, 0);
        await using var screen = await Screen.OpenAsync(chromium, Variant.Of("desk-light"));
        var page = screen.Page;
        await screen.SignInAsync(link);
        await Row(page, "Bravo").WaitForAsync();
        await ShownAsync(page, 2);

        await page.GetByRole(AriaRole.Button, new() { Name = "Menu" }).ClickAsync();
        var window = await screen.AddWindowAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Map in its own window" }).ClickAsync());
        await window.Locator(".connection.live").WaitForAsync();
        await ShownAsync(window, 2);
        await page.Keyboard.PressAsync("Escape");

        await Row(page, "Bravo").ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Bravo" }).WaitForAsync();
        var bravo = await page.SelectedAsync();
        await TestKit.Eventually.TrueAsync(async () => await window.SelectedAsync() == bravo, Chromium.Patience);
        await window.GetByText("Bravo").WaitForAsync();
        await screen.LookAsync("map-window", window);

        var (x, y) = await window.PixelAsync(-34.8850, -56.1650);
        await window.Mouse.ClickAsync(x, y);
        await page.GetByRole(AriaRole.Heading, new() { Name = "Alpha" }).WaitForAsync();

        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("brav");
        await ShownAsync(page, 1);
        await ShownAsync(window, 1);
        Assert.Equal(await page.ShownAsync(), await window.ShownAsync());

        await page.EvaluateAsync("() => { document.querySelector('[aria-label=Menu]').click(); }");
        await page.GetByRole(AriaRole.Button, new() { Name = "Dark" }).ClickAsync();
        await window.Locator("html[data-theme=dark]").WaitForAsync();
        await screen.LookAsync("map-window-dark", window);
        screen.AssertClean();
    }

    [Theory]
    [InlineData("de-DE", "50 km/h", "Nächste Einheiten", "30.11.2026")]
    [InlineData("es-UY", "50 km/h", "Unidades más cercanas", "30/11/2026")]
    [InlineData("en-US", "31 mph", "Nearest units", "Nov 30, 2026")]
    [InlineData("en-GB", "31 mph", "Nearest units", "30 Nov 2026")]
    public async Task Given_a_readers_locale_Then_words_measures_and_dates_are_his(string locale, string speed, string nearest, string date)
    {
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "admin");
        var van = await Van.AddAsync(chromium.Server, tenant, "a", "Alpha");
        await van.ReportAsync(-34.8850, -56.1650, 27, TimeSpan.FromSeconds(10));
        await van.ReportAsync(-34.8841, -56.1640, 27);
        var context = Variant.Of("desk-light").Context;
        context.Locale = locale;
        context.TimezoneId = "America/Montevideo";
        await using var screen = await Screen.OpenAsync(chromium.Browser, chromium.Server.Address, context);
        var page = screen.Page;
        await screen.SignInAsync(link);
        await Row(page, "Alpha").GetByText(speed).WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = nearest }).WaitForAsync();
        Assert.Equal(locale[..2], await page.Locator("html").GetAttributeAsync("lang"));
        var scale = await page.Locator(".maplibregl-ctrl-scale").InnerTextAsync();
        Assert.Matches(speed.EndsWith("mph", StringComparison.Ordinal) ? @"\s(ft|mi)$" : @"\s(m|km)$", scale);
        await screen.LookAsync($"locale-{locale}");
        await page.GotoAsync("/dispatch/admin/audit");
        await page.GetByRole(AriaRole.Cell).First.WaitForAsync();
        Assert.Matches(Dates.Pattern(date), await page.GetByRole(AriaRole.Cell).First.InnerTextAsync());
        screen.AssertClean();
    }

    [Fact]
    public async Task Given_a_saved_layout_When_the_console_is_opened_again_Then_its_view_and_filter_come_back()
    {
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        await (await Van.AddAsync(chromium.Server, tenant, "a", "Alpha")).ReportAsync(-34.8850, -56.1650, 0);
        await (await Van.AddAsync(chromium.Server, tenant, "b", "Bravo")).ReportAsync(-34.8900, -56.1500, 0);
        await using var screen = await Screen.OpenAsync(chromium, Variant.Of("desk-light"));
        var page = screen.Page;
        await screen.SignInAsync(link);
        await ShownAsync(page, 2);
        await Row(page, "Bravo").ClickAsync();
        await TestKit.Eventually.TrueAsync(async () => await page.OffCentreAsync(-34.89, -56.15) < 1e-4, Chromium.Patience);
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("brav");
        await ShownAsync(page, 1);
        await page.GetByRole(AriaRole.Button, new() { Name = "Menu" }).ClickAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Name of the layout" }).FillAsync("Bravo alone");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Bravo alone", Exact = true }).WaitForAsync();
        await screen.LookAsync("menu-with-layout");

        await page.ReloadAsync();
        await ShownAsync(page, 2);
        await page.GetByRole(AriaRole.Button, new() { Name = "Menu" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Bravo alone", Exact = true }).ClickAsync();
        await ShownAsync(page, 1);
        await TestKit.Eventually.TrueAsync(async () => await page.OffCentreAsync(-34.89, -56.15) < 1e-3, Chromium.Patience);
        Assert.Equal("brav", await page.GetByRole(AriaRole.Searchbox, new() { Name = "Search units" }).InputValueAsync());
        screen.AssertClean();
    }

    [Fact]
    public async Task Given_a_filter_When_the_units_are_printed_Then_the_paper_has_those_and_says_of_when_it_is()
    {
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        foreach (var name in new[] { "Van 10", "Van 9", "Crane" })
            await (await Van.AddAsync(chromium.Server, tenant, name, name)).ReportAsync(-34.8850, -56.1650, 0);
        await using var screen = await Screen.OpenAsync(chromium, Variant.Of("desk-light"));
        var page = screen.Page;
        await page.AddInitScriptAsync(Paper.Script);
        await screen.SignInAsync(link);
        await Row(page, "Crane").WaitForAsync();
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("van");
        await Assertions.Expect(page.Locator("button.unit")).ToHaveCountAsync(2, new() { Timeout = (float)Chromium.Patience.TotalMilliseconds });
        var paper = await Paper.PrintAsync(screen);
        Assert.Equal(["Van 9", "Van 10"], paper.Names);
        Assert.Contains("live", paper.Heading, StringComparison.Ordinal);
        Assert.All(paper.Rows, row => Assert.Contains("34.88500° S, 56.16500° W", row, StringComparison.Ordinal));
        screen.AssertClean();
    }

    private static ILocator Row(IPage page, string name) => page.Locator("button.unit", new() { HasText = name });

    private static Task ShownAsync(IPage page, int count) =>
        TestKit.Eventually.TrueAsync(async () => (await page.ShownAsync()).Length == count, Chromium.Patience);

    private static class Dates
    {
        /// <summary>The same form with any day: audit entries are of today.</summary>
        public static string Pattern(string date) => "^" + string.Concat(date.Select(c => char.IsAsciiDigit(c) ? @"\d?\d?" : char.IsAsciiLetter(c) ? @"\w" : @"\" + c)) + @" \d\d:\d\d:\d\d$";
    }
}
