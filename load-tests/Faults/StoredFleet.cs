using FieldCrm.Core.Devices;
using FieldCrm.LoadTests.Fleet;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.LoadTests.Faults;

/// <summary>
/// Everything the database holds of a fleet, said in terms of the fleet: devices by their place in it, so that two
/// fleets with the same traffic can be compared. Lists, not sets: what is there twice counts twice.
/// </summary>
internal sealed record StoredFleet
{
    public required IReadOnlyList<IReadOnlyList<PlannedFix>> Fixes { get; init; }

    /// <summary>Net events: place, kind, start, payload.</summary>
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary>
    /// Alarms that stand with the tenant, delivered by the outbox: place, kind, start, payload. Those that were raised and
    /// withdrawn on the way depend on when refolds ran, and are no part of the net set.
    /// </summary>
    public required IReadOnlyList<string> Alarms { get; init; }

    /// <summary>Fixes that the fold marked, with their mark.</summary>
    public required IReadOnlyList<string> Marks { get; init; }

    /// <summary>See <see cref="FleetAudit"/>.</summary>
    public required FleetAudit Audit { get; init; }

    public static async Task<StoredFleet> ReadAsync(
        NpgsqlDataSource database, IReadOnlyList<FleetDevice> fleet, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await ReadAsync(connection, fleet, cancellationToken);
    }

    public static async Task<StoredFleet> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<FleetDevice> fleet, CancellationToken cancellationToken)
    {
        var rows = new FleetRows(connection, fleet);
        return new StoredFleet
        {
            Fixes = [.. (await rows.FixesAsync(cancellationToken)).Select(device => device.ConvertAll(static row => Planned(row.Fix)))],
            Events = await rows.LinesAsync(
                """
                SELECT device_id, kind || ' ' || start_fixed_at || ' ' || start_hash || ' ' || payload::text
                FROM fieldcrm.device_event WHERE device_id = ANY($1)
                """, cancellationToken),
            Alarms = await rows.LinesAsync(
                """
                SELECT device_id, kind || ' ' || started_at || ' ' || payload::text
                FROM fieldcrm.alarm WHERE device_id = ANY($1) AND NOT is_withdrawn
                """, cancellationToken),
            Marks = await rows.LinesAsync(
                """
                SELECT device_id, fixed_at || ' ' || content_hash || ' ' || mark
                FROM fieldcrm.fix_mark WHERE device_id = ANY($1) AND mark <> 0
                """, cancellationToken),
            Audit = await FleetAudit.OfAsync(rows, fleet, cancellationToken),
        };
    }

    /// <summary>
    /// What still has to happen before the fleet is at rest: refolds, and deliveries of this tenant's outbox. Also what
    /// was given up, which never comes to rest.
    /// </summary>
    public static async Task<string> PendingAsync(
        NpgsqlDataSource database, IReadOnlyList<FleetDevice> fleet, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            SELECT concat_ws(', ',
                (SELECT count(*) || ' refolds' FROM fieldcrm.refold_mark WHERE device_id = ANY($1) HAVING count(*) > 0),
                (SELECT count(*) || ' deliveries' FROM fieldcrm.outbox WHERE state <> 1 HAVING count(*) > 0))
            """);
        command.Parameters.Add(new NpgsqlParameter
        {
            Value = fleet.Select(device => device.Id).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer,
        });
        return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>What a fix of the product's says, in the sender's terms.</summary>
    public static PlannedFix Planned(in Fix fix) => new(
        fix.FixedAt.Value, fix.Position.LatitudeE7, fix.Position.LongitudeE7, fix.SpeedMmps ?? -1, fix.Alarm)
    {
        AccuracyMm = fix.AccuracyMm, HeadingCdeg = fix.HeadingCdeg, BatteryPermille = fix.BatteryPermille,
    };
}
