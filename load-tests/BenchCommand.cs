using System.CommandLine;
using System.Globalization;
using FieldCrm.LoadTests.Faults;
using FieldCrm.LoadTests.Throughput;

namespace FieldCrm.LoadTests;

/// <summary>The command line of <c>./bench</c>.</summary>
internal static class BenchCommand
{
    public static RootCommand Create(CancellationToken stop)
    {
        var defaults = new ThroughputOptions();
        var seconds = Bounded("--seconds", "Length of each half of a pair, in seconds.", defaults.Seconds, 1, 120);
        var devices = Bounded("--devices", "Devices that report.", defaults.Devices, 1, 100_000);
        var connections = Bounded("--connections", "HTTP connections, one request under way on each.", defaults.Connections, 1, 2_000);
        var perRequest = Bounded("--per-request", "Fixes a request.", defaults.PerRequest, 1, 1_000);
        var pairs = Bounded("--pairs", "Alternating pairs of raw COPY and product.", defaults.Pairs, 1, 50);
        var faults = new Option<bool>("--faults") { Description = "The series of kills instead: see --from and --to." };
        var from = new Option<string?>("--from")
        {
            Description = "First run of today's series, or the date of a series to go on with.", HelpName = "N|DATE",
        };
        var to = Bounded("--to", "Last run of the series.", Kill.Series.Count, 1, 10_000);
        var recovery = new Option<bool>("--recovery") { Description = "Time from a kill to the first acknowledged fix, large fleet." };
        var known = Bounded("--known", "Registered devices of --recovery.", 100_000, 1, 100_000);
        var active = Bounded("--active", "Devices of --recovery that report.", 10_000, 1, 100_000);
        var root = new RootCommand("Measures FieldCrm: throughput beside raw COPY, or --faults, or --recovery.")
        {
            seconds, devices, connections, perRequest, pairs, faults, from, to, recovery, known, active,
        };
        root.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(faults))
            {
                var (series, first) = Series(parsed.GetValue(from));
                return Code(await new FaultsBench(series, first, parsed.GetValue(to), TimeProvider.System, Console.Out).RunAsync(stop));
            }
            if (parsed.GetValue(recovery))
            {
                return Code(await new RecoveryBench(
                    parsed.GetValue(known), Math.Min(parsed.GetValue(known), parsed.GetValue(active)), 5, TimeProvider.System, Console.Out).RunAsync(stop));
            }
            var options = new ThroughputOptions
            {
                Seconds = parsed.GetValue(seconds), Devices = parsed.GetValue(devices), Connections = parsed.GetValue(connections),
                PerRequest = parsed.GetValue(perRequest), Pairs = parsed.GetValue(pairs),
            };
            await new ThroughputBench(options, TimeProvider.System, Console.Out).RunAsync(stop);
            return 0;
        });
        return root;
    }

    private static int Code(int missed) => missed == 0 ? 0 : 1;

    /// <summary>A number begins in today's series; a date is a series, gone on with where it stopped.</summary>
    private static (string Series, int First) Series(string? from) =>
        DateOnly.TryParseExact(from, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            ? (from, 1)
            : (TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                from is null ? 1 : int.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var first) && first > 0
                    ? first : throw new InvalidOperationException($"--from {from} is neither a number of a run nor a date such as 2026-11-22."));

    private static Option<int> Bounded(string name, string description, int standard, int least, int most)
    {
        var option = new Option<int>(name)
        {
            Description = $"{description} {least} to {most}.", DefaultValueFactory = _ => standard, HelpName = "N",
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var value && (value < least || value > most))
                result.AddError($"{name} must be {least} to {most}.");
        });
        return option;
    }
}
