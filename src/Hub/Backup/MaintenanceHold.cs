using System.Globalization;
using System.Text;
using FieldCrm.Hub.Cli;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Backup;

/// <summary>
/// Keeps the server down and PostgreSQL up: DIR/maintenance holds the supervisor, and the server's own lock keeps any
/// other server out. When we die the lock goes with us and the file stays, so the server stays down until somebody looks.
/// </summary>
internal sealed class MaintenanceHold : IDisposable
{
    /// <summary>The server drains within 20 s, or is ended.</summary>
    private static readonly TimeSpan DrainDeadline = TimeSpan.FromSeconds(30);

    private const string Restore = "restore";

    private readonly InstancePaths _paths;
    private readonly InstanceLock _server;

    private MaintenanceHold(InstancePaths paths, InstanceLock server) => (_paths, _server) = (paths, server);

    /// <exception cref="StartRefusedException">
    /// <c>server.none</c>: no server runs, and none is held for maintenance; <c>maintenance.no-drain</c>
    /// </exception>
    public static async Task<MaintenanceHold> EnterAsync(
        InstancePaths paths, OperatorClient client, TimeProvider time, CancellationToken cancellationToken)
    {
        var account = Account.ForChildren(paths.Cluster, _ => { });
        var isHeldAlready = File.Exists(paths.Maintenance);
        if (isHeldAlready && InstanceLock.TryTake(paths.ServerLock, account) is { } left)
        {
            Declare(paths, account); // an earlier restore was killed: this one is the holder now
            return new MaintenanceHold(paths, left);
        }
        try
        {
            Declare(paths, account);
            await client.PostAsync("maintenance", cancellationToken);
            return new MaintenanceHold(paths, await DrainedAsync(paths, account, time, cancellationToken));
        }
        catch
        {
            if (!isHeldAlready)
                File.Delete(paths.Maintenance);
            throw;
        }
    }

    /// <summary>True when the restore that made DIR/maintenance is gone and has left it behind.</summary>
    public static bool WasAbandoned(InstancePaths paths)
    {
        try
        {
            return File.ReadAllText(paths.Maintenance).TrimEnd().Split(' ') is [Restore, var id]
                && int.TryParse(id, CultureInfo.InvariantCulture, out var process) && !ProcessTable.HasArgument(process, Restore);
        }
        catch (IOException)
        {
            return false; // removed meanwhile
        }
    }

    /// <summary>The supervisor starts the server again.</summary>
    public void Dispose()
    {
        _server.Dispose();
        File.Delete(_paths.Maintenance);
    }

    private static void Declare(InstancePaths paths, Account? account) => PrivateFile.Write(
        paths.Maintenance, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Restore} {Environment.ProcessId}\n")), account);

    private static async Task<InstanceLock> DrainedAsync(
        InstancePaths paths, Account? account, TimeProvider time, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100), time);
        while (true)
        {
            if (InstanceLock.TryTake(paths.ServerLock, account) is { } taken)
                return taken;
            if (time.GetElapsedTime(since) > DrainDeadline)
                throw new StartRefusedException("maintenance.no-drain", $"The server did not stop within {DrainDeadline.TotalSeconds:0} s: see {paths.ServerLog}.");
            await tick.WaitForNextTickAsync(cancellationToken);
        }
    }
}
