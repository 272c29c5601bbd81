using System.Diagnostics;

namespace FieldCrm.Hub.Supervision;

/// <summary>
/// Keeps the demonstration fleet (<c>demo</c>) running beside the server, from its first answer on. The fleet is a client like
/// any other: nothing waits for it, and when it fails for good the product goes on without it.
/// </summary>
internal sealed class DemoProcess(InstancePaths paths, Account? account, TimeProvider time, Action<string> say)
{
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(5);

    private readonly RestartPolicy _policy = new();

    /// <summary>Returns when stopped, when the fleet has nothing to do, or when it failed too often.</summary>
    public async Task KeepAsync(CancellationToken stop)
    {
        PrivateFile.MakeDirectory(paths.Demo, account);
        using var log = new LogFile(paths.DemoLog, account);
        while (!stop.IsCancellationRequested)
        {
            var began = time.GetTimestamp();
            using var fleet = Start(log);
            try
            {
                await fleet.WaitForExitAsync(stop);
            }
            catch (OperationCanceledException)
            {
                await StopAsync(fleet);
                return;
            }
            if (fleet.ExitCode == ExitCode.Ok)
                return;
            var reason = log.LastLine is { } line ? $", last said: {line}" : "";
            // A fleet that never got as far as a minute has not served.
            var ran = time.GetElapsedTime(began);
            if (_policy.AfterEnd(ran >= TimeSpan.FromMinutes(1) ? ran : null) is not { } pause)
            {
                say($"the demonstration fleet failed {RestartPolicy.FailuresBeforeGivingUp} times and stays parked (exit code {fleet.ExitCode}{reason})");
                return;
            }
            try
            {
                await Task.Delay(pause, time, stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private Process Start(LogFile log)
    {
        var start = ChildCommand.Create(account, paths.Directory, Environment.ProcessPath!,
            [Path.Combine(AppContext.BaseDirectory, "FieldCrm.Hub.dll"), "demo", "--supervised", "--data", paths.Directory]);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment["TMPDIR"] = paths.Temporary;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data, isForPeople: true);
        process.ErrorDataReceived += (_, line) => Keep(line.Data, isForPeople: false);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void Keep(string? line, bool isForPeople)
        {
            if (line is null)
                return;
            log.Append(line);
            if (isForPeople)
                say(line);
        }
    }

    private async Task StopAsync(Process fleet)
    {
        if (!fleet.HasExited)
            Native.Signal(fleet.Id, Native.Terminate);
        using var deadline = new CancellationTokenSource(StopDeadline, time);
        try
        {
            await fleet.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            fleet.Kill();
            await fleet.WaitForExitAsync(CancellationToken.None);
        }
    }
}
