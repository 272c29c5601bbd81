using System.Diagnostics;
using System.Net;
using System.Text;

namespace FieldCrm.Hub.Supervision;

/// <summary>Where a private cluster lies and how it is run.</summary>
internal sealed record ClusterOptions
{
    public required string DataDirectory { get; init; }

    public required string LogDirectory { get; init; }

    public required int Port { get; init; }

    public required string SuperuserPassword { get; init; }

    public Account? Account { get; init; }

    /// <summary>A test's cluster may be lost with the machine: initdb then does not wait for the disk.</summary>
    public bool Disposable { get; init; }
}

/// <summary>
/// A PostgreSQL cluster of our own: made, started or adopted, and stopped. It runs detached from this process, so that a
/// killed supervisor takes no data base down; the next one finds it by its pid file and its working directory.
/// </summary>
internal sealed class PostgresCluster(ClusterOptions options, TimeProvider time, Action<string> say)
{
    public const string Superuser = "postgres";

    // Recovery after a crash replays at most max_wal_size; ten minutes are a very slow disk.
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    private string Data => options.DataDirectory;

    private string StartLog => Path.Combine(options.LogDirectory, "postgres-start.log");

    public bool Exists => File.Exists(Path.Combine(Data, "PG_VERSION"));

    /// <summary>Makes the cluster when there is none. A kill in the middle leaves nothing half: it is renamed at the end.</summary>
    public async Task InitialiseAsync(CancellationToken cancellationToken)
    {
        if (Exists)
            return;
        var installation = PostgresInstallation.Find(major: null);
        var draft = Data + ".new";
        Remove(draft);
        PrivateFile.MakeDirectory(options.LogDirectory, options.Account);
        PrivateFile.MakeDirectory(draft, options.Account);
        var passwordFile = Data + ".password";
        PrivateFile.Write(passwordFile, Encoding.ASCII.GetBytes(options.SuperuserPassword), options.Account);
        try
        {
            var output = Path.Combine(options.LogDirectory, "initdb.log");
            List<string> arguments =
            [
                "--pgdata", draft, "--username", Superuser, "--pwfile", passwordFile, "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions",
            ];
            if (options.Disposable)
                arguments.Add("--no-sync");
            using var initdb = Process.Start(ChildCommand.CreateDetached(
                options.Account, options.LogDirectory, output, installation.InitDb, arguments))!;
            await EndedAsync(initdb, cancellationToken);
            if (initdb.ExitCode != 0)
                throw Refused("postgres.initdb", "PostgreSQL's initdb failed", output);
        }
        finally
        {
            Remove(passwordFile);
        }
        WriteAsAccount(Path.Combine(draft, "pg_hba.conf"), PostgresConfiguration.HostBasedAuthentication);
        var configuration = Path.Combine(draft, "postgresql.conf");
        WriteAsAccount(configuration, ReadAsAccount(configuration) + PostgresConfiguration.Include);
        Directory.Move(draft, Data);
    }

    /// <summary>Adopts the live postmaster of this directory, or ends what a dead one left and starts a new one.</summary>
    public async Task<Postmaster> StartAsync(CancellationToken cancellationToken)
    {
        var postmaster = Postmaster.Find(Data, time);
        if (postmaster is null)
        {
            var installation = PostgresInstallation.Find(PostgresInstallation.MajorOf(Data));
            await EndLeftoversAsync(cancellationToken);
            if (!Ports.IsFree(IPAddress.Loopback, options.Port))
            {
                throw new StartRefusedException("postgres.port-taken",
                    $"Port {options.Port}, kept for this instance's PostgreSQL, is taken by another program: " +
                    "stop that program, or change postgresPort in instance.json.");
            }
            WriteAsAccount(
                Path.Combine(Data, PostgresConfiguration.OwnFile), PostgresConfiguration.Render(options.Port, options.LogDirectory));
            var child = Process.Start(ChildCommand.CreateDetached(
                options.Account, Data, StartLog, installation.Postgres, ["-D", Data]))!;
            postmaster = new Postmaster(child.Id, Data, time, child);
        }
        try
        {
            await ReadyAsync(postmaster, cancellationToken);
            return postmaster;
        }
        catch (OperationCanceledException)
        {
            await StopAsync(postmaster);
            throw;
        }
    }

