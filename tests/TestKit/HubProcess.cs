using System.Diagnostics;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.TestKit;

/// <summary>
/// The real executable on a directory of its own, as an operator starts it (<c>run</c>): supervisor, server and PostgreSQL
/// as processes that a test may kill. Disposing ends all of them and removes the directory.
/// </summary>
public sealed class HubProcess : IAsyncDisposable
{
    /// <summary>A first start makes a cluster; a busy machine takes a while over it.</summary>
    public static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(90);

    private readonly Watchdog _watchdog;
    private readonly List<string> _lines = [];
    private Process? _supervisor;

    public HubProcess(string? directory = null)
    {
        Directory = directory ?? TemporaryDirectory.Create("hub");
        _watchdog = Watchdog.Over(Directory);
    }

    public string Directory { get; }

    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Whether the demonstration fleet drives; tests count what they send themselves.</summary>
    public bool DrivesDemo { get; init; }

    public int SupervisorId => _supervisor!.Id;

    public int ServerId => InstanceLock.Holder(Paths.ServerLock) ?? 0;

    public int PostmasterId => Postmaster.Find(Paths.Cluster, TimeProvider.System)?.ProcessId ?? 0;

    public Guid InstanceId => Instance.Read(Paths)!.Id;

    public Uri Address => new(Instance.Read(Paths)!.Address);

    /// <summary>What the operator has read so far, standard output and error together.</summary>
    public string Output
    {
        get
        {
            lock (_lines)
                return string.Join('\n', _lines);
        }
    }

    private InstancePaths Paths => new(Directory);

    /// <summary>Starts <c>run</c>; may be called again after the supervisor ended or was killed.</summary>
    public void Start(params string[] options)
    {
        lock (_lines)
            _lines.Clear();
        _supervisor = StartVerb(["run", "--data", Directory, .. DrivesDemo ? Array.Empty<string>() : ["--no-demo"], .. options]);
        _supervisor.OutputDataReceived += Keep;
        _supervisor.ErrorDataReceived += Keep;
        _supervisor.BeginOutputReadLine();
        _supervisor.BeginErrorReadLine();

        void Keep(object sender, DataReceivedEventArgs line)
        {
            lock (_lines)
            {
                if (line.Data is not null)
                    _lines.Add(line.Data);
            }
        }
    }

    public Task StartReadyAsync(params string[] options)
    {
        Start(options);
        return SaysAsync("ready http", StartDeadline);
    }

    /// <summary>Waits until a line begins so; fails at once when the supervisor ended without it.</summary>
    public Task SaysAsync(string beginning, TimeSpan deadline) => Eventually.TrueAsync(
        () =>
        {
            lock (_lines)
            {
                if (_lines.Any(l => l.StartsWith(beginning, StringComparison.Ordinal)))
                    return true;
            }
            return _supervisor!.HasExited ? throw new InvalidOperationException($"ended early: {Output}") : false;
        },
        deadline, () => Output);

    /// <summary>True when /health/ready says so.</summary>
    public async Task<bool> IsReadyAsync()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        try
        {
            using var answer = await http.GetAsync(new Uri(Address, "/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception failed) when (failed is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    /// <summary>kill -9 of one process, by its id.</summary>
    public static void Kill(int processId) => Native.Signal(processId, Native.Kill);

    public static bool IsAlive(int processId) => System.IO.Directory.Exists($"/proc/{processId}")
        && !File.ReadAllText($"/proc/{processId}/stat").Contains(") Z ", StringComparison.Ordinal);

    /// <summary>What Ctrl-C or a service manager does.</summary>
    public void AskToStop() => Native.Signal(SupervisorId, Native.Terminate);

    public async Task<int> ExitedAsync(TimeSpan deadline)
    {
        using var bounded = new CancellationTokenSource(deadline);
        await _supervisor!.WaitForExitAsync(bounded.Token);
        return _supervisor.ExitCode;
    }

    /// <summary>Runs another verb to its end on this directory.</summary>
    public async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var process = StartVerb([.. arguments, "--data", Directory]);
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await error);
    }

    /// <summary>Starts a verb that the test may kill; its output is for the test to read.</summary>
    public Process StartVerb(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "FieldCrm.Hub.dll"), .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment.Remove(ExternalDatabase.Variable);
        start.Environment.Remove(InstancePaths.HomeVariable);
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public async ValueTask DisposeAsync()
    {
        await _watchdog.DisposeAsync();
        _supervisor?.Dispose();
    }
}
