using System.Collections.Immutable;
using FieldCrm.Core;
using FieldCrm.Silo.Storage;
using Npgsql;

namespace FieldCrm.Silo.Feed;

/// <summary>
/// The events of a tenant in an order that never grows a hole: by transaction number, and only transactions below
/// the oldest one still running (<c>pg_snapshot_xmin</c>). Following the newest id seen instead skips whatever a
/// slower transaction with a lower id commits later.
/// </summary>
public sealed class EventFeed(FieldCrmDatabase database)
{
    /// <summary>Events in one page at most: a page is held in memory.</summary>
    public const int MaxPage = 1_000;

    private readonly record struct View(Guid Epoch, long SettledBelowTx, long UnbornTx);

    /// <param name="after">Where the reader stands; null when it has read nothing yet.</param>
    /// <param name="limit">1 to <see cref="MaxPage"/>.</param>
    public async Task<FeedPage> ReadAsync(
        TenantId tenant, FeedToken? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxPage);
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var view = await LookAsync(scope, cancellationToken);
        var settled = new FeedToken(view.Epoch, view.SettledBelowTx - 1, int.MaxValue);
        // A transaction that has no number yet cannot have been read: the data directory is an older copy.
        if (after is not { } from || from.Epoch != view.Epoch || from.Tx >= view.UnbornTx)
            return new FeedPage([], settled, HasMore: false, SnapshotRequired: true);

        var events = await EventsAsync(scope, from, view, limit, cancellationToken);
        var hasMore = events.Length == limit;
        // All that is settled was read: the next read need not look at it again. Never back behind the reader.
        var next = hasMore ? events[^1].Position : from.IsAfter(settled) ? from : settled;
        return new FeedPage(events, next, hasMore, SnapshotRequired: false);
    }

    private static async Task<View> LookAsync(TenantScope scope, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            SELECT feed_epoch, pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
                pg_snapshot_xmax(pg_current_snapshot())::text::bigint
            FROM instance
            """, scope.Connection, scope.Transaction);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new View(reader.GetGuid(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    private static async Task<ImmutableArray<FeedEvent>> EventsAsync(
        TenantScope scope, FeedToken from, View view, int limit, CancellationToken cancellationToken)
    {
        // This statement's snapshot is younger than the view's: all below its bound is settled here as well.
        await using var command = new NpgsqlCommand("""
            SELECT e.tx, e.seq, e.stream, e.version, e.type, e.recorded_at, p.payload::text
            FROM event e LEFT JOIN event_payload p USING (stream, version)
            WHERE e.tenant_id = $1 AND (e.tx, e.seq) > ($2, $3) AND e.tx < $4
            ORDER BY e.tx, e.seq LIMIT $5
            """, scope.Connection, scope.Transaction);
        command.Parameters.AddWithValue(scope.Tenant.Value);
        command.Parameters.AddWithValue(from.Tx);
        command.Parameters.AddWithValue(from.Seq);
        command.Parameters.AddWithValue(view.SettledBelowTx);
        command.Parameters.AddWithValue(limit);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var events = ImmutableArray.CreateBuilder<FeedEvent>();
        while (await reader.ReadAsync(cancellationToken))
        {
            events.Add(new FeedEvent(
                new FeedToken(view.Epoch, reader.GetInt64(0), reader.GetInt32(1)), reader.GetString(2),
                reader.GetInt64(3), reader.GetString(4), UtcMicros.From(reader.GetFieldValue<DateTimeOffset>(5)),
                reader.IsDBNull(6) ? null : reader.GetString(6)));
        }
        return events.ToImmutable();
    }
}
