namespace FieldCrm.Hub.Supervision;

/// <summary>
/// An instance's database for a command that works without a server: where the cluster is down it is started for the
/// duration and stopped again; where an instance runs, its PostgreSQL is used as it is.
/// </summary>
internal sealed class OfflineSession : IAsyncDisposable
{
    private readonly InstanceLock? _lock;
    private readonly Postmaster? _started;

    private OfflineSession(InstanceDatabase database, InstanceLock? held, Postmaster? started)
    {
        Database = database;
        _lock = held;
        _started = started;
    }

    public InstanceDatabase Database { get; }

    /// <exception cref="StartRefusedException">Among others <c>instance.none</c>: nothing was ever started in DIR.</exception>
    public static async Task<OfflineSession> OpenAsync(
        InstancePaths paths, TimeProvider time, Action<string> say, CancellationToken cancellationToken)
    {
        var account = Account.ForChildren(paths.Cluster, say);
        var instance = Instance.Read(paths);
        if (instance is null && ExternalDatabase.FromEnvironment() is null)
        {
            throw new StartRefusedException("instance.none",
                $"There is no instance in {paths.Directory}: ./run makes one, or --data DIR names another.");
        }
        if (instance is null)
        {
            // A database of somebody else's is migrated before the first start: make what holds its passwords.
            InstanceSetup.MakeDirectory(paths, account, say);
            instance = InstanceSetup.Configure(paths, new RunOptions(), account, say);
            InstanceSecrets.ReadOrCreate(paths, account);
        }
        var database = new InstanceDatabase(paths, instance, InstanceSecrets.Read(paths), account, time, say);
        var held = InstanceLock.TryTake(paths.Lock, account);
        if (held is null || database.Cluster is not { } cluster || Postmaster.Find(paths.Cluster, time) is not null)
            return new OfflineSession(database, held, started: null);
        try
        {
            DiskSpace.Require(paths.Directory);
            await cluster.InitialiseAsync(cancellationToken);
            return new OfflineSession(database, held, await cluster.StartAsync(cancellationToken));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_started is not null)
            await Database.Cluster!.StopAsync(_started);
        _lock?.Dispose();
    }
}
