using System.Data;
using FieldCrm.Silo.Storage;
using Npgsql;

namespace FieldCrm.Silo.Backup;

/// <summary>
/// One snapshot of the database, held open while pg_dump reads the same one: what the manifest counts is what the dump
/// holds, while commits go on. It has no transaction number, so it holds neither the feed nor the sealer back.
/// </summary>
public sealed class BackupSnapshot : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private BackupSnapshot(NpgsqlConnection connection, NpgsqlTransaction transaction) =>
        (_connection, _transaction) = (connection, transaction);

    /// <summary>For <c>pg_dump --snapshot</c>; valid until this is disposed.</summary>
    public required string Name { get; init; }

    public required int PostgresMajor { get; init; }

    public required string NewestMigration { get; init; }

    /// <summary>Takes the snapshot as owner: row security would leave rows out for anybody else.</summary>
    public static async Task<BackupSnapshot> OpenAsync(DatabaseAddresses database, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(RestoreDatabase.Unhurried(database));
        try
        {
            await connection.OpenAsync(cancellationToken);
            var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
            await using var look = new NpgsqlCommand("""
                SET LOCAL idle_in_transaction_session_timeout = 0;
                SET TRANSACTION READ ONLY;
                SELECT pg_export_snapshot(), max("MigrationId") FROM fieldcrm.schema_migration;
                """, connection, transaction);
            await using var row = await look.ExecuteReaderAsync(cancellationToken);
            await row.ReadAsync(cancellationToken);
            return new BackupSnapshot(connection, transaction)
            {
                Name = row.GetString(0), NewestMigration = row.GetString(1), PostgresMajor = connection.PostgreSqlVersion.Major,
            };
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Rows of every table; reads each of them once.</summary>
    public Task<SortedDictionary<string, long>> CountRowsAsync(CancellationToken cancellationToken) =>
        RestoreDatabase.CountRowsAsync(_connection, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
