using Npgsql;

namespace FieldCrm.Silo.Storage;

/// <summary>
/// The process's connection pools, a role each. <see cref="Silo"/> is for grains and their workers only; requests
/// read through <see cref="Api"/>, where row security applies.
/// </summary>
public sealed class FieldCrmDatabase : IAsyncDisposable
{
    /// <summary>Deliveries of the outbox mark their end one by one, and a worker of each other kind has one.</summary>
    private const int WorkPoolSize = 12;

    public FieldCrmDatabase(DatabaseAddresses addresses)
        : this(addresses, StatementLimits.Write)
    {
    }

    /// <summary>With another limit of <see cref="Work"/>: a test of size has it scaled down with the size.</summary>
    internal FieldCrmDatabase(DatabaseAddresses addresses, TimeSpan workLimit)
    {
        Api = Build(addresses.Api, spatial: true);
        Silo = Build(Limited(addresses.Silo, StatementLimits.Read), spatial: false);
        Work = Build(Limited(addresses.Silo, workLimit, WorkPoolSize), spatial: false);
        Owner = addresses.Owner is { } owner ? Build(owner, spatial: false) : null;
    }

    public NpgsqlDataSource Api { get; }

    /// <summary>Lanes, and what grains and workers read; a statement ends after <see cref="StatementLimits.Read"/>.</summary>
    public NpgsqlDataSource Silo { get; }

    /// <summary>The same role, for what writes beside the lanes; a statement ends after <see cref="StatementLimits.Write"/>.</summary>
    public NpgsqlDataSource Work { get; }

    /// <summary>Retention's DETACH only; null in a process that was not given the owner's secret.</summary>
    public NpgsqlDataSource? Owner { get; }

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        await Silo.DisposeAsync();
        await Work.DisposeAsync();
        if (Owner is not null)
            await Owner.DisposeAsync();
    }

    /// <summary>The limit goes along when a session begins, and RESET on its way back to the pool returns to it.</summary>
    private static string Limited(string address, TimeSpan limit, int? maxPoolSize = null)
    {
        var limited = new NpgsqlConnectionStringBuilder(address)
        {
            CommandTimeout = (int)(limit + StatementLimits.Grace).TotalSeconds,
        };
        limited.Options = $"{limited.Options} -c statement_timeout={(int)limit.TotalMilliseconds}".TrimStart();
        if (maxPoolSize is { } size)
            limited.MaxPoolSize = size;
        return limited.ConnectionString;
    }

    private static NpgsqlDataSource Build(string address, bool spatial)
    {
        var builder = new NpgsqlDataSourceBuilder(address);
        builder.ConnectionStringBuilder.MaxAutoPrepare = 64; // the lanes' and look-ups' statements are few and hot
        if (spatial)
            builder.UseNetTopologySuite();
        return builder.Build();
    }
}
