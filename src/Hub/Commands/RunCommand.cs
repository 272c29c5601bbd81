using System.CommandLine;
using System.Net;
using System.Runtime.InteropServices;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Commands;

/// <summary><c>run</c>: what the script of that name starts once the program is built.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var port = new Option<int?>("--port")
        {
            Description = "HTTP port; kept for later starts.", HelpName = "N",
        };
        port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is { } number and (< 1 or > 65_535))
                result.AddError($"--port {number} is not a TCP port (1 to 65535).");
        });
        var listen = new Option<IPAddress?>("--listen")
        {
            Description = "Also listen on this address (0.0.0.0 is all); loopback alone unless said.", HelpName = "ADDRESS",
            CustomParser = result =>
            {
                if (IPAddress.TryParse(result.Tokens[0].Value, out var address))
                    return address;
                result.AddError($"--listen {result.Tokens[0].Value} is not an IP address, such as 0.0.0.0 or 192.168.1.10.");
                return null;
            },
        };
        var noDemo = new Option<bool>("--no-demo") { Description = "Start without the demonstration fleet." };
        var adopt = Adopt();
        var command = new Command("run", "Set up, start and supervise an instance.") { port, listen, noDemo, adopt };
        command.SetAction((parsed, _) => RunAsync(parsed.Instance(), new RunOptions
        {
            Port = parsed.GetValue(port), Listen = parsed.GetValue(listen), Demo = !parsed.GetValue(noDemo),
            AdoptDatabase = parsed.GetValue(adopt),
        }));
        return command;
    }

    internal static Option<bool> Adopt() => new(DatabaseClaim.Option)
    {
        Description = $"Take the database that {ExternalDatabase.Variable} names over from the data folder it belongs to.",
    };

    private static async Task<int> RunAsync(InstancePaths paths, RunOptions options)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        await new Supervisor(paths, options, TimeProvider.System, Console.Out).RunAsync(stop.Token);
        return ExitCode.Ok;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }
}
