using System.Text.RegularExpressions;
using FieldCrm.TestKit;
using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>The server is killed under a watching console.</summary>
[Collection(ChromiumCollection.Name)]
public sealed partial class ConnectionTests(Chromium chromium)
{
    [Fact]
    public async Task Given_a_watching_console_When_the_server_is_killed_Then_the_picture_stays_and_the_connection_comes_back()
    {
        await using var hub = new HubProcess();
        hub.Environment["Console__Root"] = Repository.WebRoot;
        await hub.StartReadyAsync("--no-demo");
        await hub.SaysAsync("sign in: ", Chromium.Patience);
        var link = Address().Match(hub.Output, hub.Output.IndexOf("sign in: ", StringComparison.Ordinal)).Value;
        var (_, printed, _) = await hub.RunAsync("device", "add", "van-1", "--name", "Van 1");
        using var http = new HttpClient();
        var van = new Van(http, Address().Match(printed).Value);
        await van.ReportAsync(-34.8941, -56.1650, 20);
        await using var screen = await Screen.OpenAsync(chromium.Browser, hub.Address);
        // What a browser says of a server that is not there.
        screen.Expected.AddRange(["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "ERR_INCOMPLETE_CHUNKED_ENCODING", "WebSocket", "503"]);
        var page = screen.Page;
        await screen.SignInAsync(link);
        await page.Locator(".connection.live").WaitForAsync();
        var row = page.Locator("button.unit", new() { HasText = "Van 1" });
        await row.WaitForAsync();

        HubProcess.Kill(hub.ServerId);
        await page.Locator(".connection.reconnecting, .connection.gone").WaitForAsync();
        Assert.True(await row.IsVisibleAsync());
        await screen.PictureAsync("connection-lost");

        await page.Locator(".connection.live").WaitForAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await van.ReportAsync(-34.8930, -56.1640, 54);
                    return true;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            Chromium.Patience);
        await row.GetByText("100 km/h").Or(row.GetByText("62 mph")).WaitForAsync();
        screen.AssertClean();
    }

    [GeneratedRegex(@"http://\S+")]
    private static partial Regex Address();
}
