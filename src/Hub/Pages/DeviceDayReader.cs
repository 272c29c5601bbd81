using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tenants;
using FieldCrm.Core.Tracks;
using FieldCrm.Hub.People;
using FieldCrm.Silo;
using FieldCrm.Silo.Positions;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Storage.Model;
using FieldCrm.Silo.Tracks;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Hub.Pages;

/// <summary>Reads what the device page shows, every row through the tenant's own eyes.</summary>
internal sealed class DeviceDayReader(
    FieldCrmDatabase database, LastPositions positions, TrackReader tracks, PersonalAccess people,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider clock)
{
    // A day of a fix every second is 86,400.
    private const int MaxDayFixes = 100_000;

    // Checkpoints are some hundred fixes apart; beyond this the total is what it was then.
    private const int MaxFixesToFold = 4_000;

    // A tracker makes a few events an hour; a page shows no more than people read.
    private const int MaxEvents = 1_000;

    /// <summary>Null where the tenant has no such device.</summary>
    public async Task<DeviceDay?> ReadAsync(
        TenantId tenant, string uniqueId, string? day, bool showsMarked, CancellationToken cancellationToken)
    {
        if (TenantDecider.ValidateDeviceId(uniqueId) is not null)
            return null;
        var now = UtcMicros.From(clock.GetUtcNow());
        var chosen = DayBounds.Choose(day, now.UtcDay);
        DeviceRow row;
        TimeSpan silenceAfter;
        Snapshot? snapshot;
        IReadOnlyList<DayEntry> entries;
        IReadOnlyList<QuarantineCount> quarantine;
        await using (var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken))
        {
            if (await scope.Context.Devices.SingleOrDefaultAsync(d => d.UniqueId == uniqueId, cancellationToken) is not { } found)
                return null;
            row = found;
            silenceAfter = await DeviceListReader.SilenceAfterAsync(scope, cancellationToken);
            snapshot = await SnapshotAsync(scope, row.DeviceId, cancellationToken);
            entries = await EntriesAsync(scope, row.DeviceId, chosen, now, cancellationToken);
            quarantine = await QuarantineAsync(scope, row.DeviceId, cancellationToken);
        }
        var device = new DeviceId(row.DeviceId);
        var isOffShift = (await people.PeopleAsync(tenant, cancellationToken)).GetValueOrDefault(row.DeviceId) is { OnShiftSince: null };
        var sighting = isOffShift ? default : positions.Of(tenant, device);
        return new DeviceDay
        {
            Now = now,
            UniqueId = row.UniqueId,
            Name = row.Name,
            IsDisabled = row.DisabledAt is not null,
            Status = isOffShift ? DeviceStatus.OffShift : DeviceStatuses.Of(sighting, now, silenceAfter),
            HeardAt = sighting.HeardAt,
            Last = sighting.Last,
            Totals = await TotalsAsync(tenant, device, snapshot, now, cancellationToken),
            Day = chosen,
            Today = now.UtcDay,
            ShowsMarked = showsMarked,
            Track = await TrackAsync(tenant, device, chosen, showsMarked, cancellationToken),
            Entries = entries,
            Quarantine = quarantine,
        };
    }

    private async Task<DayTrack> TrackAsync(
        TenantId tenant, DeviceId device, DateOnly day, bool showsMarked, CancellationToken cancellationToken)
    {
        var query = new TrackQuery(
            device, DayBounds.StartOf(day), DayBounds.StartOf(day.AddDays(1)), IncludesMarked: showsMarked);
        // Closer than a street is nothing on a picture of this size; the drawing leaves out more once it knows its extent.
        var simplifier = new TrackSimplifier(zoom: 18);
        var kept = new List<TrackFix>();
        int read = 0, believed = 0;
        await foreach (var fix in tracks.ReadAsync(tenant, query, cancellationToken))
        {
            if (read++ == MaxDayFixes)
                break;
            if (!fix.IsImplausible)
                believed++;
            simplifier.Add(fix, kept);
        }
        simplifier.Finish(kept);
        return new DayTrack(kept, believed, read > MaxDayFixes);
    }

    /// <summary>The fold as it stands now: the last checkpoint and what was stored since, as a recovery would.</summary>
    private async Task<DeviceTotals> TotalsAsync(
        TenantId tenant, DeviceId device, Snapshot? snapshot, UtcMicros now, CancellationToken cancellationToken)
    {
        var fold = snapshot?.Fold?.Clone() ?? new DeviceFold(device);
        var from = fold.LastKey?.FixedAt ?? DayBounds.StartOf(DayBounds.Earliest);
        var query = new TrackQuery(device, from, now.Plus(TimeSpan.FromDays(1)), fold.LastKey, IncludesMarked: true);
        var output = new FoldOutput();
        var folded = 0;
        await foreach (var fix in tracks.ReadAsync(tenant, query, cancellationToken))
        {
            if (folded++ == MaxFixesToFold)
                break;
            if (fix.Mark != FixMark.BeyondWindow)
                fold.Step(fix.Fix, output);
            output.Clear();
        }
        return new DeviceTotals(fold.DistanceMm, snapshot?.ClockSkewMs);
    }

    private static async Task<Snapshot?> SnapshotAsync(TenantScope scope, int device, CancellationToken cancellationToken)
    {
        await using var find = new NpgsqlCommand(
            "SELECT fold_version, state, clock_skew_ms FROM device_snapshot WHERE device_id = $1", scope.Connection, scope.Transaction);
        find.Parameters.Add(new NpgsqlParameter<int> { TypedValue = device, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var row = await find.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken))
            return null;
        var fold = row.GetInt16(0) == DeviceFold.Version
            ? DeviceFold.FromBytes(new DeviceId(device), row.GetFieldValue<byte[]>(1)) : null;
        return new Snapshot(fold, row.GetInt64(2));
    }

    // A day before for what still went on when the day began, a day after for how it ended.
    private static async Task<IReadOnlyList<DayEntry>> EntriesAsync(
        TenantScope scope, int device, DateOnly day, UtcMicros now, CancellationToken cancellationToken)
    {
        var from = DayBounds.StartOf(day.AddDays(-1)).ToDateTimeOffset();
        var to = DayBounds.StartOf(day.AddDays(2)).ToDateTimeOffset();
        var rows = await scope.Context.DeviceEvents
            .Where(e => e.DeviceId == device && e.EmittedFixedAt >= from && e.EmittedFixedAt < to)
            .OrderBy(e => e.EmittedFixedAt).Take(MaxEvents).ToListAsync(cancellationToken);
        return DayEntries.Of(rows, DayBounds.StartOf(day), DayBounds.StartOf(day.AddDays(1)), now);
    }

    private static async Task<IReadOnlyList<QuarantineCount>> QuarantineAsync(
        TenantScope scope, int device, CancellationToken cancellationToken)
    {
        var rows = await scope.Context.Quarantine.Where(q => q.DeviceId == device).GroupBy(q => q.Reason)
            .Select(g => new { Reason = g.Key, Count = g.Count(), First = g.Min(q => q.ReceivedAt), Last = g.Max(q => q.ReceivedAt) })
            .OrderByDescending(g => g.Last).ToListAsync(cancellationToken);
        return [.. rows.Select(r => new QuarantineCount(r.Reason, r.Count, UtcMicros.From(r.First), UtcMicros.From(r.Last)))];
    }

    private sealed record Snapshot(DeviceFold? Fold, long ClockSkewMs);
}
