using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace FieldCrm.Hub.Supervision;

/// <summary>
/// One life of the server (<c>serve</c>) as a child. Its standard input is a pipe from us that never carries anything:
/// when we die it ends, and the server drains. Its output goes to the bounded log file.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    /// <summary>What was accepted is finished within this; then the process is ended.</summary>
    public static readonly TimeSpan DrainDeadline = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly TimeProvider _time;

    private ServerProcess(Process process, TimeProvider time)
    {
        _process = process;
        _time = time;
    }

    public int ProcessId => _process.Id;

    public int ExitCode => _process.ExitCode;

    public static ServerProcess Start(InstancePaths paths, Account? account, LogFile log, TimeProvider time)
    {
        PrivateFile.MakeDirectory(paths.Temporary, account);
        var start = ChildCommand.Create(account, paths.Directory, Environment.ProcessPath!,
            [Path.Combine(AppContext.BaseDirectory, "FieldCrm.Hub.dll"), "serve", "--supervised", "--data", paths.Directory]);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        // A killed process leaves its diagnostics socket behind: in DIR, not in everybody's /tmp.
        start.Environment["TMPDIR"] = paths.Temporary;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new ServerProcess(process, time);

        void Append(string? line)
        {
            if (line is not null)
                log.Append(line);
        }
    }

    public Task ExitedAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    /// <summary>True when the server says that it serves; false when it ended before.</summary>
    public async Task<bool> ReadyAsync(string address, Action<string> say, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(2) };
        var started = _time.GetTimestamp();
        var said = TimeSpan.Zero;
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(25), _time);
        while (!_process.HasExited)
        {
            if (await AnswersAsync(http, cancellationToken))
                return true;
            var waited = _time.GetElapsedTime(started);
            if (waited - said > Heartbeat)
            {
                said = waited;
                say(string.Create(CultureInfo.InvariantCulture, $"waiting for the server ({waited.TotalSeconds:0} s)"));
            }
            await tick.WaitForNextTickAsync(cancellationToken);
        }
        return false;
    }

    /// <summary>Asks it to drain and waits; ends it when it takes too long.</summary>
    public async Task StopAsync(Action<string> say)
    {
        if (_process.HasExited)
            return;
        Native.Signal(_process.Id, Native.Terminate);
        using var deadline = new CancellationTokenSource(DrainDeadline, _time);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            say($"the server did not drain within {DrainDeadline.TotalSeconds:0} s: ending it");
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }
    }

    public void Dispose() => _process.Dispose();

    private static async Task<bool> AnswersAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
