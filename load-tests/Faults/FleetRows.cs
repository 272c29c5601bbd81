using System.Globalization;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.LoadTests.Fleet;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.LoadTests.Faults;

/// <summary>Reads the rows of a fleet by SQL of its own, device by device in the order of the fleet.</summary>
internal sealed class FleetRows(NpgsqlConnection database, IReadOnlyList<FleetDevice> fleet)
{
    private readonly Dictionary<int, int> _places = fleet.Select((device, place) => (device.Id, place)).ToDictionary();

    public NpgsqlParameter Ids { get; } = new()
    {
        Value = fleet.Select(device => device.Id).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer,
    };

    /// <summary>Everything that is stored, with what the fold excludes.</summary>
    public Task<List<(Fix Fix, FixMark Mark)>[]> FixesAsync(CancellationToken cancellationToken) => ByDeviceAsync(
        """
        SELECT f.device_id, f.fixed_at, f.content_hash, ST_Y(f.position), ST_X(f.position), f.altitude_mm, f.speed_mmps, f.heading_cdeg,
            f.accuracy_mm, f.battery_permille, f.alarm, f.declared_invalid, f.attributes::text, coalesce(m.mark, 0::smallint)
        FROM fieldcrm.fix f LEFT JOIN fieldcrm.fix_mark m USING (device_id, fixed_at, content_hash)
        WHERE f.device_id = ANY($1)
        """,
        static row => (new Fix
        {
            FixedAt = Time(row, 1), ContentHash = row.GetInt64(2),
            Position = new GeoPoint((int)Math.Round(row.GetDouble(3) * 1e7), (int)Math.Round(row.GetDouble(4) * 1e7)),
            AltitudeMm = Int(row, 5), SpeedMmps = Int(row, 6), HeadingCdeg = Int(row, 7), AccuracyMm = Int(row, 8),
            BatteryPermille = row.IsDBNull(9) ? null : row.GetInt16(9), Alarm = (AlarmKind)row.GetInt16(10),
            IsDeclaredInvalid = row.GetBoolean(11), AttributesJson = row.IsDBNull(12) ? null : row.GetString(12),
        }, (FixMark)row.GetInt16(13)), cancellationToken);

    /// <summary>Each device's snapshot: the key that it reaches to, and the fold's bytes.</summary>
    public Task<List<(FixKey Last, byte[] State)>[]> SnapshotsAsync(CancellationToken cancellationToken) => StatesAsync(
        "SELECT device_id, last_fixed_at, last_content_hash, state FROM fieldcrm.device_snapshot WHERE device_id = ANY($1)", cancellationToken);

    public Task<List<(FixKey Last, byte[] State)>[]> CheckpointsAsync(CancellationToken cancellationToken) => StatesAsync(
        "SELECT device_id, through_fixed_at, through_hash, state FROM fieldcrm.device_checkpoint WHERE device_id = ANY($1)", cancellationToken);

    public Task<List<NetEvent>[]> EventsAsync(CancellationToken cancellationToken) => ByDeviceAsync(
        """
        SELECT device_id, event_id, kind, start_fixed_at, start_hash, emitted_fixed_at, emitted_hash, payload::text
        FROM fieldcrm.device_event WHERE device_id = ANY($1)
        """,
        static row => new NetEvent(row.GetGuid(1), (NetEventKind)row.GetInt16(2), Key(row, 3), Key(row, 5), row.GetString(7)), cancellationToken);

    /// <summary>What a device's stream says of alarms, version by version.</summary>
    public Task<List<AlarmEntry>[]> AlarmEntriesAsync(CancellationToken cancellationToken) => ByDeviceAsync(
        """
        SELECT split_part(e.stream, '/', 2)::int, e.version, (p.payload->>'id')::uuid, e.type
        FROM fieldcrm.event e JOIN fieldcrm.event_payload p USING (stream, version)
        WHERE e.stream IN (SELECT 'device/' || id FROM unnest($1) AS id) AND e.type IN ('AlarmRaised', 'NetEventWithdrawn')
        ORDER BY e.version
        """,
        static row => new AlarmEntry(row.GetGuid(2), row.GetInt64(1), row.GetString(3) == "NetEventWithdrawn"), cancellationToken);

