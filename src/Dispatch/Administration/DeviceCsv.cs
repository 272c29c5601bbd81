using FieldCrm.Dispatch.Api;

namespace FieldCrm.Dispatch.Administration;

/// <summary>
/// Devices from a CSV file: id, name, kind, phone; commas, semicolons or tabs; quotes doubled inside quotes. A first line of headings
/// with an "id" in it may give another order.
/// </summary>
public static class DeviceCsv
{
    /// <summary>The server takes no more at once.</summary>
    public const int MaxDevices = 1_000;

    public const int MaxBytes = 512 * 1024;

    private static readonly string[] Usual = ["id", "name", "kind", "phone"];

    public static IReadOnlyList<DeviceToAdd> Read(string text)
    {
        var devices = new List<DeviceToAdd>();
        IReadOnlyList<string> columns = Usual;
        foreach (var line in text.TrimStart('\uFEFF').Split('\n'))
        {
            var cells = CellsOf(line.TrimEnd('\r'));
            if (devices.Count == 0 && cells.Exists(c => c.Equals("id", StringComparison.OrdinalIgnoreCase)))
            {
                columns = [.. cells.Select(c => c.ToLowerInvariant())];
                continue;
            }
            if (Cell(columns, cells, "id") is { } id)
                devices.Add(new DeviceToAdd(id, Cell(columns, cells, "name"), Cell(columns, cells, "kind")?.ToLowerInvariant(), Cell(columns, cells, "phone")));
        }
        return devices;
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
        var cell = new System.Text.StringBuilder();
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
