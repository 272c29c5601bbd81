using System.Globalization;

namespace FieldCrm.Hub.Supervision;

/// <summary>
/// Whose a process is, proven by /proc/PID/cwd: PostgreSQL's processes work in their data directory, our server in DIR.
/// A process id from a file alone proves nothing, since ids are used again.
/// </summary>
internal static class ProcessTable
{
    public static bool WorksIn(int processId, string directory)
    {
        try
        {
            // A zombie's link cannot be read: it counts as gone, which it is.
            return Directory.ResolveLinkTarget($"/proc/{processId}/cwd", returnFinalTarget: false)?.FullName == directory;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Ids of the processes that run <paramref name="program"/> in <paramref name="directory"/>.</summary>
    public static int[] In(string directory, string program)
    {
        var found = new List<int>();
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && WorksIn(id, directory) && NameOf(id) == program)
                found.Add(id);
        }
        return [.. found];
    }

    /// <summary>True when every process is gone before the deadline.</summary>
    public static async Task<bool> GoneAsync(
        Func<bool> gone, TimeSpan deadline, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20), time);
        while (!gone())
        {
            if (time.GetElapsedTime(started) > deadline)
                return false;
            await tick.WaitForNextTickAsync(cancellationToken);
        }
        return true;
    }

    /// <summary>True while a process of that id has <paramref name="word"/> among its arguments; ids are used again.</summary>
    public static bool HasArgument(int processId, string word)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/cmdline").Split('\0').Contains(word, StringComparer.Ordinal);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string? NameOf(int processId)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/comm").TrimEnd('\n');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
