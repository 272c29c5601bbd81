using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Live;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Positions;

/// <summary>What the database knows of one device.</summary>
internal readonly record struct StoredPosition(TenantId Tenant, DeviceId Device, Sighting Sighting, UnitMarks Marks, bool IsDisabled);

/// <summary>
/// The last position of every device out of the store: its snapshot, or a newer fix that was stored after it and is not
/// marked. When it was heard is exact up to the snapshot; what came in since and is not believed shows at its next report.
/// </summary>
internal sealed class StoredPositions(FieldCrmDatabase database)
{
    // The lateral look is one probe of the unique index in the newest partition that has the device; fixes before the
    // snapshot's last are in the snapshot.
    private const string Sql =
        """
        SELECT d.tenant_id, d.device_id,
               s.live_fixed_at, s.last_received_at, s.live_latitude_e7, s.live_longitude_e7, s.live_speed_mmps,
               s.live_heading_cdeg, s.live_accuracy_mm, s.live_battery_permille, coalesce(s.motion, 0::smallint),
               f.fixed_at, f.received_at, f.position, f.speed_mmps, f.heading_cdeg, f.accuracy_mm, f.battery_permille,
               d.disabled_at IS NOT NULL, coalesce(s.signal_lost, false), d.kind, coalesce(u.status, 0::smallint),
               EXISTS (SELECT FROM alarm a WHERE a.device_id = d.device_id AND NOT a.is_withdrawn AND a.acknowledged_at IS NULL)
        FROM device d
        LEFT JOIN unit_availability u ON u.device_id = d.device_id
        LEFT JOIN device_snapshot s ON s.device_id = d.device_id
        LEFT JOIN LATERAL (
            SELECT n.fixed_at, n.received_at, n.position::bytea AS position, n.speed_mmps, n.heading_cdeg, n.accuracy_mm,
                   n.battery_permille
            FROM fix n
            WHERE n.device_id = d.device_id AND NOT n.declared_invalid
              AND n.fixed_at >= coalesce(s.last_fixed_at, '-infinity')
              AND NOT EXISTS (SELECT FROM fix_mark m WHERE m.device_id = n.device_id AND m.fixed_at = n.fixed_at
                              AND m.content_hash = n.content_hash)
            ORDER BY n.fixed_at DESC, n.content_hash DESC LIMIT 1) f ON true
        WHERE d.device_id > $1
        ORDER BY d.device_id
        LIMIT $2
        """;

    /// <summary>The next devices by id; empty at the end.</summary>
    public async Task<List<StoredPosition>> PageAsync(int afterDevice, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand(Sql);
        command.Parameters.Add(new NpgsqlParameter { Value = afterDevice, NpgsqlDbType = NpgsqlDbType.Integer });
        command.Parameters.Add(new NpgsqlParameter { Value = limit, NpgsqlDbType = NpgsqlDbType.Integer });
        var page = new List<StoredPosition>(limit);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            page.Add(new StoredPosition(
                new TenantId(row.GetInt32(0)), new DeviceId(row.GetInt32(1)), Newer(row), Marks(row), row.GetBoolean(18)));
        }
        return page;
    }

    private static Sighting Newer(NpgsqlDataReader row)
    {
        UtcMicros? snapshotAt = row.IsDBNull(3) ? null : Time(row, 3);
        if (row.IsDBNull(11))
            return new Sighting(snapshotAt, FromSnapshot(row));
        var receivedAt = Time(row, 12);
        var heardAt = snapshotAt is { } earlier && earlier > receivedAt ? earlier : receivedAt;
        return new Sighting(heardAt, FromSnapshot(row) is { } known && Time(row, 11) <= known.FixedAt ? known : FromFix(row));
    }

    private static UnitMarks Marks(NpgsqlDataReader row) => new(
        (UnitKind)row.GetInt16(20), (AvailabilityStatus)row.GetInt16(21),
        (row.GetBoolean(19) ? UnitFlags.SignalLost : UnitFlags.None) | (row.GetBoolean(22) ? UnitFlags.OpenAlarm : UnitFlags.None));

    private static LastPosition? FromSnapshot(NpgsqlDataReader row) => row.IsDBNull(2) ? null : new LastPosition
    {
        FixedAt = Time(row, 2),
        Position = new(row.GetInt32(4), row.GetInt32(5)),
        SpeedMmps = Int(row, 6),
        HeadingCdeg = Int(row, 7),
        AccuracyMm = Int(row, 8),
        BatteryPermille = Short(row, 9),
        Motion = (MotionState)row.GetInt16(10),
    };

    // The motion is the snapshot's: the device's grain corrects it when it wakes.
    private static LastPosition FromFix(NpgsqlDataReader row) => new()
    {
        FixedAt = Time(row, 11),
        Position = Ewkb.ReadPoint(row.GetFieldValue<byte[]>(13)),
        SpeedMmps = Int(row, 14),
        HeadingCdeg = Int(row, 15),
        AccuracyMm = Int(row, 16),
        BatteryPermille = Short(row, 17),
        Motion = (MotionState)row.GetInt16(10),
    };

    private static int? Int(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);

    private static int? Short(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt16(column);

    private static UtcMicros Time(NpgsqlDataReader row, int column) =>
        UtcMicros.From(new DateTimeOffset(row.GetDateTime(column), TimeSpan.Zero));
}
