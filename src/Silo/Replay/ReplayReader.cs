using System.Data;
using System.Runtime.CompilerServices;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Replay;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Replay;

public readonly record struct ReplayUnit(DeviceId Device, UnitKind Kind);

/// <param name="FromUnixMs">Included.</param>
/// <param name="ToUnixMs">Excluded.</param>
/// <param name="Units">In ascending order of their devices; none of them need be the tenant's.</param>
public sealed record ReplayQuery(long FromUnixMs, long ToUnixMs, IReadOnlyList<ReplayUnit> Units);

/// <summary>How much a replay would hold, and what tells it from another one.</summary>
/// <param name="Fixes">Counted up to what was asked; those that are marked are among them.</param>
/// <param name="NewestTx">A fix that is added is written by a later transaction; one that goes (a day at a time) is not counted any more.</param>
public readonly record struct ReplayExtent(long Fixes, long NewestTx, long Marks, long MarksHash);

/// <summary>
/// The past of many units as its tenant may see it, an hour at a time and within the hour a page at a time: neither the fleet's
/// day nor a connection is held, however slow the reader. A page is one short statement.
/// </summary>
public sealed class ReplayReader(FieldCrmDatabase database) : IDisposable
{
    /// <summary>Fixes of one chunk: 700 KB while it is filled.</summary>
    public const int PageFixes = 50_000;

    // Each keeps one connection of the requests' pool and a core of the database busy: many who replay must leave room for the rest.
    private const int MaxPagesAtOnce = 4;

    // Row security adds the tenant. A nested loop over the units: each is one walk along the unique index, in key order; the plain
    // bounds on fixed_at let the planner leave out partitions. What lies beyond the refold window was never judged and stays, as in a track.
    private const string PageSql =
        """
        SELECT u.nr, f.fixed_at, f.content_hash, ST_Y(f.position), ST_X(f.position), f.speed_mmps
        FROM unnest($1) WITH ORDINALITY AS u (device_id, nr)
        CROSS JOIN LATERAL (
            SELECT f.fixed_at, f.content_hash, f.position, f.speed_mmps
            FROM fix f
            LEFT JOIN fix_mark m ON m.device_id = f.device_id AND m.fixed_at = f.fixed_at AND m.content_hash = f.content_hash
            WHERE f.device_id = u.device_id AND f.fixed_at >= $2 AND f.fixed_at < $3
              AND (u.nr > 1 OR (f.fixed_at, f.content_hash) > ($4, $5)) AND (m.mark IS NULL OR m.mark = $6)
            ORDER BY f.fixed_at, f.content_hash) f
        LIMIT $7
        """;

    private const string ExtentSql =
        """
        SELECT f.fixes, f.newest_tx, m.marks, m.hash
        FROM (
            SELECT count(*) AS fixes, coalesce(max(tx), 0) AS newest_tx
            FROM (
                SELECT f.tx FROM unnest($1) AS u (device_id)
                CROSS JOIN LATERAL (
                    SELECT f.tx FROM fix f WHERE f.device_id = u.device_id AND f.fixed_at >= $2 AND f.fixed_at < $3) f
                LIMIT $4) bounded) f,
        (
            SELECT count(*) AS marks, coalesce(bit_xor(hashint8extended(m.content_hash, m.mark)), 0) AS hash
            FROM unnest($1) AS u (device_id)
            JOIN fix_mark m ON m.device_id = u.device_id AND m.fixed_at >= $2 AND m.fixed_at < $3) m
        """;

    private readonly SemaphoreSlim _places = new(MaxPagesAtOnce);

