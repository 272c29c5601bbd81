using System.Globalization;
using FieldCrm.LoadTests.Fleet;
using FieldCrm.LoadTests.Processes;
using FieldCrm.LoadTests.Throughput;

namespace FieldCrm.LoadTests.Live;

/// <summary>
/// A whole fleet reports once a second while consoles watch it: how old a position is when a console has it, how long a durable
/// answer takes, and what it costs server and other consoles when some sockets are not read. Halves without and with unread sockets
/// alternate in one run.
/// </summary>
internal sealed class LiveBench(LiveOptions options, TimeProvider time, TextWriter output)
{
    private const double ConsoleBoundMs = 100;
    private const double AnswerBoundMs = 250;
    private const double ViewZoom = 14;
    private const double WideZoom = 10;
    private const int WideUnits = 5_000; // as many as a view may hold before it gets counts

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan NearMidnight = TimeSpan.FromMinutes(30);

    private static readonly Figures Kept = new(
        "live", "date", "machine", "commit", "devices", "consoles", "units_per_view", "seconds", "pairs", "acknowledged_per_s", "not_acknowledged",
        "console_p50_ms", "console_p99_ms", "answer_p50_ms", "answer_p99_ms", "unread", "unread_kib_each", "console_p99_ratio", "cpu_server", "cpu_postgres", "cpu_generator");

    private sealed record Half(LatencyHistogram Consoles, LatencyHistogram Answers, long Acknowledged, long Refused, double Seconds, int LeastUnits, long ServerKib, CpuUse Cpu);

