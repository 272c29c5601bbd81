using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using FieldCrm.LoadTests.Throughput;
using FieldCrm.TestKit;
using Microsoft.Playwright;

namespace FieldCrm.LoadTests.Browser;

/// <summary>
/// What a browser's main thread has to do for a fleet that moves, and how soon a console can be used: the published console in Chromium
/// on this machine, without a GPU, against a whole server in this process.
/// </summary>
internal sealed class ConsoleBench(int seconds, int repeats, TimeProvider time, TextWriter output)
{
    private const int ShownOneByOne = 5_000;
    private const int Counted = 50_000;
    private const int Demonstration = 60;
    private const double UpdateBoundMs = 15;
    private const double ColdBoundMs = 4_000;
    private const double WarmBoundMs = 1_500;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly string[] Flags =
    [
        "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    ];

    private static readonly Figures Kept = new(
        "console", "date", "machine", "commit", "load_average", "what", "samples", "p50_ms", "p95_ms", "longest_ms", "bound_ms", "notes");

    private int _missed;

    /// <returns>How many bounds were missed.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        Say($"starting a server of its own ({Machine.Describe()}, commit {Machine.Commit()}, load {LoadAverage()})");
        await using var server = await InProcessServer.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await OpeningAsync(playwright, server, cancellationToken);
        await WatchingAsync(playwright, server, ShownOneByOne, "5,000 units one by one at 1 Hz", cancellationToken);
        await WatchingAsync(playwright, server, Counted, "50,000 units counted, zoomed out", cancellationToken);
        return _missed;
    }

    /// <summary>Cold is a browser that has never seen the server; from cache is the same browser's next window.</summary>
    private async Task OpeningAsync(IPlaywright playwright, InProcessServer server, CancellationToken cancellationToken)
    {
        await using var fleet = await WatchedFleet.AddAsync(server, "opening", Demonstration, cancellationToken);
        fleet.Start();
        var (cold, warm) = (new List<double>(), new List<double>());
        // The first one warms up the server, which is compiled while it runs; it counts for nothing.
        for (var i = 0; i <= repeats; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var profile = Directory.CreateTempSubdirectory("fieldcrm-bench-browser-");
            try
            {
                await using var context = await LaunchAsync(playwright, server, profile.FullName);
                await SignInAsync(context, server, "opening", $"person-{i}", cancellationToken);
                var first = await OpenOnceAsync(context);
                // What Chromium keeps of compiled code is written behind the second visit; the third has all of it.
                _ = await OpenOnceAsync(context);
                var again = await OpenOnceAsync(context);
                if (i == 0)
                    continue;
                cold.Add(first.InteractiveMs);
                warm.Add(again.InteractiveMs);
                Say(string.Create(CultureInfo.InvariantCulture,
                    $"  cold: rows {first.RowsMs:0}, live {first.LiveMs:0} ms; from cache: rows {again.RowsMs:0}, live {again.LiveMs:0} ms (load {LoadAverage()})"));
            }
            finally
            {
                profile.Delete(recursive: true);
            }
        }
        Tell("interactive, cold", [.. cold], ColdBoundMs, p => p.P50);
        Tell("interactive, from cache", [.. warm], WarmBoundMs, p => p.P50);
    }

    private async Task WatchingAsync(IPlaywright playwright, InProcessServer server, int units, string what, CancellationToken cancellationToken)
    {
        var tenant = string.Create(CultureInfo.InvariantCulture, $"watched-{units}");
        Say($"registering {units:N0} units");
        await using var fleet = await WatchedFleet.AddAsync(server, tenant, units, cancellationToken);
        var profile = Directory.CreateTempSubdirectory("fieldcrm-bench-browser-");
        try
        {
            await using var context = await LaunchAsync(playwright, server, profile.FullName);
            await SignInAsync(context, server, tenant, $"person-{units}", cancellationToken);
            var page = context.Pages[0];
            await Probe.OpenAsync(page);
            await ShowAllAsync(page, units);
            fleet.Start();
            // Not measured: names are read, code is compiled.
            await Probe.WatchAsync(page, TimeSpan.FromSeconds(10));
            var seen = await Probe.WatchAsync(page, TimeSpan.FromSeconds(seconds));
            var notes = string.Create(CultureInfo.InvariantCulture,
                $"main thread busy {seen.BusyShare * 100:0} % of the time, frames {seen.FramesMs.Length / (double)seconds:0.0}/s, longest task {seen.LongestTaskMs:0} ms, late moves {fleet.LateParts}");
            Tell($"{what}: work a message", seen.MessagesMs, UpdateBoundMs, p => p.P95, notes);
            Tell($"{what}: work of all messages of a second", seen.SecondsMs, bound: null, p => p.P95);
            Tell($"{what}: work a frame", seen.FramesMs, bound: null, p => p.P95);
        }
        finally
        {
            profile.Delete(recursive: true);
        }
    }

