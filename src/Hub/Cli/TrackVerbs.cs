using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FieldCrm.Core.Tracks;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.People;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.TracksApi;

namespace FieldCrm.Hub.Cli;

/// <param name="Bytes">Length of the file.</param>
internal sealed record TrackExported(string Id, string Format, string File, long Bytes);

/// <summary><c>track export|import</c>.</summary>
internal static class TrackVerbs
{
    public static Command Create() => new("track", "Tracks of devices, out of files and into them.")
    {
        OperatorClient.Tenant,
        Export(),
        Import(),
    };

    private static Command Export()
    {
        var id = Id();
        var from = Time("--from", "First fix time, a date or a time in ISO 8601, UTC (default: 00:00 of the day of --to, or of today).");
        var to = Time("--to", "Last fix time; a date means the whole day (default: now).");
        var format = new Option<string>("--format") { Description = "geojson, gpx or csv.", DefaultValueFactory = _ => "geojson" };
        format.AcceptOnlyFromAmong("geojson", "gpx", "csv");
        var file = new Option<FileInfo?>("--out") { Description = "Write to this file (default: standard output).", HelpName = "FILE" };
        var unmarked = new Option<bool>("--without-marked") { Description = "Leave out the fixes that are thought implausible; else each is there with its mark." };
        var reason = new Option<string?>("--reason") { Description = "Why, where it is a person's: he will read it.", HelpName = "TEXT" };
        var command = new Command("export", "Write a device's fixes in order of their own time.") { id, from, to, format, file, unmarked, reason };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var last = parsed.GetValue(to);
            var first = parsed.GetValue(from)?.First ?? new DateTimeOffset(
                (last?.First ?? TimeProvider.System.GetUtcNow()).UtcDateTime.Date, TimeSpan.Zero);
            if (last is { } end && end.Behind <= first)
                throw new StartRefusedException("track.range-empty", "--to lies before --from (--help explains both)", ExitCode.Usage);
            var path = $"api/v1/devices/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}/track?format={parsed.GetValue(format)}"
                + $"&from={Iso(first)}{(last is null ? "" : $"&to={Iso(last.Value.Behind)}")}"
                + (parsed.GetValue(unmarked) ? "" : "&includeMarked=true")
                + (parsed.GetValue(reason) is { } why ? $"&{PersonalAccess.QueryParameter}={Uri.EscapeDataString(why)}" : "");
            if (parsed.GetValue(file) is not { } target)
            {
                await using var output = Console.OpenStandardOutput();
                await client.DownloadAsync(path, output, cancellationToken);
                return ExitCode.Ok;
            }
            var bytes = await ToFileAsync(client, path, target, cancellationToken);
            if (parsed.WantsJson())
            {
                Output.Json(
                    new TrackExported(parsed.GetRequiredValue(id), parsed.GetRequiredValue(format), target.FullName, bytes),
                    AdministrationJson.Default.TrackExported);
            }
            return ExitCode.Ok;
        });
        return command;
    }

    // A file of that name is a whole track or not there.
    private static async Task<long> ToFileAsync(OperatorClient client, string path, FileInfo target, CancellationToken cancellationToken)
    {
        if (target.Directory is not { Exists: true })
            throw new StartRefusedException("track.no-directory", $"track.no-directory: There is no directory {target.DirectoryName}.");
        var partial = target.FullName + ".partial";
        try
        {
            long bytes;
            await using (var output = new FileStream(partial, FileMode.Create, FileAccess.Write))
            {
                await client.DownloadAsync(path, output, cancellationToken);
                bytes = output.Length;
            }
            File.Move(partial, target.FullName, overwrite: true);
            return bytes;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static Command Import()
    {
        var id = Id();
        var file = new Argument<FileInfo>("FILE") { Description = "GPX or GeoJSON, up to 32 MiB; every position with its time." };
        var command = new Command("import", "Store a file's fixes as the device's own; what is stored already stays.") { id, file };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            await client.RequireServerAsync(cancellationToken);
            var source = parsed.GetRequiredValue(file);
            if (!source.Exists)
                throw new StartRefusedException("track-file.missing", $"track-file.missing: There is no file {source.FullName}.");
            if (source.Length > TrackFile.MaxBytes)
                throw new StartRefusedException("track-file.too-large", "track-file.too-large: The file is larger than 32 MiB. Split it.");
            await using var content = source.OpenRead();
            return await ImportAsync(parsed, client, content, parsed.GetRequiredValue(id), cancellationToken);
        });
        return command;
    }

    private static async Task<int> ImportAsync(
        ParseResult parsed, OperatorClient client, Stream content, string id, CancellationToken cancellationToken)
    {
        TrackImportProgress? last = null;
        await foreach (var line in client.UploadAsync($"tracks/import?device={Uri.EscapeDataString(id)}", content, cancellationToken))
        {
            last = JsonSerializer.Deserialize(line, AdministrationJson.Default.TrackImportProgress);
            if (last is not null && last.Done < last.Fixes && last.Failure is null)
                await Console.Error.WriteLineAsync($"{last.Done} of {last.Fixes}");
        }
        if (last is null || (last.Done < last.Fixes && last.Failure is null))
            throw new StartRefusedException("server.gone", "server.gone: The server ended before the import did; repeating is safe.");
        if (parsed.WantsJson())
            Output.Json(last, AdministrationJson.Default.TrackImportProgress);
        else
            Console.WriteLine($"{last.Stored} stored, {last.Duplicates} stored already, {last.Quarantined} quarantined{OffShift(last.OffShift)}");
        if (last.Failure is { } failure)
            throw new StartRefusedException(failure.Code, $"{failure.Code}: {failure.Message} {last.Done} of {last.Fixes} are done; repeating is safe.");
        return last.Quarantined == 0 ? ExitCode.Ok : ExitCode.Problem;
    }

    private static string OffShift(int? fixes) => fixes is null ? "" : $", {fixes} not on shift and dropped";

    private static Argument<string> Id() => new("ID") { Description = "The device." };

    private static Option<TrackTime?> Time(string name, string description) =>
        new(name) { Description = description, HelpName = "TIME", CustomParser = TrackTime.Parse };

    private static string Iso(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