    /// <returns>How many bounds were missed.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (now.TimeOfDay > TimeSpan.FromDays(1) - NearMidnight)
            throw new InvalidOperationException("The fleet's requests are made for one UTC day: start this again after midnight.");
        output.WriteLine($"starting a product of its own ({Machine.Describe()}, commit {Machine.Commit()})");
        await using var product = await ProductInstance.StartAsync(withFailpoints: false, cancellationToken);
        var credential = (await File.ReadAllTextAsync(Path.Combine(product.Files.Directory, "operator.credential"), cancellationToken)).Trim();
        output.WriteLine($"registering {options.Devices:N0} devices");
        var devices = await new Registration(product).AddAsync("live", options.Devices, cancellationToken);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var fleet = new SteadyFleet(product.Files.HttpPort, devices, options.Connections, time);
        List<(LiveConsole Connection, PositionAges Ages)> consoles = [];
        List<Task> running = [fleet.RunAsync(stop.Token)];
        try
        {
            for (var i = 0; i < options.Consoles; i++)
            {
                var console = await LiveConsole.OpenAsync(product.Files.HttpPort, credential, cancellationToken);
                var ages = new PositionAges(time);
                consoles.Add((console, ages));
                running.Add(Task.Run(() => console.ReadAsync(ages.Note, stop.Token), stop.Token));
                await console.WatchAsync(RoadRow.View(FirstOf(i), options.UnitsPerView), ViewZoom, cancellationToken);
            }
            output.WriteLine("warming up, untimed");
            await GoOnAsync(WarmUp, running, cancellationToken);
            fleet.BeginAnew();
            return Report(await PairsAsync(product, fleet, [.. consoles.Select(c => c.Ages)], credential, running, cancellationToken), now);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(running).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            consoles.ForEach(console => console.Connection.Dispose());
        }
    }

    // The views lie evenly from the first device to the last; what they share follows from their number.
    private int FirstOf(int console) => options.Consoles == 1
        ? 0 : (int)((long)console * (options.Devices - options.UnitsPerView) / (options.Consoles - 1));

    private async Task<List<(Half Without, Half With)>> PairsAsync(
        ProductInstance product, SteadyFleet fleet, List<PositionAges> consoles, string credential, List<Task> running, CancellationToken cancellationToken)
    {
        var pairs = new List<(Half, Half)>();
        for (var i = 0; i < options.Pairs; i++)
        {
            var without = await MeasureAsync(product, fleet, consoles, running, cancellationToken);
            List<LiveConsole> unread = [];
            try
            {
                for (var u = 0; u < options.Unread; u++)
                {
                    unread.Add(await LiveConsole.OpenAsync(product.Files.HttpPort, credential, cancellationToken));
                    await unread[^1].WatchAsync(RoadRow.View(0, Math.Min(options.Devices, WideUnits)), WideZoom, cancellationToken);
                }
                pairs.Add((without, await MeasureAsync(product, fleet, consoles, running, cancellationToken)));
            }
            finally
            {
                unread.ForEach(console => console.Dispose());
            }
            Say(pairs[^1].Item1, "without unread sockets");
            Say(pairs[^1].Item2, $"with {options.Unread} unread sockets");
        }
        return pairs;
    }

    private async Task<Half> MeasureAsync(
        ProductInstance product, SteadyFleet fleet, List<PositionAges> consoles, List<Task> running, CancellationToken cancellationToken)
    {
        await GoOnAsync(Settle, running, cancellationToken);
        fleet.Take();
        consoles.ForEach(console => console.Take());
        var cpu = CpuUse.Now(product);
        var began = time.GetTimestamp();
        await GoOnAsync(TimeSpan.FromSeconds(options.Seconds), running, cancellationToken);
        var elapsed = time.GetElapsedTime(began);
        var ages = new LatencyHistogram();
        var least = int.MaxValue;
        foreach (var console in consoles)
        {
            var (latency, units) = console.Take();
            ages.Add(latency);
            least = Math.Min(least, units);
        }
        var (answers, acknowledged, refused) = fleet.Take();
        return new Half(
            ages, answers, acknowledged, refused, elapsed.TotalSeconds, least, ProcessFiles.ResidentKib(product.ServerProcessId),
            CpuUse.Now(product).Since(cpu, elapsed));
    }

    /// <summary>Waits, and fails at once when the fleet or a console does.</summary>
    private static async Task GoOnAsync(TimeSpan span, List<Task> running, CancellationToken cancellationToken)
    {
        var pause = Wait.PauseAsync(span, cancellationToken).AsTask();
        if (await Task.WhenAny([pause, .. running]) is var ended && ended != pause)
            await ended;
        await pause;
    }

    private int Report(List<(Half Without, Half With)> pairs, DateTimeOffset now)
    {
        LatencyHistogram consoles = new(), answers = new();
        foreach (var (without, _) in pairs)
        {
            consoles.Add(without.Consoles);
            answers.Add(without.Answers);
        }
        var (consoleP99, answerP99) = (consoles.PercentileMs(0.99), answers.PercentileMs(0.99));
        var perSecond = pairs.Sum(p => p.Without.Acknowledged) / pairs.Sum(p => p.Without.Seconds);
        var refused = pairs.Sum(p => p.Without.Refused + p.With.Refused);
        var each = options.Unread == 0 ? 0 : Median(pairs.Select(p => (double)(p.With.ServerKib - p.Without.ServerKib))) / options.Unread;
        var ratio = Median(pairs.Select(p => p.With.Consoles.PercentileMs(0.99) / Math.Max(0.001, p.Without.Consoles.PercentileMs(0.99))));
        var cpu = new CpuUse(
            Median(pairs.Select(p => p.Without.Cpu.Server)), Median(pairs.Select(p => p.Without.Cpu.Postgres)), Median(pairs.Select(p => p.Without.Cpu.Generator)));
        output.WriteLine();
        output.WriteLine(Text($"{perSecond:N0} fixes/s acknowledged of {options.Devices:N0} due; {refused} not acknowledged"));
        output.WriteLine(Text($"send to console p50 {consoles.PercentileMs(0.5):0} ms, p99 {consoleP99:0} ms (bound {ConsoleBoundMs:0}); durable answer p50 {answers.PercentileMs(0.5):0.0} ms, p99 {answerP99:0} ms (bound {AnswerBoundMs:0})"));
        output.WriteLine(Text($"an unread socket: server memory {each:+0;-0;0} KiB (bound 1,024), the others' p99 × {ratio:0.00} with {options.Unread} of them (bound 1.05 with one)"));
        output.WriteLine(Text($"cores of {Environment.ProcessorCount}: server {cpu.Server:0.00}, postgres {cpu.Postgres:0.00}, generator and consoles {cpu.Generator:0.00}"));
        Kept.Append(
            now.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), Machine.Describe(), Machine.Commit(), options.Devices, options.Consoles,
            options.UnitsPerView, options.Seconds, pairs.Count, Math.Round(perSecond), refused, Math.Round(consoles.PercentileMs(0.5)), Math.Round(consoleP99),
            Math.Round(answers.PercentileMs(0.5), 1), Math.Round(answerP99, 1), options.Unread, Math.Round(each), Math.Round(ratio, 3),
            Math.Round(cpu.Server, 2), Math.Round(cpu.Postgres, 2), Math.Round(cpu.Generator, 2));
        return (consoleP99 > ConsoleBoundMs ? 1 : 0) + (answerP99 > AnswerBoundMs ? 1 : 0) + (each > 1_024 ? 1 : 0) + (ratio > 1.05 ? 1 : 0);
    }

    private void Say(Half half, string what) => output.WriteLine(Text(
        $"{what}: {half.Acknowledged / half.Seconds:N0} fixes/s, console p50 {half.Consoles.PercentileMs(0.5):0} p99 {half.Consoles.PercentileMs(0.99):0} ms, ")
        + Text($"answer p99 {half.Answers.PercentileMs(0.99):0} ms, every console saw at least {half.LeastUnits} units move, server {half.ServerKib:N0} KiB"));

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Text(FormattableString line) => line.ToString(CultureInfo.InvariantCulture);
}
