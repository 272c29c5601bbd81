using System.Text;
using FieldCrm.Dispatch.Api;

namespace FieldCrm.Dispatch.Administration;

/// <summary>A line of a file of devices.</summary>
/// <param name="Number">As an editor counts it, from 1.</param>
/// <param name="Device">Null for a line without an id.</param>
public sealed record CsvLine(int Number, DeviceToAdd? Device);

/// <summary>
/// Devices from a CSV file: id, name, kind, phone; commas, semicolons or tabs; quotes doubled inside quotes. A first line of headings
/// with an "id" in it may give another order.
/// </summary>
public static class DeviceCsv
{
    /// <summary>The server takes no more at once: longer files are sent in parts.</summary>
    public const int MaxDevices = 500;

    /// <summary>Some 30,000 devices.</summary>
    public const int MaxBytes = 2 * 1024 * 1024;

    private static readonly string[] Usual = ["id", "name", "kind", "phone"];

    /// <summary>UTF-8; what is none is read as the one byte a letter that office programs still write.</summary>
    public static string Decode(byte[] file)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(file);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(file);
        }
    }

    public static IReadOnlyList<DeviceToAdd> Read(string text) => [.. Lines(text).Select(l => l.Device).OfType<DeviceToAdd>()];

    /// <summary>Every line that says something.</summary>
    public static IReadOnlyList<CsvLine> Lines(string text)
    {
        var lines = new List<CsvLine>();
        IReadOnlyList<string> columns = Usual;
        var number = 0;
        foreach (var line in text.TrimStart('\uFEFF').Split('\n'))
        {
            number++;
            var cells = CellsOf(line.TrimEnd('\r'));
            if (cells.TrueForAll(c => c.Length == 0))
                continue;
            if (lines.Count == 0 && cells.Exists(c => c.Equals("id", StringComparison.OrdinalIgnoreCase)))
            {
                columns = [.. cells.Select(c => c.ToLowerInvariant())];
                continue;
            }
            lines.Add(new CsvLine(number, Cell(columns, cells, "id") is not { } id ? null
                : new DeviceToAdd(id, Cell(columns, cells, "name"), Cell(columns, cells, "kind")?.ToLowerInvariant(), Cell(columns, cells, "phone"))));
        }
        return lines;
    }

    /// <summary>A line of a file that spreadsheets open: quoted where it must be, and never taken for a formula.</summary>
    public static string Line(params ReadOnlySpan<string> cells)
    {
        var line = new StringBuilder();
        for (var i = 0; i < cells.Length; i++)
        {
            if (i > 0)
                line.Append(',');
            var safe = cells[i] is ['=' or '+' or '-' or '@' or '\t', ..] ? "'" + cells[i] : cells[i];
            line.Append(safe.AsSpan().ContainsAny(",;\"\t\r\n") ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe);
        }
        return line.Append("\r\n").ToString();
    }

    private static string? Cell(IReadOnlyList<string> columns, List<string> cells, string name)
    {
        for (var i = 0; i < columns.Count && i < cells.Count; i++)
        {
            if (columns[i] == name)
                return cells[i].Length == 0 ? null : cells[i];
        }
        return null;
    }

    private static List<string> CellsOf(string line)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (isQuoted && c == '"' && i + 1 < line.Length && line[i + 1] == '"')
            {
                cell.Append('"');
                i++;
            }
            else if (c == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (!isQuoted && c is ',' or ';' or '\t')
            {
                cells.Add(cell.ToString().Trim());
                cell.Clear();
            }
            else
            {
                cell.Append(c);
            }
        }
        cells.Add(cell.ToString().Trim());
        return cells;
    }
}
