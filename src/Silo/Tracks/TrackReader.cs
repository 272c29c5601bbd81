using System.Data;
using System.Runtime.CompilerServices;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tracks;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Tracks;

/// <param name="From">First fix time, inclusive.</param>
/// <param name="To">Exclusive.</param>
/// <param name="After">Only fixes after this one: where a page ended.</param>
/// <param name="IncludesMarked">
/// Also what the fold thinks implausible. What lies beyond the refold window is always there, flagged: it was stored and
/// never judged.
/// </param>
public sealed record TrackQuery(
    DeviceId Device, UtcMicros From, UtcMicros To, FixKey? After = null, bool IncludesMarked = false);

/// <summary>How many fixes one simplified page may read: at a low zoom nearly all of them are left out.</summary>
public sealed class ScanBound(int maxFixes)
{
    private int _left = maxFixes;

    /// <summary>Where the next page begins; null when the track ended first.</summary>
    public FixKey? StoppedAt { get; private set; }

    internal bool IsReachedBy(FixKey fix)
    {
        if (--_left > 0)
            return false;
        StoppedAt = fix;
        return true;
    }
}

/// <summary>
/// A device's stored fixes as its tenant sees them, in key order. Read chunk by chunk, a short transaction each, so that
/// neither memory nor a connection is held however long the track and however slow its reader.
/// </summary>
public sealed class TrackReader(FieldCrmDatabase database)
{
    /// <summary>Fixes of one statement: some 200 bytes each in memory, well below 1 MB.</summary>
    internal const int ChunkFixes = 4_000;

    // Row security adds the tenant. The row comparison walks the unique index from where the last chunk ended; the plain
    // bounds on fixed_at let the planner leave out partitions.
    internal const string Sql =
        """
        SELECT f.fixed_at, f.content_hash, f.received_at, ST_AsEWKB(f.position), f.altitude_mm, f.speed_mmps, f.heading_cdeg,
               f.accuracy_mm, f.battery_permille, f.alarm, f.declared_invalid, f.attributes::text, coalesce(m.mark, 0::smallint)
        FROM fix f
        LEFT JOIN fix_mark m ON m.device_id = f.device_id AND m.fixed_at = f.fixed_at AND m.content_hash = f.content_hash
        WHERE f.device_id = $1 AND f.fixed_at >= $2 AND f.fixed_at < $3 AND (f.fixed_at, f.content_hash) > ($2, $4)
          AND ($5 OR m.mark IS NULL OR m.mark = $6)
        ORDER BY f.fixed_at, f.content_hash
        LIMIT $7
        """;

    public async IAsyncEnumerable<TrackFix> ReadAsync(
        TenantId tenant, TrackQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var chunk = new List<TrackFix>();
        do
        {
            await ReadChunkAsync(tenant, query, chunk, cancellationToken);
            foreach (var fix in chunk)
                yield return fix;
            if (chunk.Count > 0)
                query = query with { After = chunk[^1].Fix.Key };
        }
        while (chunk.Count == ChunkFixes);
    }

    /// <summary>The same, without what a map at this zoom would not show (see <see cref="TrackSimplifier"/>).</summary>
    /// <param name="bound">Ends the reading early and says where; null to read to the end.</param>
    public async IAsyncEnumerable<TrackFix> ReadSimplifiedAsync(
        TenantId tenant, TrackQuery query, int zoom, ScanBound? bound, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var simplifier = new TrackSimplifier(zoom);
        var ready = new List<TrackFix>();
        await foreach (var fix in ReadAsync(tenant, query, cancellationToken))
        {
            simplifier.Add(fix, ready);
            foreach (var kept in ready)
                yield return kept;
            ready.Clear();
            if (bound?.IsReachedBy(fix.Fix.Key) ?? false)
                break;
        }
        simplifier.Finish(ready);
        foreach (var kept in ready)
            yield return kept;
    }

