using FieldCrm.Core;
using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Ledger;

/// <summary>
/// Puts the heads of the streams that grew into a new seal of their tenant. Reads only transactions below the
/// oldest one still running, so that none is passed over; writes nothing that another sealer wrote already, as the
/// seal's number is the key.
/// </summary>
public sealed class Sealer(
    FieldCrmDatabase database, IOptions<SealerOptions> options, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
{
    private sealed record Head(string Stream, long Version, byte[] Hash);

    private readonly record struct View(Guid Epoch, long SettledBelowTx);

    /// <summary>Seals what is new of every tenant.</summary>
    /// <returns>The number of seals written.</returns>
    /// <exception cref="PostgresException">FC001: this silo is fenced; nothing was sealed.</exception>
    public async Task<int> SealAsync(long incarnation, CancellationToken cancellationToken)
    {
        await using var connection = await database.Work.OpenConnectionAsync(cancellationToken);
        var view = await LookAsync(connection, cancellationToken);
        var written = 0;
        foreach (var tenant in await TenantsWithNewEventsAsync(connection, view, cancellationToken))
        {
            while (await SealTenantAsync(connection, view, tenant, incarnation, cancellationToken))
                written++;
        }
        return written;
    }

    private static async Task<View> LookAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT feed_epoch, pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM instance", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new View(reader.GetGuid(0), reader.GetInt64(1));
    }

    private static async Task<List<TenantId>> TenantsWithNewEventsAsync(
        NpgsqlConnection connection, View view, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            SELECT t.tenant_id FROM tenant t
            LEFT JOIN LATERAL (
                SELECT s.through_tx, s.feed_epoch FROM seal s
                WHERE s.tenant_id = t.tenant_id ORDER BY s.seal_no DESC LIMIT 1) newest ON true
            WHERE EXISTS (
                SELECT 1 FROM event e WHERE e.tenant_id = t.tenant_id AND e.tx < $2
                AND e.tx > CASE WHEN newest.feed_epoch = $1 THEN newest.through_tx ELSE -1 END)
            ORDER BY 1
            """, connection);
        command.Parameters.AddWithValue(view.Epoch);
        command.Parameters.AddWithValue(view.SettledBelowTx);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var tenants = new List<TenantId>();
        while (await reader.ReadAsync(cancellationToken))
            tenants.Add(new TenantId(reader.GetInt32(0)));
        return tenants;
    }

    /// <returns>Whether a seal was written: there may be more.</returns>
    private async Task<bool> SealTenantAsync(
        NpgsqlConnection connection, View view, TenantId tenant, long incarnation, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var last = await SealReader.NewestAsync(connection, tenant, cancellationToken);
        // Transaction numbers of an earlier life of the database (a restore) say nothing: every head is sealed anew.
        var afterTx = last is not null && last.FeedEpoch == view.Epoch ? last.ThroughTx : -1;
        var belowTx = await BoundAsync(connection, tenant, afterTx, view.SettledBelowTx, cancellationToken);
        var heads = await HeadsAsync(connection, tenant, afterTx, belowTx, cancellationToken);
        if (heads.Count == 0)
            return false;
        var tree = new MerkleTree();
        foreach (var head in heads)
            SealChain.AddLeaf(tree, head.Stream, head.Version, head.Hash);
        var seal = SealChain.Next(
            last, tenant, UtcMicros.From(time.GetUtcNow()), view.Epoch, throughTx: belowTx - 1, tree);
        try
        {
            await using var batch = Insert(connection, transaction, seal, heads, incarnation);
            await batch.ExecuteNonQueryAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return false; // another sealer was faster and sealed the same
        }
    }

    /// <summary>The transaction before which a seal must stop so as not to grow beyond its bound.</summary>
    private async Task<long> BoundAsync(
        NpgsqlConnection connection, TenantId tenant, long afterTx, long belowTx, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            SELECT min(tx), max(tx) FROM (
                SELECT tx FROM event WHERE tenant_id = $1 AND tx > $2 AND tx < $3 ORDER BY tx, seq LIMIT $4) page
            HAVING count(*) = $4
            """, connection);
        command.Parameters.AddWithValue(tenant.Value);
        command.Parameters.AddWithValue(afterTx);
        command.Parameters.AddWithValue(belowTx);
        command.Parameters.AddWithValue(options.Value.MaxEventsPerSeal + 1L);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return belowTx;
        var (first, beyond) = (reader.GetInt64(0), reader.GetInt64(1));
        return Math.Max(first + 1, beyond);
    }

    private static async Task<List<Head>> HeadsAsync(
        NpgsqlConnection connection, TenantId tenant, long afterTx, long belowTx, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            SELECT DISTINCT ON (stream) stream, version, hash FROM event
            WHERE tenant_id = $1 AND tx > $2 AND tx < $3 ORDER BY stream, version DESC
            """, connection);
        command.Parameters.AddWithValue(tenant.Value);
        command.Parameters.AddWithValue(afterTx);
        command.Parameters.AddWithValue(belowTx);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var heads = new List<Head>();
        while (await reader.ReadAsync(cancellationToken))
            heads.Add(new Head(reader.GetString(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2)));
        return heads;
    }

    private static NpgsqlBatch Insert(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Seal seal, List<Head> heads, long incarnation)
    {
        var insertSeal = new NpgsqlBatchCommand("""
            INSERT INTO seal (tenant_id, seal_no, sealed_at, feed_epoch, through_tx, leaf_count, root, prev_hash, hash)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """);
        insertSeal.Parameters.AddWithValue(seal.Tenant.Value);
        insertSeal.Parameters.AddWithValue(seal.SealNo);
        insertSeal.Parameters.AddWithValue(seal.SealedAt.ToDateTimeOffset());
        insertSeal.Parameters.AddWithValue(seal.FeedEpoch);
        insertSeal.Parameters.AddWithValue(seal.ThroughTx);
        insertSeal.Parameters.AddWithValue(seal.LeafCount);
        insertSeal.Parameters.AddWithValue(seal.Root.ToArray());
        insertSeal.Parameters.AddWithValue(seal.PrevHash.ToArray());
        insertSeal.Parameters.AddWithValue(seal.Hash.ToArray());
        var insertLeaves = new NpgsqlBatchCommand("""
            INSERT INTO seal_leaf (tenant_id, seal_no, stream, version, head_hash)
            SELECT $1, $2, row.* FROM unnest($3::text[], $4::bigint[], $5::bytea[]) AS row
            """);
        insertLeaves.Parameters.AddWithValue(seal.Tenant.Value);
        insertLeaves.Parameters.AddWithValue(seal.SealNo);
        insertLeaves.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Text, heads.Select(h => h.Stream).ToArray());
        insertLeaves.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Bigint, heads.Select(h => h.Version).ToArray());
        insertLeaves.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Bytea, heads.Select(h => h.Hash).ToArray());
        var fence = new NpgsqlBatchCommand("SELECT assert_not_fenced($1)");
        fence.Parameters.AddWithValue(incarnation);
        var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(insertSeal);
        batch.BatchCommands.Add(insertLeaves);
        batch.BatchCommands.Add(fence);
        return batch;
    }
}
