using FieldCrm.Silo.Storage;
using Npgsql;

namespace FieldCrm.Hub.Supervision;

/// <summary>
/// The database of an instance, whichever kind: its private cluster, or the server that FIELDCRM_DATABASE names.
/// </summary>
internal sealed class InstanceDatabase
{
    private readonly InstanceSecrets _secrets;
    private readonly Instance _instance;
    private readonly ExternalDatabase? _external;

    /// <exception cref="StartRefusedException"><c>database.address-missing</c></exception>
    public InstanceDatabase(
        InstancePaths paths, Instance instance, InstanceSecrets secrets, Account? account, TimeProvider time, Action<string> say)
    {
        _secrets = secrets;
        _instance = instance;
        _external = ExternalDatabase.FromEnvironment();
        if (_external is null && instance.OutsideDatabase)
        {
            throw new StartRefusedException("database.address-missing",
                $"The database of {paths.Directory} is on a server of its own: set {ExternalDatabase.Variable} as it was at the first start.");
        }
        Cluster = _external is not null ? null : new PostgresCluster(
            new ClusterOptions
            {
                DataDirectory = paths.Cluster,
                LogDirectory = paths.Logs,
                Port = instance.PostgresPort,
                SuperuserPassword = secrets.Superuser,
                Account = account,
            },
            time, say);
    }

    /// <summary>Null with a database of somebody else's.</summary>
    public PostgresCluster? Cluster { get; }

    public DatabaseAddresses Addresses => _external?.Addresses(_secrets.Passwords)
        ?? DatabaseAddresses.For("127.0.0.1", _instance.PostgresPort, DatabaseBootstrap.Database, _secrets.Passwords);

    /// <summary>Roles, database, extensions, durable settings, schema: everything the server relies on.</summary>
    /// <exception cref="StartRefusedException">Among others <c>postgres.not-durable</c>, <c>database.too-new</c>, <c>database.other-folder</c>.</exception>
    /// <param name="adopt">Take the database over from the data folder that it belongs to.</param>
    public async Task PrepareAsync(TextWriter administratorSql, bool adopt, CancellationToken cancellationToken)
    {
        if (_external is not null)
        {
            if (!adopt) // before anything is changed: the passwords of its roles are in the other folder
                await RequireOursAsync(cancellationToken);
            await _external.EnsureAsync(_secrets.Passwords, administratorSql, cancellationToken);
        }
        else
        {
            var superuser = DatabaseBootstrap.SuperuserAddress("127.0.0.1", _instance.PostgresPort, _secrets.Superuser, "postgres");
            await DatabaseBootstrap.EnsureAsync(superuser, DatabaseBootstrap.Database, _secrets.Passwords, cancellationToken);
        }
        await DatabaseBootstrap.RequireDurabilityAsync(Addresses.Silo, cancellationToken);
        try
        {
            await Migrator.MigrateAsync(Addresses, cancellationToken);
        }
        catch (SchemaTooNewException newer)
        {
            throw new StartRefusedException("database.too-new", newer.Message);
        }
        // A private cluster lies in the data folder and goes wherever that goes.
        await DatabaseClaim.TakeAsync(Addresses.Owner!, _instance.Id, adopt || _external is null, cancellationToken);
    }

    /// <summary>Whether what the server commits is durable, as its own sessions see it: asked before each start of the server.</summary>
    /// <exception cref="StartRefusedException"><c>postgres.not-durable</c></exception>
    public async Task RequireDurabilityAsync(CancellationToken cancellationToken)
    {
        try
        {
            await DatabaseBootstrap.RequireDurabilityAsync(Addresses.Silo, cancellationToken);
        }
        catch (NpgsqlException)
        {
            // PostgreSQL is away just now. The server waits for it and commits nothing meanwhile.
        }
    }

    /// <summary>Whether another data folder has taken the database: asked before each start of the server.</summary>
    /// <exception cref="StartRefusedException"><c>database.other-folder</c></exception>
    public async Task RequireOursAsync(CancellationToken cancellationToken)
    {
        if (_external is not null && await _external.HolderAsync(cancellationToken) is { } holder && holder != _instance.Id)
            throw DatabaseClaim.Refused(holder);
    }
}