    /// <summary>The view that holds the whole fleet, and everybody in it.</summary>
    private static async Task ShowAllAsync(IPage page, int units)
    {
        await page.EvaluateAsync(
            """
            async () => {
              const style = document.querySelector('link[href$="/map.css"]').href;
              const { inspect } = await import(new URL('map.js', style).href);
              const { engine } = (globalThis.inspected = inspect(document.getElementById('map')));
              engine.map.jumpTo({ center: [-56, -34.45], zoom: 9.3 });
            }
            """);
        await page.WaitForFunctionAsync(
            "count => globalThis.inspected.session.unitCount() >= count", units, new PageWaitForFunctionOptions { Timeout = (float)Patience.TotalMilliseconds });
    }

    private static async Task<Opened> OpenOnceAsync(IBrowserContext context)
    {
        var page = await context.NewPageAsync();
        var opened = await Probe.OpenAsync(page);
        await page.CloseAsync();
        return opened;
    }

    private static async Task<IBrowserContext> LaunchAsync(IPlaywright playwright, InProcessServer server, string profile)
    {
        var context = await playwright.Chromium.LaunchPersistentContextAsync(profile, new BrowserTypeLaunchPersistentContextOptions
        {
            ExecutablePath = "/usr/bin/chromium", Headless = true, Args = Flags, BaseURL = server.Address.ToString(), Locale = "en-GB",
            ViewportSize = new ViewportSize { Width = 1440, Height = 900 }, Timeout = (float)Patience.TotalMilliseconds,
        });
        context.SetDefaultTimeout((float)Patience.TotalMilliseconds);
        await Probe.InstallAsync(context);
        return context;
    }

    private static async Task SignInAsync(IBrowserContext context, InProcessServer server, string tenant, string person, CancellationToken cancellationToken)
    {
        using var added = await server.Operator.PostAsJsonAsync($"/operator/users?tenant={tenant}", new { name = person, role = "dispatcher" }, cancellationToken);
        added.EnsureSuccessStatusCode();
        var link = (await added.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("url").GetString()
            ?? throw new InvalidOperationException("No link.");
        var page = context.Pages[0];
        await page.GotoAsync(link);
        await page.Locator("main button[type=submit], main form button").First.ClickAsync();
        await page.WaitForLoadStateAsync();
    }

    private void Tell(string what, double[] values, double? bound, Func<(double P50, double P95), double> judged, string notes = "")
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0)
            throw new InvalidOperationException($"Nothing was measured of: {what}.");
        var shares = (P50: At(sorted, 0.5), P95: At(sorted, 0.95));
        var isMissed = bound is { } most && judged(shares) > most;
        _missed += isMissed ? 1 : 0;
        Say(string.Create(CultureInfo.InvariantCulture,
            $"{what}: p50 {shares.P50:0.0}, p95 {shares.P95:0.0}, longest {sorted[^1]:0.0} ms of {sorted.Length}{(bound is { } b ? $" (bound {b:0} ms: {(isMissed ? "missed" : "kept")})" : "")} {notes}"));
        Kept.Append(
            time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), Machine.Describe(), Machine.Commit(), LoadAverage(), what,
            sorted.Length, Math.Round(shares.P50, 2), Math.Round(shares.P95, 2), Math.Round(sorted[^1], 1), bound ?? 0, notes);
    }

    private static double At(double[] sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(sorted.Length * share) - 1)];

    private static string LoadAverage() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    private void Say(string line) => output.WriteLine(line);
}
