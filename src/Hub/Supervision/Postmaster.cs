using System.Diagnostics;
using System.Globalization;

namespace FieldCrm.Hub.Supervision;

/// <summary>A live PostgreSQL of our data directory: started by us, or adopted from a supervisor that died.</summary>
internal sealed class Postmaster
{
    private readonly string _dataDirectory;
    private readonly TimeProvider _time;
    private readonly Process? _child;

    public Postmaster(int processId, string dataDirectory, TimeProvider time, Process? child)
    {
        ProcessId = processId;
        _dataDirectory = dataDirectory;
        _time = time;
        _child = child;
    }

    public int ProcessId { get; }

    public bool IsAdopted => _child is null;

    /// <summary>Still this cluster's; a child that has ended counts as gone even before it is reaped.</summary>
    public bool IsAlive => _child is { HasExited: true } ? false
        : _child is not null || ProcessTable.WorksIn(ProcessId, _dataDirectory);

    /// <summary>The live postmaster of a data directory, proven by its working directory; null when there is none.</summary>
    public static Postmaster? Find(string dataDirectory, TimeProvider time) =>
        ReadPidFile(dataDirectory) is { Length: > 0 } lines
        && int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        && ProcessTable.WorksIn(id, dataDirectory)
            ? new Postmaster(id, dataDirectory, time, child: null)
            : null;

    /// <summary>True once it accepts connections (it says so itself in line 8 of its pid file).</summary>
    public bool IsReady => ReadPidFile(_dataDirectory) is { Length: >= 8 } lines
        && lines[0] == ProcessId.ToString(CultureInfo.InvariantCulture)
        && lines[7].Trim() == "ready";

    /// <summary>The port in use, from line 4 of the pid file.</summary>
    public int? Port => ReadPidFile(_dataDirectory) is { Length: >= 4 } lines && int.TryParse(lines[3], out var port) ? port : null;

    public async Task ExitedAsync(CancellationToken cancellationToken)
    {
        if (_child is not null)
        {
            await _child.WaitForExitAsync(cancellationToken);
            return;
        }
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100), _time);
        while (IsAlive)
            await tick.WaitForNextTickAsync(cancellationToken);
    }

    private static string[]? ReadPidFile(string dataDirectory)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(dataDirectory, "postmaster.pid"));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
