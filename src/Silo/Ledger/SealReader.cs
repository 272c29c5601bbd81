using System.Runtime.CompilerServices;
using FieldCrm.Core;
using FieldCrm.Core.Ledger;
using Npgsql;

namespace FieldCrm.Silo.Ledger;

/// <summary>Rows of <c>seal</c>, <c>seal_leaf</c> and <c>event</c> as Core's records; streamed, never collected.</summary>
internal static class SealReader
{
    private const string SealColumns =
        "tenant_id, seal_no, sealed_at, feed_epoch, through_tx, leaf_count, root, prev_hash, hash";

    /// <summary>The tenant's newest seal; null when it has none.</summary>
    public static async Task<Seal?> NewestAsync(
        NpgsqlConnection connection, TenantId tenant, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"SELECT {SealColumns} FROM seal WHERE tenant_id = $1 ORDER BY seal_no DESC LIMIT 1", connection);
        command.Parameters.AddWithValue(tenant.Value);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Seal(reader) : null;
    }

    public static IAsyncEnumerable<Seal> SealsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ReadAsync(connection, $"SELECT {SealColumns} FROM seal ORDER BY tenant_id, seal_no", Seal, cancellationToken);

    /// <param name="order">A column list of our own.</param>
    public static IAsyncEnumerable<SealLeaf> LeavesAsync(
        NpgsqlConnection connection, string order, CancellationToken cancellationToken) =>
        ReadAsync(
            connection, $"SELECT tenant_id, seal_no, stream, version, head_hash FROM seal_leaf ORDER BY {order}",
            r => new SealLeaf(
                new TenantId(r.GetInt32(0)), r.GetInt64(1), r.GetString(2), r.GetInt64(3), r.GetFieldValue<byte[]>(4)),
            cancellationToken);

    public static IAsyncEnumerable<LedgerRow> EventsAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ReadAsync(connection, """
            SELECT e.tenant_id, e.stream, e.version, e.type, e.recorded_at, e.commitment, e.prev_hash, e.hash, e.tx,
                p.salt, p.payload::text
            FROM event e LEFT JOIN event_payload p USING (stream, version) ORDER BY e.stream, e.version
            """, Event, cancellationToken);

    private static Seal Seal(NpgsqlDataReader r) => new(
        new TenantId(r.GetInt32(0)), r.GetInt64(1), UtcMicros.From(r.GetFieldValue<DateTimeOffset>(2)), r.GetGuid(3),
        r.GetInt64(4), r.GetInt32(5), r.GetFieldValue<byte[]>(6), r.GetFieldValue<byte[]>(7),
        r.GetFieldValue<byte[]>(8));

    private static LedgerRow Event(NpgsqlDataReader r) => new(
        new TenantId(r.GetInt32(0)), r.GetString(1), r.GetInt64(2), r.GetString(3),
        UtcMicros.From(r.GetFieldValue<DateTimeOffset>(4)), r.GetFieldValue<byte[]>(5), r.GetFieldValue<byte[]>(6),
        r.GetFieldValue<byte[]>(7), r.GetInt64(8),
        r.IsDBNull(9) ? null : new ReadOnlyMemory<byte>(r.GetFieldValue<byte[]>(9)),
        r.IsDBNull(10) ? null : r.GetString(10));

    private static async IAsyncEnumerable<T> ReadAsync<T>(
        NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> map,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.CommandTimeout = 0; // a ledger of years is sorted before its first row comes
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            yield return map(reader);
    }
}
