using System.Globalization;
using FieldCrm.Core.Devices;
using FieldCrm.LoadTests.Fleet;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.LoadTests.Faults;

/// <summary>
/// Everything the database holds of a fleet, said in terms of the fleet: devices by their place in it, so that two
/// fleets with the same traffic can be compared. Lists, not sets: what is there twice counts twice.
/// </summary>
internal sealed class StoredFleet
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

    public static async Task<StoredFleet> ReadAsync(
        NpgsqlDataSource database, IReadOnlyList<FleetDevice> fleet, CancellationToken cancellationToken)
    {
        var reader = new Reader(database, fleet);
        return new StoredFleet
        {
            Fixes = await reader.FixesAsync(cancellationToken),
            Events = await reader.LinesAsync(
                """
                SELECT device_id, kind || ' ' || start_fixed_at || ' ' || start_hash || ' ' || payload::text
                FROM fieldcrm.device_event WHERE device_id = ANY($1)
                """, cancellationToken),
            Alarms = await reader.LinesAsync(
                """
                SELECT device_id, kind || ' ' || started_at || ' ' || payload::text
                FROM fieldcrm.alarm WHERE device_id = ANY($1) AND NOT is_withdrawn
                """, cancellationToken),
            Marks = await reader.LinesAsync(
                """
                SELECT device_id, fixed_at || ' ' || content_hash || ' ' || mark
                FROM fieldcrm.fix_mark WHERE device_id = ANY($1) AND mark <> 0
                """, cancellationToken),
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
        command.Parameters.Add(Ids(fleet));
        return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static NpgsqlParameter Ids(IReadOnlyList<FleetDevice> fleet) => new()
    {
        Value = fleet.Select(device => device.Id).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer,
    };

    private sealed class Reader(NpgsqlDataSource database, IReadOnlyList<FleetDevice> fleet)
    {
        private readonly Dictionary<int, int> _places = fleet.Select((device, place) => (device.Id, place)).ToDictionary();

        public async Task<List<PlannedFix>[]> FixesAsync(CancellationToken cancellationToken)
        {
            await using var command = database.CreateCommand(
                """
                SELECT device_id, fixed_at, ST_Y(position), ST_X(position), speed_mmps, alarm
                FROM fieldcrm.fix WHERE device_id = ANY($1)
                """);
            command.Parameters.Add(Ids(fleet));
            var fixes = fleet.Select(_ => new List<PlannedFix>()).ToArray();
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            while (await row.ReadAsync(cancellationToken))
            {
                fixes[_places[row.GetInt32(0)]].Add(new PlannedFix(
                    (row.GetDateTime(1) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond,
                    (int)Math.Round(row.GetDouble(2) * 1e7), (int)Math.Round(row.GetDouble(3) * 1e7), row.GetInt32(4),
                    (AlarmKind)row.GetInt16(5)));
            }
            return fixes;
        }

        public async Task<List<string>> LinesAsync(string sql, CancellationToken cancellationToken)
        {
            await using var command = database.CreateCommand(sql);
            command.Parameters.Add(Ids(fleet));
            var lines = new List<string>();
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            while (await row.ReadAsync(cancellationToken))
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"{_places[row.GetInt32(0)]} {row.GetString(1)}"));
            lines.Sort(StringComparer.Ordinal);
            return lines;
        }
    }
}
