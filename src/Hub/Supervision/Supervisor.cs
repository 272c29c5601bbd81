using System.Globalization;
using FieldCrm.Hub.Backup;

namespace FieldCrm.Hub.Supervision;

/// <summary>
/// <c>run</c>: sets an instance up, then keeps its PostgreSQL and its server running until it is told to stop.
/// Stopping has an order: first the server drains, which needs the database; then PostgreSQL stops.
/// </summary>
internal sealed class Supervisor(InstancePaths paths, RunOptions options, TimeProvider time, TextWriter output)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    private readonly RestartPolicy _serverPolicy = new();
    private readonly RestartPolicy _postgresPolicy = new();
    private Postmaster? _postmaster;
    private readonly TaskCompletionSource _served = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _announced;

    /// <summary>Returns when <paramref name="stop"/> is cancelled and everything has stopped in order.</summary>
    /// <exception cref="StartRefusedException">The one line for the operator; everything started has been stopped.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        var account = Account.ForChildren(paths.Cluster, Say);
        InstanceSetup.MakeDirectory(paths, account, Say);
        using var held = InstanceSetup.TakeLock(paths, account);
        await LeftoverServer.GoneAsync(paths, account, time, Say, stop);
        InstanceSetup.EmptyTemporary(paths, account);
        DiskSpace.Require(paths.Directory);
        var instance = InstanceSetup.Configure(paths, options, account, Say);
        var certificate = new OperatorCertificate(paths, instance, account, time, Say);
        certificate.Take();
        var secrets = InstanceSecrets.ReadOrCreate(paths, account);
        var database = new InstanceDatabase(paths, instance, secrets, account, time, Say);
        try
        {
            if (database.Cluster is { } cluster)
                await StartPostgresAsync(cluster, stop);
            await AloudAsync("preparing the database", database.PrepareAsync(output, options.AdoptDatabase, stop));
            await KeepAsync(database, instance, certificate, account, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Say("stopped");
        }
        finally
        {
            if (_postmaster is { } running)
                await database.Cluster!.StopAsync(running);
        }
    }

    private async Task StartPostgresAsync(PostgresCluster cluster, CancellationToken stop)
    {
        if (!cluster.Exists)
            Say($"making the database in {paths.Cluster} (once)");
        await AloudAsync("making the database", cluster.InitialiseAsync(stop));
        _postmaster = await cluster.StartAsync(stop);
        if (_postmaster.IsAdopted)
            Say($"taking over the running PostgreSQL of this directory (process {_postmaster.ProcessId})");
    }

    /// <summary>Both loops run until stopped; when one gives up, the other is stopped in order and the line comes through.</summary>
    private async Task KeepAsync(
        InstanceDatabase database, Instance instance, OperatorCertificate certificate, Account? account, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var disk = new DiskWatch(paths.Directory, () => DiskSpace.FreeBytes(paths.Directory), time, Say);
        var postgres = database.Cluster is { } cluster
            ? KeepPostgresAsync(cluster, disk, ending.Token)
            : Task.Delay(Timeout.InfiniteTimeSpan, time, ending.Token);
        var server = KeepServerAsync(database, instance, account, disk, ending.Token);
        var watching = disk.WatchAsync(ending.Token);
        var renewing = certificate.WatchAsync(ending.Token);
        var demo = instance.Demo ? KeepDemoAsync(account, ending.Token) : Task.CompletedTask;
        var first = await Task.WhenAny(postgres, server, watching);
        await ending.CancelAsync();
        await Task.WhenAll(postgres, server, watching, renewing, demo)
            .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await first;
    }

    private async Task KeepPostgresAsync(PostgresCluster cluster, DiskWatch disk, CancellationToken stop)
    {
        var readySince = time.GetTimestamp();
        while (true)
        {
            await _postmaster!.ExitedAsync(stop);
            TimeSpan? served = time.GetElapsedTime(readySince);
            var reason = "it ended";
            while (true)
            {
                await disk.RoomAsync(stop);
                await PauseAsync("PostgreSQL", _postgresPolicy, served, reason, paths.Logs, stop);
                try
                {
                    _postmaster = await cluster.StartAsync(stop);
                    break;
                }
                catch (StartRefusedException refused)
                {
                    served = null;
                    reason = refused.Message;
                }
            }
            readySince = time.GetTimestamp();
            Say("PostgreSQL is back");
        }
    }

    private async Task KeepServerAsync(
        InstanceDatabase database, Instance instance, Account? account, DiskWatch disk, CancellationToken stop)
    {
        using var log = new LogFile(paths.ServerLog, account);
        while (true)
        {
            await MaintenanceOverAsync(stop);
            await disk.RoomAsync(stop);
            await database.RequireOursAsync(stop); // else a server that was fenced by another folder's fences it in turn
            await database.RequireDurabilityAsync(stop);
            using var server = ServerProcess.Start(paths, account, log, time);
            long? readySince = null;
            try
            {
                if (await server.ReadyAsync(instance.Address, Say, stop))
                {
                    readySince = time.GetTimestamp();
                    await AnnounceAsync(instance, stop);
                }
                await server.ExitedAsync(stop);
            }
            catch (OperationCanceledException)
            {
                await server.StopAsync(Say);
                throw;
            }
            if (server.ExitCode == ExitCode.Maintenance && File.Exists(paths.Maintenance))
                continue;
            TimeSpan? served = readySince is { } since ? time.GetElapsedTime(since) : null;
            var reason = $"exit code {server.ExitCode}{(log.LastLine is { } line ? $", last said: {line}" : "")}";
            await PauseAsync("the server", _serverPolicy, served, reason, paths.ServerLog, stop);
        }
    }

    private async Task KeepDemoAsync(Account? account, CancellationToken stop)
    {
        await _served.Task.WaitAsync(stop);
        await new DemoProcess(paths, account, time, Say).KeepAsync(stop);
    }

    private async Task MaintenanceOverAsync(CancellationToken stop)
    {
        if (!File.Exists(paths.Maintenance))
            return;
        Say($"held for maintenance until {paths.Maintenance} is removed");
        var abandoned = false;
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100), time);
        while (File.Exists(paths.Maintenance))
        {
            if (!abandoned && MaintenanceHold.WasAbandoned(paths))
            {
                abandoned = true;
                Say("a restore was interrupted: the database holds what was there before or the backup, each whole. Run " +
                    "./fieldcrm restore FILE again; or, to serve what is there, ./fieldcrm migrate and then remove the file");
            }
            await tick.WaitForNextTickAsync(stop);
        }
    }

    private async Task PauseAsync(
        string what, RestartPolicy policy, TimeSpan? served, string reason, string log, CancellationToken stop)
    {
        var pause = policy.AfterEnd(served);
        if (pause is null)
        {
            throw new StartRefusedException("supervisor.gave-up",
                $"{what} failed {RestartPolicy.FailuresBeforeGivingUp} times in a row ({reason}): see {log}, mend it and start again.");
        }
        Say(string.Create(CultureInfo.InvariantCulture, $"{what} ended ({reason}): starting it again{(pause == TimeSpan.Zero ? "" : $" in {pause.Value.TotalSeconds:0.##} s")}"));
        await Task.Delay(pause.Value, time, stop);
    }

    private async Task AnnounceAsync(Instance instance, CancellationToken stop)
    {
        if (_announced)
        {
            Say("the server is back");
            return;
        }
        _announced = true;
        var link = await SignInLink.RequestAsync(paths, instance, stop) ?? await SignInLink.RequestAsync(paths, instance, stop);
        foreach (var line in new Announcement(paths, instance).Lines(link))
            Say(line);
        _served.TrySetResult();
    }

    /// <summary>Says that it goes on: on a slow disk or a busy machine a silence would look like a hang.</summary>
    private async Task AloudAsync(string what, Task work)
    {
        while (await Task.WhenAny(work, Task.Delay(Heartbeat, time, CancellationToken.None)) != work)
            Say($"still {what}");
        await work;
    }

    private void Say(string line)
    {
        lock (output)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }
}
