using System.CommandLine;
using System.Runtime.InteropServices;
using FieldCrm.Demo;
using FieldCrm.Hub.Cli;
using FieldCrm.Hub.Commands;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Demonstration;

/// <summary>
/// <c>demo</c>: the demonstration fleet as a process of its own. It registers its vehicles as <c>device import</c> does and
/// then speaks to their URLs, as phones do; the server cannot tell it from one.
/// </summary>
internal static class DemoCommand
{
    // Answers come within a second or two; a phone gives up and repeats.
    private static readonly TimeSpan RequestDeadline = TimeSpan.FromSeconds(20);

    public static Command Create()
    {
        var supervised = new Option<bool>("--supervised") { Description = "End when standard input ends.", Hidden = true };
        var command = new Command("demo", "Drive sixty vehicles through Montevideo (run does this for you).")
        {
            OperatorClient.Tenant, supervised,
        };
        command.Hidden = true;
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, parsed.GetValue(supervised), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, bool isSupervised, CancellationToken cancellationToken)
    {
        var paths = parsed.Instance();
        var roads = Path.Combine(AppContext.BaseDirectory, "basemap", "roads.bin");
        if (!File.Exists(roads))
        {
            Console.WriteLine("demonstration: this build has no road graph, so no vehicle drives");
            return ExitCode.Ok;
        }
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        if (isSupervised)
            _ = StopWithInputAsync(stop);
        var graph = RoadGraph.Read(await File.ReadAllBytesAsync(roads, stop.Token));
        PrivateFile.MakeDirectory(paths.Demo, owner: null);
        var addresses = await DemoRegistration.AddressesAsync(paths, parsed, stop.Token);
        using var http = new HttpClient { Timeout = RequestDeadline };
        using var fleet = new DemoFleet(
            graph, addresses, http,
            new DemoFiles(paths.DemoState, Path.Combine(paths.Demo, "counts.json"), paths.DemoJournal),
            TimeProvider.System, Console.WriteLine);
        try
        {
            await fleet.RunAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop: what was acknowledged is noted, the rest is measured again.
        }
        return ExitCode.Ok;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static async Task StopWithInputAsync(CancellationTokenSource stop)
    {
        var nothing = new byte[1];
        await using var input = Console.OpenStandardInput();
        while (await input.ReadAsync(nothing) > 0)
        {
            // The pipe never carries anything; its end is the message.
        }
        await stop.CancelAsync();
    }
}
