using FieldCrm.Core;
using FieldCrm.Core.Ledger;
using Npgsql;

namespace FieldCrm.Silo.Ledger;

/// <summary>A stream's newest event.</summary>
internal readonly record struct SealHead(string Stream, long Version, byte[] Hash);

/// <summary>What goes under one seal.</summary>
/// <param name="ThroughTx">As in <see cref="Seal.ThroughTx"/>.</param>
internal readonly record struct SealPage(IReadOnlyList<SealHead> Heads, long ThroughTx);

/// <summary>
/// The heads of a ledger that was restored. All its rows have the transaction number 0, so there is no order by which a
/// part of them could be told from the rest: they are sealed stream by stream, a page of streams a seal. Until the last
/// page such a seal says that it goes through <see cref="NothingYet"/>, and the next one goes on with its last stream,
/// which stands in both; a silo that ends between two pages loses nothing.
/// </summary>
internal sealed class RestoredHeads(NpgsqlConnection connection, TenantId tenant, long settledBelowTx, int maxStreams)
{
    /// <summary>Transaction number of a restored row.</summary>
    private const long RestoredTx = 0;

    /// <summary>Before the restored rows.</summary>
    public const long NothingYet = RestoredTx - 1;

    // One probe of the primary key a stream and one for its head: streams are not kept by tenant.
    private const string WalkSql = """
        WITH RECURSIVE walk AS (
            (SELECT e.stream, e.tenant_id, 1 AS place FROM event e WHERE e.stream >= $1 ORDER BY e.stream LIMIT 1)
            UNION ALL
            SELECT next.stream, next.tenant_id, walk.place + 1
            FROM walk CROSS JOIN LATERAL (
                SELECT e.stream, e.tenant_id FROM event e WHERE e.stream > walk.stream ORDER BY e.stream LIMIT 1) next
            WHERE walk.place < $2)
        SELECT walk.stream, head.version, head.hash
        FROM walk LEFT JOIN LATERAL (
            SELECT e.version, e.hash FROM event e WHERE e.stream = walk.stream AND e.tx < $4
            ORDER BY e.version DESC LIMIT 1) head ON walk.tenant_id = $3
        ORDER BY walk.place
        """;

    /// <summary>Whether the tenant has restored rows at all.</summary>
    public static async Task<bool> AreThereAsync(
        NpgsqlConnection connection, TenantId tenant, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT EXISTS (SELECT FROM event WHERE tenant_id = $1 AND tx = $2)", connection);
        command.Parameters.AddWithValue(tenant.Value);
        command.Parameters.AddWithValue(RestoredTx);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>The last stream under a seal.</summary>
    public static async Task<string?> LastStreamOfAsync(
        NpgsqlConnection connection, Seal seal, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT max(stream) FROM seal_leaf WHERE tenant_id = $1 AND seal_no = $2", connection);
        command.Parameters.AddWithValue(seal.Tenant.Value);
        command.Parameters.AddWithValue(seal.SealNo);
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }

    /// <param name="from">The last stream of the page before; null for the first page.</param>
    public async Task<SealPage> PageAsync(string? from, CancellationToken cancellationToken)
    {
        var heads = new List<SealHead>();
        var at = from ?? "";
        while (true)
        {
            var (last, isEnd) = await WalkAsync(at, heads, cancellationToken);
            if (isEnd) // a ledger of one page was read whole: nothing settled is missing from it
                return new SealPage(heads, at.Length == 0 ? settledBelowTx - 1 : RestoredTx);
            if (heads.Count > (from is null ? 0 : 1)) // more than the one that is there again
                return new SealPage(heads, NothingYet);
            at = last; // streams of others only
        }
    }

    private async Task<(string Last, bool IsEnd)> WalkAsync(string from, List<SealHead> heads, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(WalkSql, connection);
        command.Parameters.AddWithValue(from);
        command.Parameters.AddWithValue(maxStreams);
        command.Parameters.AddWithValue(tenant.Value);
        command.Parameters.AddWithValue(settledBelowTx);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var (last, streams) = (from, 0);
        while (await row.ReadAsync(cancellationToken))
        {
            streams++;
            last = row.GetString(0);
            if (!row.IsDBNull(1) && (heads.Count == 0 || heads[^1].Stream != last))
                heads.Add(new SealHead(last, row.GetInt64(1), row.GetFieldValue<byte[]>(2)));
        }
        return (last, streams < maxStreams);
    }
}
