using FieldCrm.Silo.Storage;

namespace FieldCrm.Hub.Supervision;

/// <summary>
/// The database of an instance, whichever kind: its private cluster, or the server that FIELDCRM_DATABASE names.
/// </summary>
internal sealed class InstanceDatabase
{
    private readonly InstanceSecrets _secrets;
    private readonly Instance _instance;
    private readonly ExternalDatabase? _external;

    public InstanceDatabase(
        InstancePaths paths, Instance instance, InstanceSecrets secrets, Account? account, TimeProvider time, Action<string> say)
    {
        _secrets = secrets;
        _instance = instance;
        _external = ExternalDatabase.FromEnvironment();
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
    /// <exception cref="StartRefusedException">Among others <c>postgres.not-durable</c>, <c>database.too-new</c>.</exception>
    public async Task PrepareAsync(TextWriter administratorSql, CancellationToken cancellationToken)
    {
        if (_external is not null)
        {
            await _external.EnsureAsync(_secrets.Passwords, administratorSql, cancellationToken);
        }
        else
        {
            var superuser = DatabaseBootstrap.SuperuserAddress("127.0.0.1", _instance.PostgresPort, _secrets.Superuser, "postgres");
            await DatabaseBootstrap.EnsureAsync(superuser, DatabaseBootstrap.Database, _secrets.Passwords, cancellationToken);
        }
        await DatabaseBootstrap.RequireDurabilityAsync(Addresses.Owner!, cancellationToken);
        try
        {
            await Migrator.MigrateAsync(Addresses, cancellationToken);
        }
        catch (SchemaTooNewException newer)
        {
            throw new StartRefusedException("database.too-new", newer.Message);
        }
    }
}
