using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.LoadTests.Throughput;

/// <summary>What the database itself says about a measurement.</summary>
internal sealed class DatabaseFacts(NpgsqlDataSource database)
{
    /// <summary>The three settings without which "stored" means nothing, as the server has them now.</summary>
    public async Task<string> DurabilityAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings
            WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')
            """);
        return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Connections of the product's server process, without ours.</summary>
    public async Task<long> ConnectionsAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE usename IN ('fieldcrm_api', 'fieldcrm_silo') AND application_name = 'fieldcrm'");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>A transaction id: later transactions have greater ones.</summary>
    public async Task<long> NextTransactionAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Stored positions of real devices since a transaction, and how many commits brought them.</summary>
    public async Task<(long Rows, long Commits)> StoredSinceAsync(long transaction, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            "SELECT count(*), count(DISTINCT tx) FROM fieldcrm.fix WHERE tx >= $1 AND device_id < $2");
        command.CommandTimeout = 300;
        command.Parameters.Add(new NpgsqlParameter { Value = transaction, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(new NpgsqlParameter { Value = RawCopy.FirstDeviceId, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return (row.GetInt64(0), row.GetInt64(1));
    }

    /// <summary>Both sides write into this day, so it exists before either is timed.</summary>
    public async Task EnsureDayAsync(DateOnly day, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("SELECT fieldcrm.ensure_day($1)");
        command.Parameters.Add(new NpgsqlParameter { Value = day, NpgsqlDbType = NpgsqlDbType.Date });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
