using FieldCrm.Dispatch.Api;

namespace FieldCrm.Dispatch.Administration;

/// <summary>Devices from a CSV file: id, name; commas, semicolons or tabs; quotes doubled inside quotes; a first line of headings is skipped.</summary>
public static class DeviceCsv
{
    /// <summary>The server takes no more at once.</summary>
    public const int MaxDevices = 1_000;

    public const int MaxBytes = 512 * 1024;

    public static IReadOnlyList<DeviceToAdd> Read(string text)
    {
        var devices = new List<DeviceToAdd>();
        foreach (var line in text.TrimStart('\uFEFF').Split('\n'))
        {
            var cells = CellsOf(line.TrimEnd('\r'));
            if (cells[0].Length == 0 || (devices.Count == 0 && cells[0].Equals("id", StringComparison.OrdinalIgnoreCase)))
                continue;
            devices.Add(new DeviceToAdd(cells[0], cells.Count > 1 && cells[1].Length > 0 ? cells[1] : null));
        }
        return devices;
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
