using System.Collections.Immutable;
using System.Data;
using FieldCrm.Core.Ledger;
using Npgsql;

namespace FieldCrm.Silo.Ledger;

/// <summary>
/// Verifies the stored ledger: no server is needed, and a running one is not disturbed (it reads one snapshot and
/// writes nothing). Memory does not grow with the number of events.
/// </summary>
public static class LedgerVerifier
{
    /// <param name="database">The silo's or the owner's: it must see every tenant's rows.</param>
    /// <param name="anchors">Seals noted down outside the database; may be empty.</param>
    /// <returns>A verdict a tenant that has events or seals, by tenant id.</returns>
    public static async Task<ImmutableArray<TenantLedger>> VerifyAsync(
        NpgsqlDataSource database, ImmutableArray<SealAnchor> anchors, CancellationToken cancellationToken)
    {
        await using var rows = await database.OpenConnectionAsync(cancellationToken);
        await using var leaves = await database.OpenConnectionAsync(cancellationToken);
        await using var first = await rows.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        // A session waits for the other's rows for as long as it takes, which is idling in a transaction.
        var snapshot = await ScalarAsync<string>(
            rows, "SET LOCAL idle_in_transaction_session_timeout = 0; SET TRANSACTION READ ONLY; SELECT pg_export_snapshot()", cancellationToken);
        await using var second = await leaves.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await ScalarAsync<object>(
            leaves, $"SET TRANSACTION SNAPSHOT '{snapshot}'; SET LOCAL idle_in_transaction_session_timeout = 0; SET TRANSACTION READ ONLY", cancellationToken);

        var epoch = await ScalarAsync<Guid>(rows, "SELECT feed_epoch FROM instance", cancellationToken);
        var verification = new LedgerVerification(epoch, anchors);
        await verification.SealsAsync(
            SealReader.SealsAsync(rows, cancellationToken),
            SealReader.LeavesAsync(leaves, "tenant_id, seal_no, stream", cancellationToken), cancellationToken);
        await verification.StreamsAsync(
            SealReader.EventsAsync(rows, cancellationToken),
            SealReader.LeavesAsync(leaves, "stream, version", cancellationToken), cancellationToken);
        return verification.Result();
    }

    private static async Task<T?> ScalarAsync<T>(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken) is T value ? value : default;
    }
}
