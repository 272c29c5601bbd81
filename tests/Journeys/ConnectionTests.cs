using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FieldCrm.Hub.Supervision;
using FieldCrm.TestKit;
using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>The server is killed under a watching console, again and again.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class ConnectionTests(Chromium chromium) : IAsyncLifetime
{
    private const int Kills = 20;
    private const int Fleet = 12;

    private readonly HubProcess _hub = new();
    private readonly HttpClient _visitor = new();
    private readonly HttpClient _operator = new();
    private readonly List<(string Token, string[] Events)> _taken = [];
    private string? _start;

    public async Task InitializeAsync()
    {
        _hub.Environment["Console__Root"] = Repository.WebRoot;
        await _hub.StartReadyAsync();
        await _hub.SaysAsync("sign in: ", Chromium.Patience);
        _operator.BaseAddress = _hub.Address;
        _operator.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer", (await File.ReadAllTextAsync(new InstancePaths(_hub.Directory).OperatorCredential)).Trim());
    }

    public async Task DisposeAsync()
    {
        await _hub.DisposeAsync();
        _visitor.Dispose();
        _operator.Dispose();
    }

    [Fact]
    public async Task Given_a_watching_console_When_the_server_is_killed_20_times_Then_its_events_and_units_are_those_of_one_never_cut_off()
    {
        var random = new Random(20261130);
        var vans = new List<Van>();
        for (var i = 0; i < Fleet; i++)
            vans.Add(await Van.AddAsync(_operator, _visitor, "default", $"van-{i}", $"Van {i}"));
        for (var i = 0; i < Fleet; i++)
            await vans[i].ReportAsync(-34.88 - i * 0.002, -56.165, 20);
        await using var screen = await OpenAsync("watching", Take, Ask);
        var page = screen.Page;
        await WatchedAsync(page, Fleet);
        await Eventually.TrueAsync(() => Volatile.Read(ref _start) is not null, Chromium.Patience);

        for (var kill = 0; kill < Kills; kill++)
        {
            // Something that must not be missed happens just before the kill, and while nobody serves. Who raised the alarm
            // stays where he is: jumping away in the same second would raise it again, with the doubt about its place.
            vans.Add(await Van.AddAsync(_operator, _visitor, "default", $"late-{kill}", $"Late {kill}"));
            await vans[^1].ReportAsync(-34.87, -56.15 - kill * 0.001, 0, more: "&alarm=sos");
            for (var reports = random.Next(1, 12); reports > 0; reports--)
                await MoveAsync(vans, random.Next(Fleet), kill, reports);
            var server = _hub.ServerId;
            HubProcess.Kill(server);
            var drives = MoveAsync(vans, random.Next(Fleet), kill, 0);
            await page.Locator(".connection.reconnecting, .connection.gone").WaitForAsync();
            if (kill == 0)
                await LostAsync(screen);
            await drives;
            await page.Locator(".connection.live").WaitForAsync();
        }

        await page.GetByRole(AriaRole.Button, new() { Name = $"Alarms {Kills}" }).WaitForAsync();
        List<string> happened = [];
        await Eventually.TrueAsync(
            async () => (happened = await HappenedAsync()).SequenceEqual(Taken()), Chromium.Patience,
            () => $"{Taken().Count} of {happened.Count} events came: {string.Join(", ", Taken())} instead of {string.Join(", ", happened)}");
        Assert.Equal((Kills, Kills), (Raised(happened, "device/"), Raised(happened, "tenant/")));
        await using var fresh = await OpenAsync("fresh", _ => { }, _ => { });
        await WatchedAsync(fresh.Page, vans.Count);
        Assert.Equal(await fresh.Page.UnitsAsync(), await page.UnitsAsync());
        Assert.Equal(vans.Count, (await page.UnitsAsync()).Length);

        // A fix that comes late from far away makes the place of the last alarm doubtful: its unit says it again, its tenant is not told again.
        await vans[^1].ReportAsync(-30, -50, 0, age: TimeSpan.FromMinutes(4));
        await Eventually.TrueAsync(
            async () => (happened = await HappenedAsync()).SequenceEqual(Taken()) && Raised(happened, "device/") == Kills + 1, Chromium.Patience);
        Assert.Equal(Kills, Raised(happened, "tenant/"));
        screen.AssertClean();
        fresh.AssertClean();
    }

    /// <summary>The last picture stays, its ages go on, and it can be printed.</summary>
    private static async Task LostAsync(Screen screen)
    {
        var page = screen.Page;
        await screen.LookAsync("connection-lost");
        var row = page.Locator("button.unit", new() { HasText = "Van 0" });
        var age = await row.Locator(".age").InnerTextAsync();
        await Eventually.TrueAsync(async () => await row.Locator(".age").InnerTextAsync() != age, Chromium.Patience);
        var paper = await Paper.PrintAsync(screen, "printed-without-server");
        Assert.Matches("reconnecting, last picture|server gone since", paper.Heading);
        // The one that was registered a moment before the kill may have had no time to be named.
        Assert.Equal(Enumerable.Range(0, Fleet).Select(i => $"Van {i}"), paper.Names.Where(n => n != "Late 0"));
    }

    private static Task MoveAsync(List<Van> vans, int which, int kill, int report) =>
        vans[which].InsistAsync(-34.88 - which * 0.002 + kill * 0.0001, -56.165 + report * 0.0001, 20);

    private static Task WatchedAsync(IPage page, int units) => Eventually.TrueAsync(
        async () => (await page.UnitsAsync()).Length == units, Chromium.Patience);

    private static int Raised(List<string> events, string stream) => events.Count(
        e => e.StartsWith(stream, StringComparison.Ordinal) && e.EndsWith(" AlarmRaised", StringComparison.Ordinal));

    private async Task<Screen> OpenAsync(string user, Action<string> heard, Action<string> asked)
    {
        var link = await Tenants.InviteAsync(_operator, "default", user, "dispatcher");
        var screen = await Screen.OpenAsync(chromium.Browser, _hub.Address, new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = 1000, Height = 640 },
        });
        // What a browser says of a server that is not there.
        screen.Expected.AddRange(["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "ERR_INCOMPLETE_CHUNKED_ENCODING", "WebSocket", "503"]);
        screen.Page.WebSocket += (_, socket) =>
        {
            if (socket.Url.Contains("/live/events", StringComparison.Ordinal))
            {
                socket.FrameReceived += (_, frame) => heard(TextOf(frame));
                socket.FrameSent += (_, frame) => asked(TextOf(frame));
            }
        };
        await screen.Page.AddInitScriptAsync(Paper.Script);
        await screen.SignInAsync(link);
        await screen.Page.Locator(".connection.live").WaitForAsync();
        return screen;
    }

    private static string TextOf(IWebSocketFrame frame) => frame.Text ?? Encoding.UTF8.GetString(frame.Binary ?? []);

    /// <summary>Messages of SignalR's JSON protocol.</summary>
    private static IEnumerable<JsonElement> Messages(string frame) =>
        frame.Split('\u001e', StringSplitOptions.RemoveEmptyEntries).Select(message => JsonElement.Parse(message));

    private List<string> Taken()
    {
        lock (_taken)
            return [.. _taken.SelectMany(t => t.Events)];
    }

    private void Take(string frame)
    {
        foreach (var batch in Messages(frame).Where(m => m.TryGetProperty("item", out _)).Select(m => m.GetProperty("item")))
        {
            var token = batch.GetProperty("token").GetString() ?? throw new InvalidOperationException("No token.");
            lock (_taken)
                _taken.Add((token, [.. batch.GetProperty("items").EnumerateArray().Select(LineOf)]));
            Interlocked.CompareExchange(ref _start, token, null);
        }
    }

    /// <summary>The console says how far it came: what a cut connection had still brought and it had not read is sent once more.</summary>
    private void Ask(string frame)
    {
        foreach (var token in Messages(frame).Where(m => m.TryGetProperty("target", out var target) && target.GetString() == "Follow")
            .Select(m => m.GetProperty("arguments")[0].GetString()))
        {
            lock (_taken)
                _taken.RemoveRange(_taken.FindLastIndex(t => t.Token == token) + 1, _taken.Count - _taken.FindLastIndex(t => t.Token == token) - 1);
        }
    }

    /// <summary>What a reader finds who comes when all is over, from the console's first token on.</summary>
    private async Task<List<string>> HappenedAsync()
    {
        var events = new List<string>();
        for (var token = _start ?? throw new InvalidOperationException("No token."); ;)
        {
            using var answer = await _operator.GetAsync(
                new Uri($"/api/v1/events?tenant=default&limit=1000&after={Uri.EscapeDataString(token)}", UriKind.Relative));
            answer.EnsureSuccessStatusCode();
            using var page = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            events.AddRange(page.RootElement.GetProperty("events").EnumerateArray().Select(LineOf).Where(IsForDispatchers));
            token = page.RootElement.GetProperty("token").GetString() ?? throw new InvalidOperationException("No token.");
            if (!page.RootElement.GetProperty("hasMore").GetBoolean())
                return events;
        }
    }

    /// <summary>Of the tenant's own stream they are shown what it says of alarms.</summary>
    private static bool IsForDispatchers(string line) =>
        !line.StartsWith("tenant/", StringComparison.Ordinal) || line[(line.LastIndexOf(' ') + 1)..].StartsWith("Alarm", StringComparison.Ordinal);

    private static string LineOf(JsonElement e) => string.Create(
        CultureInfo.InvariantCulture, $"{e.GetProperty("stream").GetString()} {e.GetProperty("version").GetInt64()} {e.GetProperty("type").GetString()}");
}
