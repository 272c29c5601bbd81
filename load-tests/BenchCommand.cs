using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FieldCrm.LoadTests.Browser;
using FieldCrm.LoadTests.Faults;
using FieldCrm.LoadTests.Live;
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
        var faults = new Option<bool>("--faults") { Description = "The series of kills instead: see --series, --from and --to." };
        var series = new Option<string?>("--series")
        {
            Description = "Name or date of the series; without it the newest unfinished one goes on.", HelpName = "NAME|DATE",
        };
        series.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } name && !FaultSeries.IsName(name))
                result.AddError("--series must be 1 to 40 of a-z, A-Z, 0-9, '.', '_' and '-'.");
        });
        var from = Bounded("--from", "First run of the series.", 1, 1, Kill.Series.Count);
        var to = Bounded("--to", "Last run of the series.", Kill.Series.Count, 1, Kill.Series.Count);
        var recovery = new Option<bool>("--recovery") { Description = "Time from a kill to the first acknowledged fix, large fleet." };
        var known = Bounded("--known", "Registered devices of --recovery.", 100_000, 1, 100_000);
        var active = Bounded("--active", "Devices of --recovery that report.", 10_000, 1, 100_000);
        var console = new Option<bool>("--console") { Description = "What a browser's main thread has to do, and how soon a console can be used." };
        var watch = Bounded("--watch-seconds", "How long --console looks on.", 30, 5, 600);
        var openings = Bounded("--openings", "How often --console is opened, cold and from cache.", 5, 1, 50);
        var live = new Option<bool>("--live") { Description = "A fleet at 1 Hz under watching consoles, with and without unread sockets." };
        var standard = new LiveOptions();
        var fleet = Bounded("--fleet", "Devices of --live, one fix a second each.", standard.Devices, 500, 10_000);
        var consoles = Bounded("--consoles", "Consoles of --live, 500 units in each view.", standard.Consoles, 1, 500);
        var unread = Bounded("--unread", "Consoles of --live whose sockets are not read.", standard.Unread, 0, 100);
        var reconnect = new Option<bool>("--reconnect") { Description = "The server is killed under a watching console; see --kills." };
        var kills = Bounded("--kills", "Kills of --reconnect.", 20, 1, 100);
        var root = new RootCommand("Measures FieldCrm: throughput beside raw COPY, or --faults, --recovery, --live, --reconnect, --console.")
        {
            seconds, devices, connections, perRequest, pairs, faults, series, from, to, recovery, known, active, live, fleet, consoles, unread,
            reconnect, kills, console, watch, openings,
        };
        root.Validators.Add(result =>
        {
            var (first, last) = (Number(result.GetResult(from), 1), Number(result.GetResult(to), Kill.Series.Count));
            if (first > last)
                result.AddError($"--from {first} lies after --to {last}.");
        });
        root.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(faults))
            {
                return Code(await new FaultsBench(
                    parsed.GetValue(series), parsed.GetValue(from), parsed.GetValue(to), TimeProvider.System, Console.Out).RunAsync(stop));
            }
            if (parsed.GetValue(recovery))
            {
                return Code(await new RecoveryBench(
                    parsed.GetValue(known), Math.Min(parsed.GetValue(known), parsed.GetValue(active)), 5, TimeProvider.System, Console.Out).RunAsync(stop));
            }
            if (parsed.GetValue(console))
                return Code(await new ConsoleBench(parsed.GetValue(watch), parsed.GetValue(openings), TimeProvider.System, Console.Out).RunAsync(stop));
            if (parsed.GetValue(reconnect))
                return Code(await new ReconnectBench(parsed.GetValue(kills), TimeProvider.System, Console.Out).RunAsync(stop));
            if (parsed.GetValue(live))
            {
                return Code(await new LiveBench(
                    standard with { Devices = parsed.GetValue(fleet), Consoles = parsed.GetValue(consoles), Unread = parsed.GetValue(unread) },
                    TimeProvider.System, Console.Out).RunAsync(stop));
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

    // Read by hand: the option's own conversion throws here for what is no number.
    private static int Number(OptionResult? option, int standard) =>
        option?.Tokens is [var token] && int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : standard;

    private static Option<int> Bounded(string name, string description, int standard, int least, int most)
    {
        var option = new Option<int>(name)
        {
            Description = $"{description} {least} to {most}.", DefaultValueFactory = _ => standard, HelpName = "N",
        };
        option.Validators.Add(result =>
        {
            if (!result.Implicit && Number(result, standard: -1) is var value && (value < least || value > most))
                result.AddError($"{name} must be {least} to {most}.");
        });
        return option;
    }
}
