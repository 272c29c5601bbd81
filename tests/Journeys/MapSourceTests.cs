using FieldCrm.TestKit;
using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>
/// The operator's maps, of a server on another port: each is drawn, as its pixels show, under the page's policy; one that breaks says so
/// and leaves the offline base map.
/// </summary>
[Collection(ChromiumCollection.Name)]
public sealed class MapSourceTests(Chromium chromium)
{
    private static readonly (byte R, byte G, byte B) Land = (0xF3, 0xF1, 0xEC);
    private static readonly (byte R, byte G, byte B) Park = (0xDB, 0xE7, 0xD0);

    [Fact]
    public async Task Given_maps_of_every_kind_When_each_is_chosen_Then_its_tiles_are_drawn_and_nothing_violates_the_policy()
    {
        await using var tiles = await TileServer.StartAsync();
        await using var server = await InProcessServer.StartAsync(settings: Settings(tiles.Origin));
        await using var screen = await OpenAsync(server);
        var policy = (await screen.Page.APIRequest.GetAsync("/dispatch/")).Headers["content-security-policy"];
        Assert.Contains($"; img-src 'self' data: blob:; connect-src 'self' {tiles.Origin}; object-src 'none';", policy, StringComparison.Ordinal);

        await DrawnAsync(screen, TileServer.Magenta, 0.8); // the default of the settings
        await screen.PictureAsync("map-raster");
        foreach (var (name, colour, share) in new[] { ("Aerial", TileServer.Orange, 0.5), ("Document", TileServer.Teal, 0.8), ("Plan", Park, 0.4), ("Offline base map", Land, 0.15) })
        {
            await ChooseAsync(screen, name);
            await DrawnAsync(screen, colour, share);
            await screen.PictureAsync($"map-{name}");
        }
        Assert.Equal("", await screen.AxeAsync());
        foreach (var kind in new[] { "/raster/", "/aerial/", "/vector/", "/plan/" })
            Assert.Contains(tiles.Asked, path => path.StartsWith(kind, StringComparison.Ordinal));
        Assert.DoesNotContain(tiles.Asked, path => path.StartsWith("/raster/20/", StringComparison.Ordinal));

        await ChooseAsync(screen, "Document");
        await DrawnAsync(screen, TileServer.Teal, 0.8);
        await screen.Page.ReloadAsync();
        await DrawnAsync(screen, TileServer.Teal, 0.8); // the browser remembers the choice
        await screen.Page.Locator(".maplibregl-ctrl-attrib").GetByText("© Document").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        screen.AssertClean();
    }

    [Fact]
    public async Task Given_a_broken_tile_server_Then_it_is_said_the_offline_map_stays_and_it_comes_back_when_asked_again()
    {
        await using var tiles = await TileServer.StartAsync();
        tiles.IsBroken = true;
        await using var server = await InProcessServer.StartAsync(settings: Settings(tiles.Origin));
        await using var screen = await OpenAsync(server);
        screen.Expected.Add("status of 500");
        foreach (var name in new[] { "Streets", "Aerial", "Document", "Plan" })
        {
            await ChooseAsync(screen, name);
            await screen.Page.GetByText($"The map “{name}” does not answer.").WaitForAsync();
            await DrawnAsync(screen, Land, 0.15);
        }
        await screen.PictureAsync("map-broken");
        Assert.Equal("", await screen.AxeAsync());

        tiles.IsBroken = false;
        await screen.Page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await DrawnAsync(screen, Park, 0.4);
        await Assertions.Expect(screen.Page.Locator(".source-notice")).ToHaveCountAsync(0);

        tiles.IsBroken = true;
        await ChooseAsync(screen, "Document");
        await screen.Page.GetByRole(AriaRole.Button, new() { Name = "Use the offline map" }).ClickAsync();
        await Assertions.Expect(screen.Page.Locator(".source-notice")).ToHaveCountAsync(0);
        await DrawnAsync(screen, Land, 0.15);
        screen.AssertClean();
    }

    [Fact]
    public async Task Given_an_origin_that_nobody_configured_Then_neither_the_page_nor_a_worker_of_its_may_fetch_from_it()
    {
        await using var tiles = await TileServer.StartAsync();
        await using var others = await TileServer.StartAsync();
        await using var server = await InProcessServer.StartAsync(settings: Settings(tiles.Origin));
        await using var screen = await OpenAsync(server);
        screen.Expected.Add(others.Origin);
        var worker = await screen.Page.EvaluateAsync<string>("() => new URL('map-worker.js', document.querySelector('link[href$=\"/map.css\"]').href).href");
        var policy = (await screen.Page.APIRequest.GetAsync(worker)).Headers["content-security-policy"];
        Assert.Equal($"default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' {tiles.Origin}", policy);

        Assert.Equal("blocked", await screen.Page.EvaluateAsync<string>("url => fetch(url).then(() => 'fetched', () => 'blocked')", $"{others.Origin}/raster/0/0/0.png"));
        Assert.Equal("fetched", await screen.Page.EvaluateAsync<string>("url => fetch(url).then(() => 'fetched', () => 'blocked')", $"{tiles.Origin}/raster/0/0/0.png"));

        Assert.Empty(others.Asked);
        screen.AssertClean();
    }

    private async Task<Screen> OpenAsync(InProcessServer server)
    {
        var (_, link) = await Tenants.AddAsync(server, "dispatcher");
        var screen = await Screen.OpenAsync(chromium.Browser, server.Address, new BrowserNewContextOptions { ColorScheme = ColorScheme.Light });
        await screen.SignInAsync(link);
        await screen.Page.Locator(".layers-button").WaitForAsync();
        return screen;
    }

    private static async Task ChooseAsync(Screen screen, string name)
    {
        if (await screen.Page.Locator(".layers-card").CountAsync() == 0)
            await screen.Page.Locator(".layers-button").ClickAsync();
        await screen.Page.GetByRole(AriaRole.Radio, new() { NameRegex = new($"^{name}") }).CheckAsync();
        await screen.Page.Keyboard.PressAsync("Escape");
    }

    /// <summary>Waits until so much of the map has the colour.</summary>
    private static Task DrawnAsync(Screen screen, (byte R, byte G, byte B) colour, double share)
    {
        var map = screen.Page.Locator(".map canvas");
        return Eventually.TrueAsync(
            async () => Png.Read(await map.ScreenshotAsync()).Share(colour, tolerance: 6) >= share, Chromium.Patience);
    }

    private static string Settings(string origin) => $$"""
        { "Map": { "Default": "Streets", "Sources": [
            { "Name": "Streets", "Kind": "raster", "Url": "{{origin}}/raster/{z}/{x}/{y}.png", "Attribution": "© Streets" },
            { "Name": "Aerial", "Kind": "satellite", "Url": "{{origin}}/aerial/{z}/{x}/{y}.png", "Attribution": "© Aerial", "MaxZoom": 16 },
            { "Name": "Document", "Kind": "style", "Url": "{{origin}}/style.json", "Attribution": "© Document" },
            { "Name": "Plan", "Kind": "vector", "Url": "{{origin}}/plan/{z}/{x}/{y}.pbf", "Attribution": "© Plan" }
        ] } }
        """;
}
