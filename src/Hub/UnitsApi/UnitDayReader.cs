using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tracks;
using FieldCrm.Hub.Pages;
using FieldCrm.Silo;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Tracks;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Hub.UnitsApi;

/// <summary>Reads what a unit did between two moments, every row through the tenant's own eyes.</summary>
internal sealed class UnitDayReader(
    FieldCrmDatabase database, TrackReader tracks, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider clock) : IDisposable
{
    /// <summary>A day of a fix every second is 86,400.</summary>
    public const int MaxFixes = 100_000;

    /// <summary>Points of the track: more than a screen has room for.</summary>
    public const int MaxPoints = 3_000;

    // A tracker makes a few events an hour.
    private const int MaxEvents = 1_000;

    // What may still go on when the day begins, however long ago it began: a trip or a stand, with the alarm of either.
    private const int EventsBefore = 8;

    // Closer than a house is nothing on a map that shows a day.
    private const int Zoom = 17;

    // Each reads up to 100,000 fixes and folds them, some hundred milliseconds: a screen waits rather than the machine.
    private const int MaxAtOnce = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _places = new(MaxAtOnce);

    /// <summary>Null where there was no place in time.</summary>
    public async Task<UnitDayView?> ReadAsync(
        TenantId tenant, DeviceId device, UtcMicros from, UtcMicros to, CancellationToken cancellationToken)
    {
        if (!await _places.WaitAsync(Patience, cancellationToken))
            return null;
        try
        {
            var (entries, areAll) = await EntriesAsync(tenant, device, from, to, cancellationToken);
            var (quarantined, skewMs) = await FactsAsync(tenant, device, from, to, cancellationToken);
            var (measure, track, isWhole) = await TrackAsync(tenant, device, from, to, cancellationToken);
            return new UnitDayView(
                from.ToDateTimeOffset(), to.ToDateTimeOffset(), measure.DistanceMm / 1_000.0, (double?)TrackText.Metres(measure.MaxSpeedMmps),
                [.. entries.Where(e => e.Kind == DayEntryKind.Trip).Select(Stretch)], [.. entries.Where(e => e.Kind == DayEntryKind.Stop).Select(Stretch)],
                [.. entries.Where(e => e.Kind == DayEntryKind.Alarm).Select(Alarm)], [.. track.Select(Point)], measure.Believed, measure.Marked,
                quarantined, skewMs, !(areAll && isWhole));
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Positions of that time that are thought implausible, oldest first.</summary>
    public async Task<List<(FixKey Key, MarkedFixView View)>> MarkedAsync(
        TenantId tenant, DeviceId device, UtcMicros from, UtcMicros to, FixKey? after, int limit, CancellationToken cancellationToken)
    {
        var start = after is { } key && key.FixedAt >= from ? key : new FixKey(from, long.MinValue);
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            SELECT m.fixed_at, m.content_hash, f.received_at, ST_Y(f.position), ST_X(f.position), f.speed_mmps, f.accuracy_mm, m.mark
            FROM fix_mark m JOIN fix f ON f.device_id = m.device_id AND f.fixed_at = m.fixed_at AND f.content_hash = m.content_hash
            WHERE m.device_id = $1 AND m.fixed_at >= $2 AND f.fixed_at >= $2 AND m.fixed_at < $4 AND f.fixed_at < $4
              AND (m.fixed_at, m.content_hash) > ($2, $3) AND m.mark <> $5
            ORDER BY m.fixed_at, m.content_hash LIMIT $6
            """, scope.Connection, scope.Transaction);
        Add(command, NpgsqlDbType.Integer, device.Value);
        Add(command, NpgsqlDbType.TimestampTz, start.FixedAt.ToDateTimeOffset().UtcDateTime);
        Add(command, NpgsqlDbType.Bigint, start.ContentHash);
        Add(command, NpgsqlDbType.TimestampTz, to.ToDateTimeOffset().UtcDateTime);
        Add(command, NpgsqlDbType.Smallint, (short)FixMark.BeyondWindow);
        Add(command, NpgsqlDbType.Integer, limit);
        var found = new List<(FixKey, MarkedFixView)>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            var fixedAt = new DateTimeOffset(row.GetDateTime(0), TimeSpan.Zero);
            found.Add((new FixKey(UtcMicros.From(fixedAt), row.GetInt64(1)), new MarkedFixView(
                fixedAt, new DateTimeOffset(row.GetDateTime(2), TimeSpan.Zero), row.GetDouble(3), row.GetDouble(4), Metres(row, 5), Metres(row, 6),
                TrackText.Name((FixMark)row.GetInt16(7)) ?? "")));
        }
        return found;
    }

    public void Dispose() => _places.Dispose();

    private async Task<(DayMeasure Measure, IReadOnlyList<TrackFix> Track, bool IsWhole)> TrackAsync(
        TenantId tenant, DeviceId device, UtcMicros from, UtcMicros to, CancellationToken cancellationToken)
    {
        var measure = new DayMeasure(device, from);
        var track = new BoundedTrack(MaxPoints, Zoom);
        var query = new TrackQuery(device, from.Minus(DayMeasure.Lead), to, IncludesMarked: true);
        var read = 0;
        await foreach (var fix in tracks.ReadAsync(tenant, query, cancellationToken))
        {
            if (read++ == MaxFixes)
                break;
            if (measure.Add(fix))
                track.Add(fix);
        }
        return (measure, track.Finish(), read <= MaxFixes);
    }

    private async Task<(IReadOnlyList<DayEntry> Entries, bool AreAll)> EntriesAsync(
        TenantId tenant, DeviceId device, UtcMicros from, UtcMicros to, CancellationToken cancellationToken)
    {
        var (began, ended) = (from.ToDateTimeOffset(), to.ToDateTimeOffset());
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var events = scope.Context.DeviceEvents.Where(e => e.DeviceId == device.Value);
        var before = await events.Where(e => e.EmittedFixedAt < began).OrderByDescending(e => e.EmittedFixedAt).Take(EventsBefore)
            .ToListAsync(cancellationToken);
        // A day more for how it ended.
        var until = ended.AddDays(1);
        var during = await events.Where(e => e.EmittedFixedAt >= began && e.EmittedFixedAt < until).OrderBy(e => e.EmittedFixedAt).Take(MaxEvents)
            .ToListAsync(cancellationToken);
        return (DayEntries.Of([.. before, .. during], from, to, UtcMicros.From(clock.GetUtcNow())), during.Count < MaxEvents);
    }

    private async Task<(int Quarantined, long? ClockSkewMs)> FactsAsync(
        TenantId tenant, DeviceId device, UtcMicros from, UtcMicros to, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            SELECT (SELECT count(*)::int FROM quarantine WHERE device_id = $1 AND received_at >= $2 AND received_at < $3),
                   (SELECT clock_skew_ms FROM device_snapshot WHERE device_id = $1)
            """, scope.Connection, scope.Transaction);
        Add(command, NpgsqlDbType.Integer, device.Value);
        Add(command, NpgsqlDbType.TimestampTz, from.ToDateTimeOffset().UtcDateTime);
        Add(command, NpgsqlDbType.TimestampTz, to.ToDateTimeOffset().UtcDateTime);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return (row.GetInt32(0), row.IsDBNull(1) ? null : row.GetInt64(1));
    }

    private static DayStretchView Stretch(DayEntry entry) => new(
        entry.From.ToDateTimeOffset(), entry.To?.ToDateTimeOffset(), entry.DistanceMm / 1_000.0, entry.Position.LatitudeDeg, entry.Position.LongitudeDeg);

    private static DayAlarmView Alarm(DayEntry entry) => new(
        entry.From.ToDateTimeOffset(), TrackText.Name(entry.Alarm) ?? "other", entry.Position.LatitudeDeg, entry.Position.LongitudeDeg);

    private static DayPointView Point(TrackFix fix) => new(
        fix.Fix.FixedAt.ToDateTimeOffset(), fix.Fix.Position.LatitudeDeg, fix.Fix.Position.LongitudeDeg, (double?)TrackText.Metres(fix.Fix.SpeedMmps));

    private static double? Metres(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column) / 1_000.0;

    private static void Add(NpgsqlCommand command, NpgsqlDbType type, object value) =>
        command.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
}