    public Task<List<OutboxRow>[]> OutboxAsync(CancellationToken cancellationToken) => ByDeviceAsync(
        """
        SELECT (payload->>'deviceId')::int, message_id, state, (payload->>'alarmId')::uuid, (payload->>'sourceVersion')::bigint,
            (payload->>'isWithdrawn')::boolean
        FROM fieldcrm.outbox WHERE kind = 'alarm' AND (payload->>'deviceId')::int = ANY($1)
        """,
        static row => new OutboxRow(row.GetGuid(1), row.GetInt16(2), new AlarmEntry(row.GetGuid(3), row.GetInt64(4), row.GetBoolean(5))),
        cancellationToken);

    /// <summary>The tenant's list of alarms.</summary>
    public Task<List<AlarmEntry>[]> AlarmsAsync(CancellationToken cancellationToken) => ByDeviceAsync(
        "SELECT device_id, alarm_id, source_version, is_withdrawn FROM fieldcrm.alarm WHERE device_id = ANY($1)",
        static row => new AlarmEntry(row.GetGuid(1), row.GetInt64(2), row.GetBoolean(3)), cancellationToken);

    /// <summary>What the tenant's stream says of alarms: each delivery that it took.</summary>
    public Task<List<AlarmEntry>[]> TenantEntriesAsync(CancellationToken cancellationToken) => ByDeviceAsync(
        """
        SELECT (p.payload->'report'->>'device')::int, (p.payload->'report'->>'alarmId')::uuid,
            (p.payload->'report'->>'sourceVersion')::bigint, (p.payload->'report'->>'isWithdrawn')::boolean
        FROM fieldcrm.event e JOIN fieldcrm.event_payload p USING (stream, version)
        WHERE e.stream LIKE 'tenant/%' AND e.type IN ('AlarmRaised', 'AlarmCorrected', 'AlarmWithdrawn')
          AND (p.payload->'report'->>'device')::int = ANY($1)
        """,
        static row => new AlarmEntry(row.GetGuid(1), row.GetInt64(2), row.GetBoolean(3)), cancellationToken);

    /// <summary>Sorted lines that begin with the device's place.</summary>
    /// <param name="sql">Yields a device and a text.</param>
    public async Task<List<string>> LinesAsync(string sql, CancellationToken cancellationToken)
    {
        var texts = await ByDeviceAsync(sql, static row => row.GetString(1), cancellationToken);
        var lines = texts.SelectMany((device, place) => device.Select(text => string.Create(CultureInfo.InvariantCulture, $"{place} {text}"))).ToList();
        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    private Task<List<(FixKey Last, byte[] State)>[]> StatesAsync(string sql, CancellationToken cancellationToken) =>
        ByDeviceAsync(sql, static row => (Key(row, 1), row.GetFieldValue<byte[]>(3)), cancellationToken);

    private async Task<List<T>[]> ByDeviceAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, database);
        command.Parameters.Add(Ids.Clone());
        var rows = fleet.Select(_ => new List<T>()).ToArray();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            rows[_places[row.GetInt32(0)]].Add(read(row));
        return rows;
    }

    private static FixKey Key(NpgsqlDataReader row, int column) => new(Time(row, column), row.GetInt64(column + 1));

    private static UtcMicros Time(NpgsqlDataReader row, int column) => UtcMicros.From(new DateTimeOffset(row.GetDateTime(column), TimeSpan.Zero));

    private static int? Int(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);
}

/// <summary>An alarm as of a version of its device's stream.</summary>
internal readonly record struct AlarmEntry(Guid Alarm, long SourceVersion, bool IsWithdrawn);

/// <param name="State">0 waiting, 1 delivered, 2 given up.</param>
internal readonly record struct OutboxRow(Guid Message, int State, AlarmEntry Says);
