using System.Globalization;

namespace FieldCrm.LoadTests.Processes;

/// <summary>What /proc says of processes: whose they are and what they cost.</summary>
internal static class ProcessFiles
{
    private const double TicksPerSecond = 100; // USER_HZ, the same on every Linux that .NET runs on

    public static bool WorksIn(int processId, string directory)
    {
        try
        {
            return Directory.ResolveLinkTarget($"/proc/{processId}/cwd", returnFinalTarget: false)?.FullName == directory;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public static bool IsAlive(int processId) => TryStat(processId, out var fields) && fields[0] is not ("Z" or "X");

    /// <summary>All processes that work in a directory or below it.</summary>
    public static IEnumerable<int> Under(string directory)
    {
        foreach (var id in All())
        {
            string? place = null;
            try
            {
                place = Directory.ResolveLinkTarget($"/proc/{id}/cwd", returnFinalTarget: false)?.FullName;
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
            }
            if (place == directory || place?.StartsWith(directory + "/", StringComparison.Ordinal) == true)
                yield return id;
        }
    }

    /// <summary>CPU seconds of one process so far.</summary>
    public static double CpuSeconds(int processId) => TryStat(processId, out var fields) ? Ticks(fields, 11, 2) / TicksPerSecond : 0;

    /// <summary>CPU seconds of a process, its living children and those it has seen end.</summary>
    public static double TreeCpuSeconds(int processId)
    {
        if (!TryStat(processId, out var own))
            return 0;
        var ticks = Ticks(own, 11, 4);
        var parent = processId.ToString(CultureInfo.InvariantCulture);
        foreach (var id in All())
        {
            if (TryStat(id, out var fields) && fields[1] == parent)
                ticks += Ticks(fields, 11, 4);
        }
        return ticks / TicksPerSecond;
    }

    /// <summary>Memory of a process that is in RAM, in KiB.</summary>
    public static long ResidentKib(int processId)
    {
        const string Label = "VmRSS:";
        var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith(Label, StringComparison.Ordinal));
        return long.Parse(line[Label.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    }

    private static IEnumerable<int> All()
    {
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                yield return id;
        }
    }

    private static double Ticks(string[] fields, int from, int count)
    {
        double sum = 0;
        for (var i = from; i < from + count; i++)
            sum += double.Parse(fields[i], CultureInfo.InvariantCulture);
        return sum;
    }

    // proc(5): "pid (name) state ppid …"; the name may hold anything, so everything is counted from its last bracket.
    private static bool TryStat(int processId, out string[] fieldsFromState)
    {
        try
        {
            var line = File.ReadAllText($"/proc/{processId}/stat");
            fieldsFromState = line[(line.LastIndexOf(')') + 2)..].Split(' ');
            return true;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            fieldsFromState = [];
            return false;
        }
    }
}
