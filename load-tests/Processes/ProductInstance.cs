using System.Diagnostics;
using Npgsql;

namespace FieldCrm.LoadTests.Processes;

/// <summary>
/// A product of our own: the real program under its real supervisor in a temporary directory, on loopback. Ended and
/// removed with this object; a watchdog outside this process does it should this process be killed.
/// </summary>
internal sealed class ProductInstance : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(60);
    private const int KeptLogLines = 20;

    // Ends whatever works in the directory, by id, then removes it; runs when our end of the pipe closes.
    private const string Watchdog = """
        exec >/dev/null 2>&1
        cat >/dev/null
        kill -TERM "$2"
        tries=0
        while kill -0 "$2" && [ "$tries" -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done
        for entry in /proc/[0-9]*; do
          case "$(readlink "$entry/cwd")" in "$1" | "$1"/*) kill -KILL "${entry#/proc/}" ;; esac
        done
        rm -rf "$1"
        """;

    private readonly Process _supervisor;
    private readonly Process _watchdog;
    private readonly Lines _said;

    private ProductInstance(string directory, Process supervisor, Process watchdog, Lines said)
    {
        Files = new InstanceFiles(directory);
        _supervisor = supervisor;
        _watchdog = watchdog;
        _said = said;
    }

    public InstanceFiles Files { get; }

    /// <summary>Arm a failpoint by a file <c>NAME.arm</c> here.</summary>
    public string FailpointDirectory => FailpointsIn(Files.Directory);

    /// <summary>Reads everything; the comparison's and the baseline's own eyes, never the product's.</summary>
    public NpgsqlDataSource Database { get; private set; } = null!;

    /// <param name="withFailpoints">So that it can be held at named places; looking for them costs time at each.</param>
    public static async Task<ProductInstance> StartAsync(bool withFailpoints, CancellationToken cancellationToken)
    {
        var directory = Path.Combine(Path.GetTempPath(), $"fieldcrm-bench-{Guid.NewGuid():N}");
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var start = ProductCommand.Create("run", "--data", directory, "--no-demo");
        if (withFailpoints)
            start.Environment["FIELDCRM_FAILPOINTS"] = FailpointsIn(directory);
        else
            start.Environment.Remove("FIELDCRM_FAILPOINTS");
        start.Environment.Remove("FIELDCRM_DATABASE");
        var supervisor = Process.Start(start)!;
        var said = new Lines();
        supervisor.OutputDataReceived += (_, line) => said.Add(line.Data);
        supervisor.ErrorDataReceived += (_, line) => said.Add(line.Data);
        supervisor.BeginOutputReadLine();
        supervisor.BeginErrorReadLine();
        var instance = new ProductInstance(directory, supervisor, StartWatchdog(directory, supervisor.Id), said);
        try
        {
            await instance.ReadyAsync(cancellationToken);
            return instance;
        }
        catch
        {
            await instance.DisposeAsync();
            throw;
        }
    }

    public int ServerProcessId =>
        Files.ServerProcessId ?? throw new InvalidOperationException($"No server runs. The supervisor said: {_said.Tail}");

    public int PostmasterProcessId =>
        Files.PostmasterProcessId ?? throw new InvalidOperationException($"No PostgreSQL runs. The supervisor said: {_said.Tail}");

    public async ValueTask DisposeAsync()
    {
        if (Database is not null)
            await Database.DisposeAsync();
        if (!_supervisor.HasExited)
        {
            Signals.AskToEnd(_supervisor.Id);
            using var deadline = new CancellationTokenSource(StopDeadline);
            try
            {
                await _supervisor.WaitForExitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                Signals.KillAtOnce(_supervisor.Id);
            }
        }
        foreach (var left in ProcessFiles.Under(Files.Directory).ToArray())
            Signals.KillAtOnce(left);
        _watchdog.StandardInput.Close();
        await _watchdog.WaitForExitAsync();
        _watchdog.Dispose();
        _supervisor.Dispose();
    }

    private async Task ReadyAsync(CancellationToken cancellationToken)
    {
        await Wait.UntilAsync(
            () => _supervisor.HasExited ? throw new InvalidOperationException($"The product did not start: {_said.Tail}\n{ServerLogTail()}") : _said.IsReady,
            StartDeadline, "the product is ready", cancellationToken);
        // The server runs as an account of its own and renames files here.
        Directory.CreateDirectory(FailpointDirectory);
        File.SetUnixFileMode(FailpointDirectory, (UnixFileMode)0b111_111_111);
        // Not pooled: a connection kept from before a kill would be a dead one.
        Database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(Files.Database.Owner!) { Pooling = false });
    }

    private string ServerLogTail() => File.Exists(Files.ServerLog)
        ? string.Join('\n', File.ReadLines(Files.ServerLog).TakeLast(KeptLogLines)) : "";

    private static string FailpointsIn(string directory) => Path.Combine(directory, "failpoints");

    private static Process StartWatchdog(string directory, int supervisor)
    {
        var start = new ProcessStartInfo(
            "setsid", ["sh", "-c", Watchdog, "sh", directory, supervisor.ToString(System.Globalization.CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
        };
        return Process.Start(start)!;
    }

    /// <summary>The newest lines of output, bounded.</summary>
    private sealed class Lines
    {
        private const int Kept = 12;

        private readonly Queue<string> _lines = new();

        public bool IsReady { get; private set; }

        public string Tail
        {
            get
            {
                lock (_lines)
                    return string.Join(" | ", _lines);
            }
        }

        public void Add(string? line)
        {
            if (line is null)
                return;
            lock (_lines)
            {
                _lines.Enqueue(line);
                if (_lines.Count > Kept)
                    _lines.Dequeue();
                IsReady |= line.StartsWith("ready ", StringComparison.Ordinal);
            }
        }
    }
}
