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
        var port = Port("--port", "Port of console and API; kept for later starts.", first: 1);
        var trackerPort = Port("--tracker-port", "Plain HTTP port for trackers, 0 is none (default instance: 5055 when it is free).", first: 0);
        var certificate = new Option<string?>("--tls-cert") { Description = "Your certificate chain, PEM; without it a local CA vouches for --listen.", HelpName = "FILE" };
        var key = new Option<string?>("--tls-key") { Description = "Its private key, PEM, not encrypted.", HelpName = "FILE" };
        var listen = new Option<IPAddress?>("--listen")
        {
            Description = "Also listen on this address, with HTTPS (0.0.0.0 is all); loopback alone unless said.", HelpName = "ADDRESS",
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
        var command = new Command("run", "Set up, start and supervise an instance.") 
        {
            port, listen, certificate, key, trackerPort, noDemo, adopt,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(certificate) is null != result.GetValue(key) is null)
                result.AddError("--tls-cert and --tls-key go together: the certificate chain and its key.");
            else if (result.GetValue(certificate) is not null && result.GetResult(listen) is null)
                result.AddError("--tls-cert needs --listen ADDRESS: loopback is served by plain HTTP.");
        });
        command.SetAction((parsed, _) => RunAsync(parsed.Instance(), new RunOptions
        {
            Port = parsed.GetValue(port), Listen = parsed.GetValue(listen), TrackerPort = parsed.GetValue(trackerPort),
            CertificateFile = parsed.GetValue(certificate), KeyFile = parsed.GetValue(key), Demo = !parsed.GetValue(noDemo),
            AdoptDatabase = parsed.GetValue(adopt),
        }));
        return command;
    }

    private static Option<int?> Port(string name, string description, int first)
    {
        var port = new Option<int?>(name) { Description = description, HelpName = "N" };
        port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is { } number && (number < first || number > 65_535))
                result.AddError($"{name} {number} is not a TCP port ({first} to 65535).");
        });
        return port;
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
