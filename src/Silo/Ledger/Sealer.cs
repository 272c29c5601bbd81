using FieldCrm.Core;
using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Ledger;

/// <summary>
/// Puts the heads of the streams that grew into a new seal of their tenant. Reads only transactions below the
/// oldest one still running, so that none is passed over; writes nothing that another sealer wrote already, as the
/// seal's number is the key.
/// </summary>
public sealed partial class Sealer(
    FieldCrmDatabase database, IOptions<SealerOptions> options,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time, ILogger<Sealer> logger)
{
    private const string Fenced = "FC001"; // raised by assert_not_fenced

    private readonly record struct View(Guid Epoch, long SettledBelowTx);

    /// <summary>
    /// Seals what is new of every tenant, a seal a turn, so that one with much to seal does not keep the others waiting.
    /// A tenant that cannot be sealed is left to the next round.
    /// </summary>
    /// <returns>The number of seals written.</returns>
    /// <exception cref="PostgresException">FC001: this silo is fenced; nothing was sealed.</exception>
    /// <exception cref="NpgsqlException">The database does not answer.</exception>
    public async Task<int> SealAsync(long incarnation, CancellationToken cancellationToken)
    {
        var view = await LookAsync(cancellationToken);
        var open = new Queue<TenantId>(await TenantsWithNewEventsAsync(view, cancellationToken));
        var written = 0;
        while (open.TryDequeue(out var tenant))
        {
            if (!await TrySealTenantAsync(view, tenant, incarnation, cancellationToken))
                continue;
            written++;
            open.Enqueue(tenant); // there may be more
        }
        return written;
    }

    private async Task<View> LookAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Work.CreateCommand(
            "SELECT feed_epoch, pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM instance");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new View(reader.GetGuid(0), reader.GetInt64(1));
    }

    private async Task<List<TenantId>> TenantsWithNewEventsAsync(View view, CancellationToken cancellationToken)
    {
        await using var command = database.Work.CreateCommand("""
            SELECT t.tenant_id FROM tenant t
            LEFT JOIN LATERAL (
                SELECT s.through_tx, s.feed_epoch FROM seal s
                WHERE s.tenant_id = t.tenant_id ORDER BY s.seal_no DESC LIMIT 1) newest ON true
            WHERE EXISTS (
                SELECT 1 FROM event e WHERE e.tenant_id = t.tenant_id AND e.tx < $2
                AND e.tx > CASE WHEN newest.feed_epoch = $1 THEN newest.through_tx ELSE -1 END)
            ORDER BY 1
            """);
        command.Parameters.AddWithValue(view.Epoch);
        command.Parameters.AddWithValue(view.SettledBelowTx);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var tenants = new List<TenantId>();
        while (await reader.ReadAsync(cancellationToken))
            tenants.Add(new TenantId(reader.GetInt32(0)));
        return tenants;
    }

    /// <returns>Whether a seal was written.</returns>
    private async Task<bool> TrySealTenantAsync(View view, TenantId tenant, long incarnation, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await database.Work.OpenConnectionAsync(cancellationToken);
            return await SealTenantAsync(connection, view, tenant, incarnation, cancellationToken);
        }
        catch (Exception e) when (IsOfTenant(e))
        {
            LogTenantFailed(tenant.Value, e);
            return false;
        }
    }

    // What would meet the next tenant as well ends the round.
    private static bool IsOfTenant(Exception exception) => exception switch
    {
        PostgresException refused => refused.SqlState != Fenced && !refused.IsTransient,
        NpgsqlException or OperationCanceledException => false,
        _ => true,
    };

    private async Task<bool> SealTenantAsync(
        NpgsqlConnection connection, View view, TenantId tenant, long incarnation, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var last = await SealReader.NewestAsync(connection, tenant, cancellationToken);
        // Transaction numbers of an earlier life of the database (a restore) say nothing: every head is sealed anew.
        var before = last?.FeedEpoch == view.Epoch ? last : null;
        var afterTx = before?.ThroughTx ?? RestoredHeads.NothingYet;
        var page = afterTx == RestoredHeads.NothingYet && await RestoredHeads.AreThereAsync(connection, tenant, cancellationToken)
            ? await RestoredPageAsync(connection, view, tenant, before, cancellationToken)
            : await NewPageAsync(connection, view, tenant, afterTx, cancellationToken);
        if (page.Heads.Count == 0)
            return false;
        var tree = new MerkleTree();
        foreach (var head in page.Heads)
            SealChain.AddLeaf(tree, head.Stream, head.Version, head.Hash);
        var seal = SealChain.Next(last, tenant, UtcMicros.From(time.GetUtcNow()), view.Epoch, page.ThroughTx, tree);
        try
        {
            await using var batch = Insert(connection, transaction, seal, page.Heads, incarnation);
            await batch.ExecuteNonQueryAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return false; // another sealer was faster and sealed the same
        }
    }

    /// <param name="before">The page before; null for the first one.</param>
    private async Task<SealPage> RestoredPageAsync(
        NpgsqlConnection connection, View view, TenantId tenant, Seal? before, CancellationToken cancellationToken)
    {
        var from = before is null ? null : await RestoredHeads.LastStreamOfAsync(connection, before, cancellationToken);
        var walk = new RestoredHeads(connection, tenant, view.SettledBelowTx, options.Value.MaxStreamsPerPage);
        return await walk.PageAsync(from, cancellationToken);
    }

    private async Task<SealPage> NewPageAsync(
        NpgsqlConnection connection, View view, TenantId tenant, long afterTx, CancellationToken cancellationToken)
    {
        var belowTx = await BoundAsync(connection, tenant, afterTx, view.SettledBelowTx, cancellationToken);
        return new SealPage(await HeadsAsync(connection, tenant, afterTx, belowTx, cancellationToken), ThroughTx: belowTx - 1);
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

    private static async Task<List<SealHead>> HeadsAsync(
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
        var heads = new List<SealHead>();
        while (await reader.ReadAsync(cancellationToken))
            heads.Add(new SealHead(reader.GetString(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2)));
        return heads;
    }

    private static NpgsqlBatch Insert(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Seal seal, IReadOnlyList<SealHead> heads, long incarnation)
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

    [LoggerMessage(4102, LogLevel.Warning, "The ledger of tenant {TenantId} could not be sealed; it is tried again")]
    private partial void LogTenantFailed(int tenantId, Exception exception);
}
