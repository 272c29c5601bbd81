using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using FieldCrm.Hub.Backup;
using FieldCrm.Hub.Commands;
using FieldCrm.Hub.Supervision;
using FieldCrm.Silo.Ledger;
using Npgsql;

namespace FieldCrm.Hub.Cli;

/// <summary><c>restore FILE</c>: replaces what a running instance holds by what a backup holds.</summary>
internal static class RestoreVerb
{
    /// <summary>The server fills its memory from the store before it says that it is ready.</summary>
    private static readonly TimeSpan ReadyDeadline = TimeSpan.FromMinutes(2);

    public static Command Create()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "What backup wrote, on this instance or another." };
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        var command = new Command("restore", "Replace everything in the running instance by a backup.") { file, yes };
        command.SetAction((parsed, _) => RestoreAsync(parsed, parsed.GetRequiredValue(file).FullName, parsed.GetValue(yes)));
        return command;
    }

    private static async Task<int> RestoreAsync(ParseResult parsed, string file, bool yes)
    {
        // Interrupted, it undoes what it began; a kill is undone by PostgreSQL.
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

        var paths = parsed.Instance();
        using var client = OperatorClient.Open(parsed);
        if (!File.Exists(paths.Maintenance)) // else an interrupted restore holds it down, and this one may go on
            await client.RequireServerAsync(stop.Token);
        using var backup = BackupFile.Open(file);
        await backup.VerifyAsync(stop.Token);
        if (!yes && !Confirmed(paths, backup))
            return ExitCode.Problem;
        var database = new InstanceDatabase(
            paths, Instance.Read(paths)!, InstanceSecrets.Read(paths), account: null, TimeProvider.System, _ => { }).Addresses;

        bool verified;
        Say("stopping the server");
        using (await MaintenanceHold.EnterAsync(paths, client, TimeProvider.System, stop.Token))
        {
            Say("restoring");
            await new DatabaseRestore(database).RunAsync(backup, stop.Token);
            Say("verifying the ledger");
            await using var owner = NpgsqlDataSource.Create(database.Owner!);
            verified = (await LedgerVerifier.VerifyAsync(owner, anchors: [], stop.Token)).All(tenant => tenant.Holds);
        }
        Say("waiting for the server");
        await ReadyAsync(client, stop.Token);
        Print(parsed, backup, verified);
        return verified ? ExitCode.Ok : ExitCode.Problem;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static bool Confirmed(InstancePaths paths, BackupFile backup)
    {
        Console.Error.Write(
            $"Replace everything in {paths.Directory} by the backup of {Output.Time(backup.Manifest.CreatedAt)}? Type yes: ");
        if (Console.ReadLine()?.Trim() == "yes")
            return true;
        Console.Error.WriteLine("Nothing was changed.");
        return false;
    }

    private static async Task ReadyAsync(OperatorClient client, CancellationToken cancellationToken)
    {
        var since = TimeProvider.System.GetTimestamp();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!await client.IsReadyAsync(cancellationToken))
        {
            if (TimeProvider.System.GetElapsedTime(since) > ReadyDeadline)
            {
                throw new StartRefusedException("server.not-back",
                    "The backup is restored, but the server is not ready yet: look at ./run's output and ./fieldcrm doctor.");
            }
            await tick.WaitForNextTickAsync(cancellationToken);
        }
    }

    private static void Print(ParseResult parsed, BackupFile backup, bool verified)
    {
        if (parsed.WantsJson())
            Output.Json(new RestoreAnswer(backup.Manifest, verified), BackupAnswerJson.Default.RestoreAnswer);
        else
        {
            Output.Table(["TABLE", "ROWS"],
                [.. backup.Manifest.Rows.Select(r => new[] { r.Key, r.Value.ToString(CultureInfo.InvariantCulture) })], "no tables");
        }
        if (!verified)
            Console.Error.WriteLine("The backup is restored, but its ledger does not hold: ./fieldcrm ledger verify says where.");
    }

    private static void Say(string line) => Console.Error.WriteLine(line);
}
