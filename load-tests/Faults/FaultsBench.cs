using System.Globalization;
using FieldCrm.LoadTests.Processes;
using FieldCrm.LoadTests.Throughput;

namespace FieldCrm.LoadTests.Faults;

/// <summary>
/// The whole series of kills. docs/figures/faults.tsv is its memory: a run that stands there for this series is not run
/// again, so that an interrupted series goes on where it was.
/// </summary>
/// <param name="name">Of the series; null goes on with the newest unfinished one.</param>
internal sealed class FaultsBench(string? name, int from, int to, TimeProvider time, TextWriter output)
{
    /// <summary>A long-lived instance grows, and each run reads what the ones before stored: now and then a new one.</summary>
    private const int RunsAnInstance = 15;

    /// <summary>From the kill to the first acknowledged fix.</summary>
    private const double RecoveryBoundMs = 5_000;

    private static readonly Figures Kept = new(
        "faults", "series", "run", "seed", "point", "acknowledged", "stored", "lost", "duplicates", "differences", "ledger_findings",
        "kill_to_ack_ms", "recovery", "sent_again", "messages", "states", "machine", "commit", "at");

    /// <returns>The number of runs that were not clean or recovered too late.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var record = Kept.Read().ToArray();
        var series = FaultSeries.Choose(name, record, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));
        var done = FaultSeries.Done(series, record);
        var runs = Enumerable.Range(from, to - from + 1).Where(run => !done.Contains(run)).ToArray();
        output.WriteLine($"series {series}: {runs.Length} runs to go, {done.Count} of {Kill.Series.Count} on record");
        var dirty = 0;
        foreach (var part in runs.Chunk(RunsAnInstance))
        {
            await using var product = await ProductInstance.StartAsync(withFailpoints: true, cancellationToken);
            foreach (var run in part)
                dirty += await RunOneAsync(product, series, run, cancellationToken) ? 0 : 1;
        }
        output.WriteLine(dirty == 0
            ? $"{runs.Length} runs: nothing lost, nothing twice, nothing different, each recovered in time"
            : $"{dirty} of {runs.Length} runs were not clean or recovered too late");
        return dirty;
    }

    private async Task<bool> RunOneAsync(ProductInstance product, string series, int run, CancellationToken cancellationToken)
    {
        var kill = Kill.Series[run - 1];
        var seed = 1_000 + run;
        var at = time.GetUtcNow();
        var faultRun = new FaultRun(product, time);
        var result = await faultRun.RunAsync(string.Create(CultureInfo.InvariantCulture, $"run{run}"), seed, kill, cancellationToken);
        var findings = await faultRun.LedgerFindingsAsync(cancellationToken);
        var isClean = result.IsClean && findings.Count == 0;
        var isInTime = result.Recovery.TotalMilliseconds <= RecoveryBoundMs;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"run {run} seed {seed} {kill}: acknowledged {result.Acknowledged}, stored {result.Stored}, lost {result.Lost}, "
            + $"duplicates {result.Duplicates}, differences {result.Differences.Count}, ledger findings {findings.Count}, "
            + $"{result.Compared.Messages} messages and {result.Compared.States} states compared, "
            + $"first acknowledged {result.Recovery.TotalMilliseconds:0} ms after the kill"
            + $"{(isInTime ? "" : "  <== TOO LATE")}{(isClean ? "" : "  <== NOT CLEAN")}"));
        foreach (var difference in result.Differences.Concat(findings).Take(5))
            output.WriteLine($"    {difference}");
        Kept.Append(
            series, run, seed, kill.Name, result.Acknowledged, result.Stored, result.Lost, result.Duplicates, result.Differences.Count,
            findings.Count, Math.Round(result.Recovery.TotalMilliseconds), isInTime ? "met" : "missed", result.Repeats,
            result.Compared.Messages, result.Compared.States, Machine.Describe(), Machine.Commit(),
            at.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        return isClean && isInTime;
    }
}
