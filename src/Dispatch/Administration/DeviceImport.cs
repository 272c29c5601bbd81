using System.Globalization;
using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Administration;

/// <summary>What became of a line.</summary>
/// <param name="Status">added, known, refused, or <see cref="DeviceImport.NotSent"/>.</param>
/// <param name="Reason">Why it was refused; null else.</param>
/// <param name="Url">Of a device that was added: shown this once.</param>
public sealed record ImportRow(int Line, string Id, string Status, string? Reason = null, string? Url = null);

/// <summary>
/// Sends a file's devices part by part and says what became of each line. What was sent stays sent: after a break the same file can be
/// sent again, and what is registered already counts as known.
/// </summary>
public sealed class DeviceImport(
    Func<DevicesToAdd, CancellationToken, Task<Answer<DevicesAdded>>> send, Words words, Func<Answer<DevicesAdded>, string> reasonOf)
{
    public const string Added = "added";
    public const string Known = "known";
    public const string Refused = "refused";
    public const string NotSent = "not-sent";

    private readonly List<ImportRow> _rows = [];

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<ImportRow> Rows => _rows;

    public int Total { get; private set; }

    /// <summary>Why it broke off; null when every line was judged.</summary>
    public string? Break { get; private set; }

    public int Count(string status) => _rows.Count(r => r.Status == status);

    public async Task RunAsync(IReadOnlyList<CsvLine> lines, Action progressed, CancellationToken cancellationToken)
    {
        Total = lines.Count;
        foreach (var part in lines.Chunk(DeviceCsv.MaxDevices))
        {
            await SendAsync(part, cancellationToken);
            progressed();
        }
    }

    /// <summary>The report as a file: its addresses are not to be had again.</summary>
    public string Csv() => DeviceCsv.Line("line", "id", "status", "reason", "url")
        + string.Concat(_rows.Select(r => DeviceCsv.Line(
            r.Line.ToString(CultureInfo.InvariantCulture), r.Id, r.Status, r.Reason ?? "", r.Url is { } url ? TraccarClient.ServerUrl(url) : "")));

    private async Task SendAsync(CsvLine[] part, CancellationToken cancellationToken)
    {
        DeviceToAdd[] devices = [.. part.Select(l => l.Device).OfType<DeviceToAdd>()];
        if (Break is null && devices.Length > 0)
        {
            var answer = await send(new DevicesToAdd(devices), cancellationToken);
            if (answer.Value?.Devices is { } added && added.Count == devices.Length)
            {
                Judge(part, added);
                return;
            }
            Break = reasonOf(answer);
        }
        _rows.AddRange(part.Select(l => l.Device is { } device ? new ImportRow(l.Number, device.Id, NotSent) : WithoutId(l)));
    }

    private void Judge(CsvLine[] part, IReadOnlyList<DeviceAdded> added)
    {
        var at = 0;
        foreach (var line in part)
        {
            if (line.Device is null)
            {
                _rows.Add(WithoutId(line));
                continue;
            }
            var judged = added[at++];
            var reason = judged.Refusal is { } refusal ? words.Refusals.Of(refusal.Code) ?? refusal.Message : null;
            _rows.Add(new ImportRow(line.Number, judged.Id, judged.Status, reason, judged.Url));
        }
    }

    private ImportRow WithoutId(CsvLine line) => new(line.Number, "", Refused, words.Admin.LineWithoutId);
}
