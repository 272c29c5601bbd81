using System.Globalization;
using FieldCrm.LoadTests.Fleet;
using FieldCrm.LoadTests.Processes;

namespace FieldCrm.LoadTests.Throughput;

/// <summary>
/// Durable positions a second through HTTP, grains, fold and lanes, beside raw binary COPY into the same table, in
/// alternating pairs of one run: the ratio survives a slow or busy machine, the absolute numbers do not.
/// </summary>
internal sealed class ThroughputBench(ThroughputOptions options, TimeProvider time, TextWriter output)
{
    private static readonly Figures Kept = new(
        "throughput", "date", "machine", "commit", "devices", "connections", "per_request", "seconds", "pairs",
        "product_per_s", "raw_per_s", "ratio_median", "ratios", "rows_per_commit", "pg_connections", "durability",
        "ack_p50_ms", "ack_p99_ms", "cpu_server", "cpu_postgres", "cpu_generator");

    private sealed record Pair(PhaseResult Raw, PhaseResult Product, CpuUse Cpu, double RowsPerCommit)
    {
        public double Ratio => Product.PositionsPerSecond / Raw.PositionsPerSecond;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var day = DateOnly.FromDateTime(now.UtcDateTime).AddDays(-1);
        Say($"starting a product of its own ({Machine.Describe()}, commit {Machine.Commit()})");
        await using var product = await ProductInstance.StartAsync(withFailpoints: false, cancellationToken);
        var facts = new DatabaseFacts(product.Database);
        await facts.EnsureDayAsync(day, cancellationToken);
        Say($"registering {options.Devices:N0} devices");
        var devices = await new Registration(product).AddAsync("load", options.Devices, cancellationToken);

        var span = TimeSpan.FromSeconds(options.Seconds);
        using var load = new ProductLoad(
            product.Files.HttpPort, devices, new TrackSource(options.Devices, options.Seed, day), options.Connections,
            options.PerRequest, day);
        await using var raw = await RawCopy.OpenAsync(
            product.Files.Database.Silo, new TrackSource(options.Devices, options.Seed, day), options.PerRequest, cancellationToken);
        Say($"warming up both, untimed");
        await load.WarmUpAsync(roundsOfTheFleet: 3, cancellationToken);
        await raw.RunAsync(TimeSpan.FromSeconds(2), cancellationToken);

        var pairs = new List<Pair>();
        long connections = 0;
        for (var i = 0; i < options.Pairs; i++)
        {
            var pair = await MeasureAsync(product, facts, raw, load, span, cancellationToken);
            connections = Math.Max(connections, await facts.ConnectionsAsync(cancellationToken));
            pairs.Add(pair);
            Say(string.Create(CultureInfo.InvariantCulture, $"pair {i + 1}: raw {pair.Raw.PositionsPerSecond:N0}/s, product {pair.Product.PositionsPerSecond:N0}/s, ratio {pair.Ratio:0.00}, "
                + $"{pair.RowsPerCommit:N0} rows a commit, ack p50 {pair.Product.Latency.PercentileMs(0.5):0.0} ms p99 {pair.Product.Latency.PercentileMs(0.99):0.0} ms, "
                + $"cores: server {pair.Cpu.Server:0.00}, postgres {pair.Cpu.Postgres:0.00}, generator {pair.Cpu.Generator:0.00}"));
        }
        Report(pairs, load.Connections, connections, await facts.DurabilityAsync(cancellationToken), now);
    }

    private static async Task<Pair> MeasureAsync(
        ProductInstance product, DatabaseFacts facts, RawCopy raw, ProductLoad load, TimeSpan span, CancellationToken cancellationToken)
    {
        var yardstick = await raw.RunAsync(span, cancellationToken);
        var from = await facts.NextTransactionAsync(cancellationToken);
        var before = CpuUse.Now(product);
        var measured = await load.RunAsync(span, cancellationToken);
        var cpu = CpuUse.Now(product).Since(before, measured.Elapsed);
        var (rows, commits) = await facts.StoredSinceAsync(from, cancellationToken);
        if (rows != measured.Positions)
            throw new InvalidOperationException($"{measured.Positions} positions were acknowledged and {rows} are stored.");
        return new Pair(yardstick, measured, cpu, rows / (double)Math.Max(1, commits));
    }

    private void Report(List<Pair> pairs, int http, long postgres, string durability, DateTimeOffset now)
    {
        var product = Median(pairs.Select(p => p.Product.PositionsPerSecond));
        var raw = Median(pairs.Select(p => p.Raw.PositionsPerSecond));
        var ratio = Median(pairs.Select(p => p.Ratio));
        var latency = new LatencyHistogram();
        foreach (var pair in pairs)
            latency.Add(pair.Product.Latency);
        var rows = Median(pairs.Select(p => p.RowsPerCommit));
        var cpu = new CpuUse(
            Median(pairs.Select(p => p.Cpu.Server)), Median(pairs.Select(p => p.Cpu.Postgres)), Median(pairs.Select(p => p.Cpu.Generator)));
        Say($"");
        Say($"durable positions/s: product {product:N0}, raw COPY {raw:N0}, ratio {ratio:0.00} (medians of {pairs.Count} pairs; goal 0.80)");
        Say($"  {options.PerRequest} a request, {rows:N0} rows a commit; raw {RawCopy.RowsPerTransaction:N0} rows a transaction on one connection");
        Say($"  {http} HTTP connections, {postgres} PostgreSQL connections; {durability}");
        Say($"  ack p50 {latency.PercentileMs(0.5):0.0} ms, p99 {latency.PercentileMs(0.99):0.0} ms; requests sent again: {pairs.Sum(p => p.Product.Repeats)}");
        Say($"  cores of {Environment.ProcessorCount}: server {cpu.Server:0.00}, postgres {cpu.Postgres:0.00}, generator {cpu.Generator:0.00}");
        Kept.Append(
            now.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), Machine.Describe(), Machine.Commit(), options.Devices,
            http, options.PerRequest, options.Seconds, pairs.Count, Math.Round(product), Math.Round(raw), Math.Round(ratio, 3),
            string.Join(' ', pairs.Select(p => p.Ratio.ToString("0.00", CultureInfo.InvariantCulture))), Math.Round(rows), postgres,
            durability, Math.Round(latency.PercentileMs(0.5), 1), Math.Round(latency.PercentileMs(0.99), 1), Math.Round(cpu.Server, 2),
            Math.Round(cpu.Postgres, 2), Math.Round(cpu.Generator, 2));
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private void Say(string line) => output.WriteLine(line);
}
