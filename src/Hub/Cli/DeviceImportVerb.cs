using System.CommandLine;
using System.Text.Json;
using CsvHelper;
using FieldCrm.Core;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Cli;

/// <summary>
/// <c>device import FILE.csv</c>: header <c>id,name,kind,phone</c> (all but id may be missing). Read and sent in chunks; a line that
/// cannot be registered is named on standard error and the others go on; a device that is known stays as it is, so an
/// import can be repeated. Exit code 1 when a line was refused.
/// </summary>
internal static class DeviceImportVerb
{
    private const int Chunk = 500;

    // An id has 128 characters, a name 200: what is longer is no device but an open quote.
    private const int MaxRecordBytes = 4_096;

    public static Command Create()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "CSV with the header id,name,kind,phone; all but id may be missing." };
        var command = new Command("import", "Register the devices of a CSV file and print their URLs.") { file };
        command.SetAction((parsed, cancellationToken) => ImportAsync(parsed, parsed.GetRequiredValue(file), cancellationToken));
        return command;
    }

    private static async Task<int> ImportAsync(ParseResult parsed, FileInfo file, CancellationToken cancellationToken)
    {
        using var client = OperatorClient.Open(parsed);
        await client.RequireServerAsync(cancellationToken);
        if (!file.Exists)
            throw new StartRefusedException("csv.missing", $"csv.missing: There is no file {file.FullName}.");
        using var csv = CsvReader.FromFile(file.FullName, new CsvReaderOptions
        {
            Separator = ',', TrimWhitespace = true, TrackLineNumbers = true, MaxRecordSize = MaxRecordBytes,
        });
        using var report = new ImportReport(parsed.WantsJson());
        var lines = new List<(long Line, DeviceToAdd Device)>(Chunk);
        try
        {
            csv.ReadHeader();
            if (!csv.TryGetFieldIndex("id", out var id))
                throw new StartRefusedException("csv.header-invalid", "csv.header-invalid: The first line must be: id,name,kind,phone (all but id may be missing)");
            var (name, kind, phone) = (Column(csv, "name"), Column(csv, "kind"), Column(csv, "phone"));
            while (await csv.ReadAsync(cancellationToken))
            {
                lines.Add((csv.LineNumber, new DeviceToAdd(
                    Field(csv, id) ?? "", Field(csv, name), Kind: Field(csv, kind), Phone: Field(csv, phone))));
                if (lines.Count == Chunk)
                    await SendAsync(client, lines, report, cancellationToken);
            }
        }
        catch (CsvFormatException damage)
        {
            // What follows a broken quote cannot be told apart: what was read before it still counts.
            report.Refuse(damage.LineNumber, new Failure("csv.malformed", "The file cannot be read from here on."));
        }
        await SendAsync(client, lines, report, cancellationToken);
        return report.IsClean ? ExitCode.Ok : ExitCode.Problem;
    }

    private static int Column(CsvReader csv, string name) => csv.TryGetFieldIndex(name, out var index) ? index : int.MaxValue;

    private static string? Field(CsvReader csv, int index) => index < csv.FieldCount ? csv.GetString(index) : null;

    private static async Task SendAsync(
        OperatorClient client, List<(long Line, DeviceToAdd Device)> lines, ImportReport report, CancellationToken cancellationToken)
    {
        if (lines.Count == 0)
            return;
        var answer = await client.PostAsync(
            "devices/import", new DevicesToAdd([.. lines.Select(l => l.Device)]), AdministrationJson.Default.DevicesToAdd,
            AdministrationJson.Default.DevicesAdded, cancellationToken);
        foreach (var (line, device) in lines.Zip(answer.Devices, (l, d) => (l.Line, d)))
            report.Add(line, device);
        report.Flush();
        lines.Clear();
    }

    /// <summary>Prints as it goes: a token is shown once, so none is held back until the end.</summary>
    private sealed class ImportReport : IDisposable
    {
        private readonly Utf8JsonWriter? _json;
        private int _added, _known, _refused;

        public ImportReport(bool json)
        {
            if (!json)
                return;
            _json = new Utf8JsonWriter(Console.OpenStandardOutput());
            _json.WriteStartObject();
            _json.WriteStartArray("devices");
        }

        public bool IsClean => _refused == 0;

        public void Add(long line, DeviceAdded device)
        {
            if (device.Refusal is { } refusal)
            {
                Refuse(line, refusal);
                return;
            }
            if (device.Url is null)
            {
                _known++;
                return;
            }
            _added++;
            if (_json is null)
                Console.WriteLine($"{device.Id}  {device.Url}");
            else
                JsonSerializer.Serialize(
                    _json, new DeviceCredentials(device.Id, device.Token!, device.Url), AdministrationJson.Default.DeviceCredentials);
        }

        public void Refuse(long line, Failure refusal)
        {
            _refused++;
            Console.Error.WriteLine($"line {line}: {refusal}");
        }

        public void Flush() => _json?.Flush();

        public void Dispose()
        {
            Console.Error.WriteLine($"{_added} added, {_known} known already, {_refused} refused");
            if (_json is null)
                return;
            _json.WriteEndArray();
            _json.WriteNumber("added", _added);
            _json.WriteNumber("known", _known);
            _json.WriteNumber("refused", _refused);
            _json.WriteEndObject();
            _json.Dispose();
            Console.Out.WriteLine();
        }
    }
}