    /// <summary>How many of these fixes are stored for the device.</summary>
    /// <param name="fixes">Hashed, each once, at most as many as one batch holds.</param>
    public async Task<int> CountStoredAsync(
        TenantId tenant, DeviceId device, IReadOnlyCollection<Fix> fixes, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fixes.Count, FixBatchCodec.MaxFixes);
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        // The limit keeps it at one look into the unique index for each fix, however many the device has.
        await using var command = new NpgsqlCommand(
            """
            SELECT count(*) FROM unnest($2::timestamptz[], $3::bigint[]) AS asked(fixed_at, content_hash)
            CROSS JOIN LATERAL (
                SELECT 1 FROM fix f
                WHERE f.device_id = $1 AND f.fixed_at = asked.fixed_at AND f.content_hash = asked.content_hash LIMIT 1) AS stored
            """, scope.Connection, scope.Transaction);
        command.Parameters.AddWithValue(device.Value);
        command.Parameters.AddWithValue(fixes.Select(f => f.FixedAt.ToDateTimeOffset().UtcDateTime).ToArray());
        command.Parameters.AddWithValue(fixes.Select(f => f.ContentHash).ToArray());
        return (int)(long)(await command.ExecuteScalarAsync(cancellationToken) ?? 0L);
    }

    internal static NpgsqlCommand Command(NpgsqlConnection connection, NpgsqlTransaction transaction, TrackQuery query, string sql)
    {
        // A fix after (from, the least hash) or at it: no fix's hash is the least but one in 2^64.
        var start = query.After is { } after && after.FixedAt >= query.From ? after : new FixKey(query.From, long.MinValue);
        var command = new NpgsqlCommand(sql, connection, transaction);
        Add(NpgsqlDbType.Integer, query.Device.Value);
        Add(NpgsqlDbType.TimestampTz, start.FixedAt.ToDateTimeOffset().UtcDateTime);
        Add(NpgsqlDbType.TimestampTz, query.To.ToDateTimeOffset().UtcDateTime);
        Add(NpgsqlDbType.Bigint, start.ContentHash);
        Add(NpgsqlDbType.Boolean, query.IncludesMarked);
        Add(NpgsqlDbType.Smallint, (short)FixMark.BeyondWindow);
        Add(NpgsqlDbType.Integer, ChunkFixes);
        return command;

        void Add(NpgsqlDbType type, object value) =>
            command.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
    }

    private async Task ReadChunkAsync(
        TenantId tenant, TrackQuery query, List<TrackFix> chunk, CancellationToken cancellationToken)
    {
        chunk.Clear();
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        await using var command = Command(scope.Connection, scope.Transaction, query, Sql);
        await using var row = await command.ExecuteReaderAsync(CommandBehavior.SingleResult, cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            chunk.Add(Read(row));
    }

    private static TrackFix Read(NpgsqlDataReader row)
    {
        var fix = new Fix
        {
            FixedAt = Time(row, 0),
            ContentHash = row.GetInt64(1),
            Position = Ewkb.ReadPoint(row.GetFieldValue<byte[]>(3)),
            AltitudeMm = Int(row, 4),
            SpeedMmps = Int(row, 5),
            HeadingCdeg = Int(row, 6),
            AccuracyMm = Int(row, 7),
            BatteryPermille = row.IsDBNull(8) ? null : row.GetInt16(8),
            Alarm = (AlarmKind)row.GetInt16(9),
            IsDeclaredInvalid = row.GetBoolean(10),
            AttributesJson = row.IsDBNull(11) ? null : row.GetString(11),
        };
        return new TrackFix(fix, Time(row, 2), (FixMark)row.GetInt16(12));
    }

    private static int? Int(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);

    private static UtcMicros Time(NpgsqlDataReader row, int column) =>
        UtcMicros.From(new DateTimeOffset(row.GetDateTime(column), TimeSpan.Zero));
}
