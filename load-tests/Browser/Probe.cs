using System.Text.Json;
using Microsoft.Playwright;

namespace FieldCrm.LoadTests.Browser;

/// <param name="MessagesMs">Main-thread work of each message of the live hub, from its bytes to the end of everything that it set off.</param>
/// <param name="SecondsMs">The same, all messages of a second together: what one update of the whole fleet costs.</param>
/// <param name="FramesMs">Main-thread work of each drawn frame.</param>
/// <param name="BusyShare">Of the time, in which the main thread did anything at all.</param>
/// <param name="LongestTaskMs">0 where none took 50 ms.</param>
internal sealed record Watched(double[] MessagesMs, double[] SecondsMs, double[] FramesMs, double BusyShare, double LongestTaskMs);

/// <param name="RowsMs">From the start of the navigation until the list has rows.</param>
/// <param name="LiveMs">Until the picture is live.</param>
internal sealed record Opened(double RowsMs, double LiveMs)
{
    /// <summary>Units are listed, the connection is live, the map takes clicks.</summary>
    public double InteractiveMs => Math.Max(RowsMs, LiveMs);
}

/// <summary>A page of the console with a stopwatch in it, put there before any script of the page runs.</summary>
internal static class Probe
{
    private const string Script =
        """
        (() => {
          const probe = (globalThis.probe = { messages: [], frames: [], tasks: [], rows: 0, live: 0 });
          const timed = (list, act) => function (...args) {
            const started = performance.now();
            try { return act.apply(this, args); } finally { list.push([started, performance.now() - started]); }
          };
          const onmessage = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage');
          Object.defineProperty(WebSocket.prototype, 'onmessage', {
            ...onmessage,
            set(act) { onmessage.set.call(this, act && this.url.includes('/live/units') ? timed(probe.messages, act) : act); },
          });
          const frame = requestAnimationFrame.bind(globalThis);
          globalThis.requestAnimationFrame = (act) => frame(timed(probe.frames, act));
          new PerformanceObserver((list) => list.getEntries().forEach((e) => probe.tasks.push([e.startTime, e.duration]))).observe({ type: 'longtask' });
          const seen = (name, selector) => { if (!probe[name] && document.querySelector(selector)) probe[name] = performance.now(); };
          new MutationObserver(() => { seen('rows', 'button.unit'); seen('live', '.connection.live'); })
            .observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['class'] });
        })()
        """;

    private sealed record Taken(double[][] Messages, double[][] Frames, double[][] Tasks);

    public static Task InstallAsync(IBrowserContext context) => context.AddInitScriptAsync(Script);

    public static async Task<Opened> OpenAsync(IPage page)
    {
        await page.GotoAsync("/dispatch/");
        await page.WaitForFunctionAsync("() => probe.rows > 0 && probe.live > 0");
        var at = await page.EvaluateAsync<double[]>("() => [probe.rows, probe.live]");
        return new Opened(at[0], at[1]);
    }

    /// <summary>Looks on for some time while units move.</summary>
    public static async Task<Watched> WatchAsync(IPage page, TimeSpan span)
    {
        await using var session = new Devtools(await page.Context.NewCDPSessionAsync(page));
        await session.EnableAsync();
        await page.EvaluateAsync("() => { for (const list of [probe.messages, probe.frames, probe.tasks]) list.length = 0; }");
        var before = await session.BusyAsync();
        // The page's own clock tells the span: a busy machine starts and ends it late, and what is counted is what lies inside.
        await page.EvaluateAsync("ms => new Promise((done) => setTimeout(done, ms))", span.TotalMilliseconds);
        var after = await session.BusyAsync();
        var told = await page.EvaluateAsync<string>("() => JSON.stringify({ messages: probe.messages, frames: probe.frames, tasks: probe.tasks })");
        var taken = JsonSerializer.Deserialize<Taken>(told, JsonSerializerOptions.Web) ?? throw new InvalidOperationException("Nothing was told.");
        return new Watched(
            [.. taken.Messages.Select(m => m[1])], [.. taken.Messages.GroupBy(m => (int)(m[0] / 1000)).Select(g => g.Sum(m => m[1]))],
            [.. taken.Frames.Select(f => f[1])], (after.TaskSeconds - before.TaskSeconds) / (after.AtSeconds - before.AtSeconds),
            taken.Tasks.Select(t => t[1]).DefaultIfEmpty(0).Max());
    }

    /// <summary>The browser's own account of its main thread.</summary>
    private sealed class Devtools(ICDPSession session) : IAsyncDisposable
    {
        public Task EnableAsync() => session.SendAsync("Performance.enable");

        public async Task<(double TaskSeconds, double AtSeconds)> BusyAsync()
        {
            var metrics = (await session.SendAsync("Performance.getMetrics"))?.GetProperty("metrics").EnumerateArray()
                .ToDictionary(m => m.GetProperty("name").GetString() ?? "", m => m.GetProperty("value").GetDouble()) ?? [];
            return (metrics["TaskDuration"], metrics["Timestamp"]);
        }

        public async ValueTask DisposeAsync() => await session.DetachAsync();
    }
}
