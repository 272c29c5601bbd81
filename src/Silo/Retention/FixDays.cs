using System.Globalization;
using FieldCrm.Core;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Retention;

/// <summary>
/// The partitions of <c>fix</c>, as their owner sees them on one connection outside any transaction. A crash between
/// two of these steps leaves a partition half detached or not attached; the next round goes on from there.
/// </summary>
/// <param name="summarized">Sizes of the days whose BRIN indexes cover all of them, kept from round to round.</param>
internal sealed class FixDays(NpgsqlConnection owner, Dictionary<string, long> summarized)
{
    private const string Prefix = "fix_";
    private const string DayFormat = "yyyyMMdd";

    private enum Attachment
    {
        Attached,
        Detaching,
        Detached,
    }

    private readonly record struct Leaf(string Name, DateOnly Day, Attachment Attachment, long Bytes);

    /// <summary>
    /// A day that cannot be dropped ends it: only one may be detaching at a time, so the others would fare no better.
    /// </summary>
    /// <returns>Days dropped.</returns>
    public async Task<int> DropBeforeAsync(DateOnly day, CancellationToken cancellationToken)
    {
        var dropped = 0;
        foreach (var leaf in await LeavesAsync(cancellationToken))
        {
            if (leaf.Attachment == Attachment.Detaching)
                await RunAsync($"ALTER TABLE fix DETACH PARTITION {leaf.Name} FINALIZE", cancellationToken);
            else if (leaf.Attachment == Attachment.Attached && leaf.Day < day)
                await RunAsync($"ALTER TABLE fix DETACH PARTITION {leaf.Name} CONCURRENTLY", cancellationToken);
            if (leaf.Day < day)
            {
                await RunAsync($"DROP TABLE {leaf.Name}", cancellationToken);
                dropped++;
            }
            else if (leaf.Attachment != Attachment.Attached)
            {
                await AttachAsync(leaf, cancellationToken); // a tenant chose to keep it after all, in between
            }
        }
        return dropped;
    }

    /// <summary>
    /// Deletes one tenant's rows of the days from <paramref name="from"/> on that it is to forget, a chunk a
    /// transaction.
    /// </summary>
    /// <returns>Rows deleted.</returns>
    public async Task<long> DeleteAsync(TenantRetention retention, DateOnly from, int chunkRows, CancellationToken cancellationToken)
    {
        var deleted = 0L;
        foreach (var leaf in await LeavesAsync(cancellationToken))
        {
            if (leaf.Attachment != Attachment.Attached || leaf.Day >= retention.Before || leaf.Day < from)
                continue;
            int rows;
            do
            {
                rows = await DeleteChunkAsync(leaf.Name, retention, chunkRows, cancellationToken);
                deleted += rows;
            }
            while (rows == chunkRows);
        }
        return deleted;
    }

    /// <summary>Summarises what BRIN has not covered on days that are over; without it a late import is scanned whole.</summary>
    /// <returns>Days that had grown since they were summarised.</returns>
    public async Task<long> SummarizeBeforeAsync(DateOnly today, CancellationToken cancellationToken)
    {
        var leaves = await LeavesAsync(cancellationToken);
        foreach (var gone in summarized.Keys.Except(leaves.Select(static leaf => leaf.Name)).ToArray())
            summarized.Remove(gone);
        var grown = 0;
        foreach (var leaf in leaves)
        {
            if (leaf.Attachment != Attachment.Attached || leaf.Day >= today || summarized.GetValueOrDefault(leaf.Name, -1) == leaf.Bytes)
                continue;
            await RunAsync($"""
                SELECT brin_summarize_new_values(i.indexrelid) FROM pg_index i
                JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
                WHERE i.indrelid = '{leaf.Name}'::regclass AND a.amname = 'brin'
                """, cancellationToken);
            summarized[leaf.Name] = leaf.Bytes; // as it was before: what came in meanwhile is for the next round
            grown++;
        }
        return grown;
    }

    private async Task<List<Leaf>> LeavesAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            SELECT c.relname::text, i.inhrelid IS NOT NULL, coalesce(i.inhdetachpending, false), pg_relation_size(c.oid)
            FROM pg_class c
            LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhparent = 'fieldcrm.fix'::regclass
            WHERE c.relnamespace = 'fieldcrm'::regnamespace AND c.relkind = 'r' AND c.relname ~ '^fix_[0-9]{8}$'
            ORDER BY 1
            """, owner);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var leaves = new List<Leaf>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var name = reader.GetString(0);
            var day = DateOnly.ParseExact(name[Prefix.Length..], DayFormat, CultureInfo.InvariantCulture);
            var attachment = reader.GetBoolean(2) ? Attachment.Detaching
                : reader.GetBoolean(1) ? Attachment.Attached : Attachment.Detached;
            leaves.Add(new Leaf(name, day, attachment, reader.GetInt64(3)));
        }
        return leaves;
    }

    private async Task AttachAsync(Leaf leaf, CancellationToken cancellationToken)
    {
        var from = leaf.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var to = leaf.Day.AddDays(1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        await RunAsync(
            $"ALTER TABLE fix ATTACH PARTITION {leaf.Name} FOR VALUES FROM ('{from} 00:00:00Z') TO ('{to} 00:00:00Z')",
            cancellationToken);
    }

    // By device, so that the unique index finds the rows; by ctid, so that deleting them needs no second search.
    private async Task<int> DeleteChunkAsync(string leaf, TenantRetention retention, int chunkRows, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            DELETE FROM {leaf} WHERE ctid = ANY (ARRAY(
                SELECT f.ctid FROM device d
                CROSS JOIN LATERAL (
                    SELECT x.ctid FROM {leaf} x WHERE x.device_id = d.device_id AND x.tenant_id = $1 LIMIT $2) f
                WHERE d.tenant_id = $1 AND (NOT $3 OR d.kind = 1 AND {TenantRetention.IsPromisedSql("$4")}) LIMIT $2))
            """, owner);
        command.Parameters.AddWithValue(retention.Tenant.Value);
        command.Parameters.AddWithValue(chunkRows);
        command.Parameters.AddWithValue(retention.OfPeople);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)retention.PromisedDays ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        command.CommandTimeout = (int)(StatementLimits.Upkeep + StatementLimits.Grace).TotalSeconds;
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // Names come from the catalogue and match ^fix_[0-9]{8}$.
    private async Task RunAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, owner);
        command.CommandTimeout = (int)(StatementLimits.Upkeep + StatementLimits.Grace).TotalSeconds;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
