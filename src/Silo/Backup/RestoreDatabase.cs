using FieldCrm.Silo.Storage;
using Npgsql;

namespace FieldCrm.Silo.Backup;

/// <summary>
/// The schemas around a restore. <c>fieldcrm</c> is whole at every moment: what was there before is renamed in the
/// transaction that brings the restored one, and dropped only when all that follows went well.
/// </summary>
public static class RestoreDatabase
{
    /// <summary>What the restore replaced, until it is known to be good.</summary>
    public const string Replaced = "fieldcrm_before_restore";

    /// <summary>A restored schema that was refused after all.</summary>
    public const string Refused = "fieldcrm_refused_restore";

    // Dropping a day takes a handful of locks, and the lock table is shared by all sessions.
    private const int TablesDroppedAtOnce = 50;

    /// <summary>The owner's connection string without a limit on statements, and not from the pool.</summary>
    public static string Unhurried(DatabaseAddresses database) => new NpgsqlConnectionStringBuilder(database.Owner)
    {
        Pooling = false, CommandTimeout = 0, SearchPath = "pg_catalog",
    }.ConnectionString;

    public static async Task<SortedDictionary<string, long>> CountRowsAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var table in await NamesAsync(connection, """
            SELECT relname FROM pg_class
            WHERE relnamespace = 'fieldcrm'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
            """, cancellationToken))
        {
            await using var count = new NpgsqlCommand($"SELECT count(*) FROM fieldcrm.\"{table}\"", connection);
            counts.Add(table, (long)(await count.ExecuteScalarAsync(cancellationToken))!);
        }
        return counts;
    }

    /// <summary>What an earlier restore left behind, whichever way it ended; <c>fieldcrm</c> is not touched.</summary>
    public static async Task DropLeftoversAsync(DatabaseAddresses database, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(Unhurried(database));
        await connection.OpenAsync(cancellationToken);
        foreach (var schema in new[] { Replaced, Refused })
        {
            var leaves = await NamesAsync(connection, $"""
                SELECT relname FROM pg_class
                WHERE relnamespace = to_regnamespace('{schema}') AND relkind = 'r' AND relispartition
                """, cancellationToken);
            foreach (var some in leaves.Chunk(TablesDroppedAtOnce))
            {
                await ExecuteAsync(
                    connection, $"DROP TABLE {string.Join(", ", some.Select(leaf => $"{schema}.\"{leaf}\""))}", cancellationToken);
            }
            await ExecuteAsync(connection, $"SET client_min_messages = warning; DROP SCHEMA IF EXISTS {schema} CASCADE", cancellationToken);
        }
    }

    /// <summary>Puts back what the restore replaced.</summary>
    public static async Task PutBackAsync(DatabaseAddresses database, CancellationToken cancellationToken)
    {
        await using (var connection = new NpgsqlConnection(Unhurried(database)))
        {
            await connection.OpenAsync(cancellationToken);
            // Two statements in one message are one transaction.
            await ExecuteAsync(
                connection, $"ALTER SCHEMA fieldcrm RENAME TO {Refused}; ALTER SCHEMA {Replaced} RENAME TO fieldcrm", cancellationToken);
        }
        await DropLeftoversAsync(database, cancellationToken);
    }

    private static async Task<List<string>> NamesAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var names = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
            names.Add(reader.GetString(0));
        return names;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