    /// <param name="maxFixes">Counting ends beyond this.</param>
    public async Task<ReplayExtent> MeasureAsync(
        TenantId tenant, ReplayQuery query, long maxFixes, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
            await using var command = new NpgsqlCommand(ExtentSql, scope.Connection, scope.Transaction);
            Add(command, NpgsqlDbType.Array | NpgsqlDbType.Integer, query.Units.Select(u => u.Device.Value).ToArray());
            Add(command, NpgsqlDbType.TimestampTz, Time(query.FromUnixMs));
            Add(command, NpgsqlDbType.TimestampTz, Time(query.ToUnixMs));
            Add(command, NpgsqlDbType.Bigint, maxFixes + 1);
            await using var row = await command.ExecuteReaderAsync(CommandBehavior.SingleRow, cancellationToken);
            await row.ReadAsync(cancellationToken);
            return new ReplayExtent(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3));
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>
    /// The span's chunks in the order of time: at least one an hour, more where an hour has more than <see cref="PageFixes"/>.
    /// It is one chunk that is filled again and again: what is to be kept of it is taken before the next is asked for.
    /// </summary>
    public async IAsyncEnumerable<ReplayChunk> ReadAsync(
        TenantId tenant, ReplayQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var chunk = new ReplayChunk();
        for (var from = query.FromUnixMs; from < query.ToUnixMs;)
        {
            var to = Math.Min(query.ToUnixMs, from - from % ReplayChunk.MaxSpanMs + ReplayChunk.MaxSpanMs);
            Place? next = new Place(0, UtcMicros.FromUnixMilliseconds(from), long.MinValue);
            while (next is { } start)
            {
                chunk.Begin(from, to);
                next = await FillAsync(tenant, query, chunk, start, to, cancellationToken);
                yield return chunk;
            }
            from = to;
        }
    }

    public void Dispose() => _places.Dispose();

    /// <summary>Fills the chunk from a place on. Null when the hour is all in it, else where it goes on.</summary>
    private async Task<Place?> FillAsync(
        TenantId tenant, ReplayQuery query, ReplayChunk chunk, Place start, long toUnixMs, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
            await using var command = new NpgsqlCommand(PageSql, scope.Connection, scope.Transaction);
            Add(command, NpgsqlDbType.Array | NpgsqlDbType.Integer, query.Units.Skip(start.Unit).Select(u => u.Device.Value).ToArray());
            Add(command, NpgsqlDbType.TimestampTz, Time(chunk.FromUnixMs));
            Add(command, NpgsqlDbType.TimestampTz, Time(toUnixMs));
            Add(command, NpgsqlDbType.TimestampTz, start.FixedAt.ToDateTimeOffset().UtcDateTime);
            Add(command, NpgsqlDbType.Bigint, start.ContentHash);
            Add(command, NpgsqlDbType.Smallint, (short)FixMark.BeyondWindow);
            Add(command, NpgsqlDbType.Integer, PageFixes);
            await using var row = await command.ExecuteReaderAsync(CommandBehavior.SingleResult, cancellationToken);
            var (rows, last) = (0, start);
            for (var open = -1; await row.ReadAsync(cancellationToken); rows++)
            {
                var unit = start.Unit + (int)row.GetInt64(0) - 1;
                last = new Place(unit, UtcMicros.From(new DateTimeOffset(row.GetDateTime(1), TimeSpan.Zero)), row.GetInt64(2));
                // Off the globe and beyond the window: nobody judged it, and no map has a place for it.
                if (GeoPoint.FromDegrees(row.GetDouble(3), row.GetDouble(4)) is not { } position)
                    continue;
                if (unit != open)
                    chunk.BeginUnit((uint)query.Units[unit].Device.Value, query.Units[unit].Kind);
                open = unit;
                chunk.Add(new ReplayFix(last.FixedAt, position, row.IsDBNull(5) ? null : row.GetInt32(5)));
            }
            return rows == PageFixes ? last : null;
        }
        finally
        {
            _places.Release();
        }
    }

    private static void Add(NpgsqlCommand command, NpgsqlDbType type, object value) =>
        command.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });

    private static DateTime Time(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs).UtcDateTime;

    /// <summary>A fix of the hour, by its unit's place in the query.</summary>
    private readonly record struct Place(int Unit, UtcMicros FixedAt, long ContentHash);
}