    /// <summary>Fast shutdown: sessions are ended, a checkpoint is written. After a minute: immediate, which recovers.</summary>
    public async Task StopAsync(Postmaster postmaster)
    {
        if (!postmaster.IsAlive)
            return;
        Native.Signal(postmaster.ProcessId, Native.Interrupt);
        if (await ProcessTable.GoneAsync(() => !postmaster.IsAlive, TimeSpan.FromMinutes(1), time, CancellationToken.None))
            return;
        say("PostgreSQL did not stop within a minute: stopping it at once; it will recover at the next start");
        Native.Signal(postmaster.ProcessId, Native.Quit);
        await ProcessTable.GoneAsync(() => !postmaster.IsAlive, TimeSpan.FromSeconds(10), time, CancellationToken.None);
    }

    /// <summary>
    /// A killed postmaster's children still hold its shared memory and keep a new one from starting. Those proven to work
    /// in this data directory are ended, by id; most have noticed and are leaving.
    /// </summary>
    private async Task EndLeftoversAsync(CancellationToken cancellationToken)
    {
        var grace = TimeSpan.FromMilliseconds(200);
        if (!await ProcessTable.GoneAsync(() => ProcessTable.In(Data, "postgres").Length == 0, grace, time, cancellationToken))
        {
            foreach (var id in ProcessTable.In(Data, "postgres"))
                Native.Signal(id, Native.Kill);
            if (!await ProcessTable.GoneAsync(
                () => ProcessTable.In(Data, "postgres").Length == 0, TimeSpan.FromSeconds(10), time, cancellationToken))
            {
                throw new StartRefusedException("postgres.leftovers",
                    $"Processes of an earlier PostgreSQL in {Data} do not end: {string.Join(' ', ProcessTable.In(Data, "postgres"))}.");
            }
        }
        // Nothing works here any more, so the pid file is stale, even if its number is somebody's again.
        File.Delete(Path.Combine(Data, "postmaster.pid"));
    }

    private static async Task EndedAsync(Process process, CancellationToken cancellationToken)
    {
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    private async Task ReadyAsync(Postmaster postmaster, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var said = TimeSpan.Zero;
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20), time);
        while (!postmaster.IsReady)
        {
            if (!postmaster.IsAlive)
                throw Refused("postgres.start", "PostgreSQL did not start", StartLog);
            var waited = time.GetElapsedTime(started);
            if (waited > StartDeadline)
                throw Refused("postgres.start", "PostgreSQL was not ready within ten minutes", StartLog);
            if (waited - said > Heartbeat)
            {
                said = waited;
                say($"waiting for PostgreSQL ({waited.TotalSeconds:0} s)");
            }
            await tick.WaitForNextTickAsync(cancellationToken);
        }
    }

    private void Remove(string path)
    {
        using var identity = FileIdentity.Of(options.Account);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        else
            File.Delete(path);
    }

    private string ReadAsAccount(string path)
    {
        using var identity = FileIdentity.Of(options.Account);
        return File.ReadAllText(path);
    }

    private void WriteAsAccount(string path, string content) =>
        PrivateFile.Write(path, Encoding.UTF8.GetBytes(content), options.Account);

    private StartRefusedException Refused(string code, string what, string log)
    {
        var lines = File.Exists(log) ? File.ReadAllLines(log) : [];
        // Once its collector runs PostgreSQL no longer speaks to this log, so the disk is asked too.
        if (lines.Any(l => l.Contains("No space left on device", StringComparison.Ordinal)) || DiskSpace.FreeBytes(Data) < DiskWatch.OutBytes)
            return DiskSpace.Full(options.LogDirectory);
        var reason = lines.LastOrDefault(l => l.Contains("FATAL", StringComparison.Ordinal) || l.Contains("error", StringComparison.OrdinalIgnoreCase))
            ?? lines.LastOrDefault() ?? "it said nothing";
        return new StartRefusedException(code, $"{what}: {reason.Trim()} (log: {options.LogDirectory})");
    }
}
