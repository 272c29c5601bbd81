using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using FieldCrm.Hub.Backup;
using FieldCrm.Hub.Commands;
using FieldCrm.Hub.Supervision;
using FieldCrm.Silo.Backup;

namespace FieldCrm.Hub.Cli;

/// <summary><c>backup FILE</c>: everything that the database holds, keys included, while the server goes on.</summary>
internal static class BackupVerb
{
    public static Command Create()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "What to write; readable by nobody else." };
        var force = new Option<bool>("--force") { Description = "Replace FILE if there is one." };
        var command = new Command("backup", "Write a backup of the running instance.") { file, force };
        command.SetAction((parsed, cancellationToken) =>
            BackUpAsync(parsed, parsed.GetRequiredValue(file).FullName, parsed.GetValue(force), cancellationToken));
        return command;
    }

    private static async Task<int> BackUpAsync(ParseResult parsed, string file, bool force, CancellationToken cancellationToken)
    {
        var paths = parsed.Instance();
        using (var client = OperatorClient.Open(parsed))
            await client.RequireServerAsync(cancellationToken);
        var database = new InstanceDatabase(
            paths, Instance.Read(paths)!, InstanceSecrets.Read(paths), account: null, TimeProvider.System, _ => { });
        var manifest = await new BackupWriter(database.Addresses, TimeProvider.System).WriteAsync(file, force, cancellationToken);
        if (parsed.WantsJson())
            Output.Json(new BackupAnswer(file, manifest), BackupAnswerJson.Default.BackupAnswer);
        else
            Console.WriteLine(Line(file, manifest));
        return ExitCode.Ok;
    }

    private static string Line(string file, BackupManifest manifest) => string.Create(CultureInfo.InvariantCulture,
        $"{file}: {manifest.Rows["fix"]} fixes, {manifest.Rows["event"]} events, {manifest.Rows["device"]} devices, {manifest.DumpBytes} bytes");
}

/// <summary><c>backup --json</c>.</summary>
internal sealed record BackupAnswer(string File, BackupManifest Manifest);

/// <summary><c>restore --json</c>.</summary>
internal sealed record RestoreAnswer(BackupManifest Manifest, bool LedgerVerified);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BackupAnswer))]
[JsonSerializable(typeof(RestoreAnswer))]
internal sealed partial class BackupAnswerJson : JsonSerializerContext;
