using System.CommandLine;
using System.Text.Json;
using FieldCrm.Hub.Supervision;
using FieldCrm.Silo.Storage;

namespace FieldCrm.Hub.Commands;

/// <summary>
/// <c>migrate</c>: brings the database to this program's schema, with or without a running server. Needs an administrator
/// where FIELDCRM_DATABASE names a server without our roles (exit code 4, the SQL on standard output).
/// </summary>
internal static class MigrateCommand
{
    public static Command Create()
    {
        var adopt = RunCommand.Adopt();
        var command = new Command("migrate", "Bring the database to this program's schema.") { adopt };
        command.SetAction((parsed, cancellationToken) =>
            MigrateAsync(parsed.Instance(), parsed.GetValue(CommandLine.Json), parsed.GetValue(adopt), cancellationToken));
        return command;
    }

    private static async Task<int> MigrateAsync(InstancePaths paths, bool json, bool adopt, CancellationToken cancellationToken)
    {
        await using var session = await OfflineSession.OpenAsync(
            paths, TimeProvider.System, Console.Error.WriteLine, cancellationToken);
        await session.Database.PrepareAsync(Console.Out, adopt, cancellationToken);
        var pending = await Migrator.PendingAsync(session.Database.Addresses, cancellationToken);
        Console.WriteLine(json
            ? JsonSerializer.Serialize(new MigrateAnswer(pending.Count), CommandJson.Default.MigrateAnswer)
            : "The database is at this program's schema.");
        return ExitCode.Ok;
    }
}

/// <summary><c>migrate --json</c>.</summary>
internal sealed record MigrateAnswer(int Pending);
