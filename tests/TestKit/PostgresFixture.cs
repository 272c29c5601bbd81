using FieldCrm.Hub.Supervision;
using FieldCrm.Silo.Storage;
using Npgsql;

namespace FieldCrm.TestKit;

/// <summary>
/// One real PostgreSQL for all tests of a process, made by the product's own cluster code, with a migrated template
/// database that each test class copies (<see cref="CreateDatabaseAsync"/>). A watchdog outside this process ends it and
/// removes its files as soon as this process is gone, however it went.
/// </summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    private const string Template = "fieldcrm_template";

    private static readonly Lazy<Task<PostgresFixture>> Shared = new(StartAsync);
    private static int _databases;

    private readonly DatabasePasswords _passwords;
    private readonly int _port;
    private readonly Watchdog _watchdog;
    private readonly PostgresCluster _cluster;

    private PostgresFixture(
        int port, string directory, string superuserPassword, DatabasePasswords passwords, Watchdog watchdog,
        PostgresCluster cluster)
    {
        _cluster = cluster;
        _port = port;
        _watchdog = watchdog;
        Directory = directory;
        _passwords = passwords;
        SuperuserAddress = DatabaseBootstrap.SuperuserAddress("127.0.0.1", port, superuserPassword, "postgres");
    }

    /// <summary>The temporary instance directory; its cluster lies in <c>postgres</c>.</summary>
    public string Directory { get; }

    /// <summary>For what only a superuser may do; tests of the product use the roles' addresses.</summary>
    public string SuperuserAddress { get; }

    /// <summary>The process' one cluster, started by the first who asks.</summary>
    public static Task<PostgresFixture> SharedAsync() => Shared.Value;

    /// <summary>A cluster for one test that kills it or changes its roles; dispose of it.</summary>
    public static Task<PostgresFixture> OwnAsync() => StartAsync();

    /// <summary>For an own cluster; the shared one goes with the process.</summary>
    public ValueTask DisposeAsync() => _watchdog.DisposeAsync();

    /// <summary>A database of its own, migrated, empty. Dropped with the cluster.</summary>
    public async Task<DatabaseAddresses> CreateDatabaseAsync(CancellationToken cancellationToken = default)
    {
        var name = $"t{Interlocked.Increment(ref _databases)}";
        await using var connection = new NpgsqlConnection(SuperuserAddress);
        await connection.OpenAsync(cancellationToken);
        await using var copy = new NpgsqlCommand(
            $"CREATE DATABASE {name} TEMPLATE {Template} OWNER {RoleSql.Owner}", connection);
        await copy.ExecuteNonQueryAsync(cancellationToken);
        // Rights on a database are not copied with its template.
        await using var grant = new NpgsqlCommand(
            $"GRANT CONNECT ON DATABASE {name} TO {RoleSql.Api}, {RoleSql.Silo}", connection);
        await grant.ExecuteNonQueryAsync(cancellationToken);
        return DatabaseAddresses.For("127.0.0.1", _port, name, _passwords);
    }

    /// <summary>With the roles and extensions and no schema of ours: for a test that migrates it itself.</summary>
    public async Task<DatabaseAddresses> CreateEmptyDatabaseAsync(CancellationToken cancellationToken = default)
    {
        var name = $"t{Interlocked.Increment(ref _databases)}";
        await DatabaseBootstrap.EnsureAsync(SuperuserAddress, name, _passwords, cancellationToken);
        return DatabaseAddresses.For("127.0.0.1", _port, name, _passwords);
    }

    /// <summary>Ends an own cluster's server as <c>kill -9</c> does; its backends go when they notice.</summary>
    public void Kill()
    {
        if (Postmaster.Find(new InstancePaths(Directory).Cluster, TimeProvider.System) is { } postmaster)
            Native.Signal(postmaster.ProcessId, Native.Kill);
    }

    /// <summary>Starts an own cluster again, on the port it had.</summary>
    public Task StartAgainAsync() => _cluster.StartAsync(CancellationToken.None);

    private static async Task<PostgresFixture> StartAsync()
    {
        var account = TemporaryDirectory.Account;
        var directory = TemporaryDirectory.Create("pg");
        var watchdog = Watchdog.Over(directory);
        var paths = new InstancePaths(directory);
        PrivateFile.MakeDirectory(paths.Logs, account);
        var port = Ports.PickFree();
        var superuser = Guid.NewGuid().ToString("N");
        var passwords = new DatabasePasswords(
            Guid.NewGuid().ToString("N"), Guid.NewGuid().ToString("N"), Guid.NewGuid().ToString("N"));
        var cluster = new PostgresCluster(
            new ClusterOptions
            {
                DataDirectory = paths.Cluster, LogDirectory = paths.Logs, Port = port,
                SuperuserPassword = superuser, Account = account, Disposable = true,
            },
            TimeProvider.System, _ => { });
        await cluster.InitialiseAsync(CancellationToken.None);
        await cluster.StartAsync(CancellationToken.None);

        var fixture = new PostgresFixture(port, directory, superuser, passwords, watchdog, cluster);
        await DatabaseBootstrap.EnsureAsync(fixture.SuperuserAddress, Template, passwords, CancellationToken.None);
        var template = DatabaseAddresses.For("127.0.0.1", port, Template, passwords);
        // A template that somebody is connected to cannot be copied: no connection may stay in a pool.
        var unpooled = new NpgsqlConnectionStringBuilder(template.Owner) { Pooling = false }.ConnectionString;
        await Migrator.MigrateAsync(template with { Owner = unpooled }, CancellationToken.None);
        return fixture;
    }
}
