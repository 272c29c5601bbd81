using Npgsql;

namespace FieldCrm.Silo.Storage;

/// <summary>
/// The process's connection pools, a role each. <see cref="Silo"/> is for grains and their workers only; requests
/// read through <see cref="Api"/>, where row security applies.
/// </summary>
public sealed class FieldCrmDatabase : IAsyncDisposable
{
    public FieldCrmDatabase(DatabaseAddresses addresses)
    {
        Api = Build(addresses.Api, spatial: true);
        Silo = Build(addresses.Silo, spatial: false);
        Owner = addresses.Owner is { } owner ? Build(owner, spatial: false) : null;
    }

    public NpgsqlDataSource Api { get; }

    public NpgsqlDataSource Silo { get; }

    /// <summary>Retention's DETACH only; null in a process that was not given the owner's secret.</summary>
    public NpgsqlDataSource? Owner { get; }

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        await Silo.DisposeAsync();
        if (Owner is not null)
            await Owner.DisposeAsync();
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
