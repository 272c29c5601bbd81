using System.Runtime.CompilerServices;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.People;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Devices;

/// <summary>What a device's snapshot row says.</summary>
internal sealed record StoredSnapshot(long Version, DeviceFold? Fold, FixKey Last, DevicePresence Presence);

/// <summary>Reads what is stored of a device, for recovery, refold and adoption. Writes nothing.</summary>
internal sealed class DeviceReader(FieldCrmDatabase database)
{
    private const string FixColumns =
        "f.fixed_at, f.content_hash, f.position::bytea, f.altitude_mm, f.speed_mmps, f.heading_cdeg, f.accuracy_mm, "
        + "f.battery_permille, f.alarm, f.declared_invalid, f.attributes::text";

    private const string BeyondWindow = "4"; // FixMark.BeyondWindow, as a constant of the statement

    private const string IsEvaluated =
        $"""
        NOT EXISTS (SELECT FROM fix_mark m WHERE m.device_id = f.device_id AND m.fixed_at = f.fixed_at
              AND m.content_hash = f.content_hash AND m.mark = {BeyondWindow})
        """;

    // The row comparison walks the unique index; the plain one on fixed_at lets the planner leave out partitions.
    private const string FixesAfterSql =
        $$"""
        SELECT {{FixColumns}} FROM fix f
        WHERE f.device_id = $1 AND f.fixed_at >= $2 AND (f.fixed_at, f.content_hash) > ($2, $3)
          AND {{IsEvaluated}}
        ORDER BY f.fixed_at, f.content_hash LIMIT $4
        """;

    private const string NewestFixesSql =
        $"""
        SELECT {FixColumns} FROM fix f WHERE f.device_id = $1 AND {IsEvaluated}
        ORDER BY f.fixed_at DESC, f.content_hash DESC LIMIT $2
        """;

    /// <summary>After every fix: for reads without an upper end.</summary>
    public static readonly FixKey End = new(UtcMicros.From(DateTimeOffset.MaxValue), long.MaxValue);

    public async Task<StoredSnapshot?> SnapshotAsync(DeviceId device, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand(
            """
            SELECT version, fold_version, last_fixed_at, last_content_hash, state, last_received_at, signal_lost, clock_skew_ms
            FROM device_snapshot WHERE device_id = $1
            """);
        Add(command, device.Value, NpgsqlDbType.Integer);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken))
            return null;
        var fold = row.GetInt16(1) == DeviceFold.Version
            ? DeviceFold.FromBytes(device, row.GetFieldValue<byte[]>(4)) : null;
        return new StoredSnapshot(
            row.GetInt64(0), fold, Key(row, 2, 3),
            new DevicePresence(Time(row, 5), row.GetBoolean(6), row.GetInt64(7)));
    }

    public async Task<StreamHead> StreamHeadAsync(string stream, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand(
            "SELECT version, hash FROM event WHERE stream = $1 ORDER BY version DESC LIMIT 1");
        Add(command, stream, NpgsqlDbType.Text);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new StreamHead(row.GetInt64(0), row.GetFieldValue<byte[]>(1)) : StreamHead.Empty;
    }

    /// <summary>Stored fixes after a key in key order, without those beyond the window; streamed.</summary>
    public async IAsyncEnumerable<Fix> FixesAfterAsync(
        DeviceId device, FixKey after, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand(FixesAfterSql);
        Add(command, device.Value, NpgsqlDbType.Integer);
        Add(command, FixCopy.Timestamp(after.FixedAt), NpgsqlDbType.TimestampTz);
        Add(command, after.ContentHash, NpgsqlDbType.Bigint);
        Add(command, limit, NpgsqlDbType.Integer);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            yield return ReadFix(row);
    }

    /// <summary>The newest stored fixes in key order, without those beyond the window.</summary>
    public async Task<List<Fix>> NewestFixesAsync(DeviceId device, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand(NewestFixesSql);
        Add(command, device.Value, NpgsqlDbType.Integer);
        Add(command, limit, NpgsqlDbType.Integer);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var fixes = new List<Fix>();
        while (await row.ReadAsync(cancellationToken))
            fixes.Add(ReadFix(row));
        fixes.Reverse();
        return fixes;
    }

    /// <summary>The newest checkpoint of this fold version before a key; null when a refold must begin with the first fix.</summary>
    public async Task<DeviceFold?> CheckpointBeforeAsync(DeviceId device, FixKey key, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand(
            """
            SELECT state FROM device_checkpoint
            WHERE device_id = $1 AND (through_fixed_at, through_hash) < ($2, $3) AND fold_version = $4
            ORDER BY through_fixed_at DESC, through_hash DESC LIMIT 1
            """);
        Add(command, device.Value, NpgsqlDbType.Integer);
        Add(command, FixCopy.Timestamp(key.FixedAt), NpgsqlDbType.TimestampTz);
        Add(command, key.ContentHash, NpgsqlDbType.Bigint);
        Add(command, (short)DeviceFold.Version, NpgsqlDbType.Smallint);
        return await command.ExecuteScalarAsync(cancellationToken) is byte[] state
            ? DeviceFold.FromBytes(device, state) : null;
    }

    /// <summary>Checkpoints, ascending; those through a fix before a time, or all. Also of other fold versions.</summary>
    public async Task<List<Checkpoint>> CheckpointsAsync(DeviceId device, UtcMicros? before, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand(
            """
            SELECT through_fixed_at, through_hash, state FROM device_checkpoint
            WHERE device_id = $1 AND through_fixed_at < $2 ORDER BY through_fixed_at, through_hash
            """);
        Add(command, device.Value, NpgsqlDbType.Integer);
        Add(command, FixCopy.Timestamp(before ?? End.FixedAt), NpgsqlDbType.TimestampTz);
        var checkpoints = new List<Checkpoint>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            checkpoints.Add(new Checkpoint(Key(row, 0, 1), [.. row.GetFieldValue<byte[]>(2)]));
        return checkpoints;
    }

    /// <summary>Whether a refold of the device is pending.</summary>
    public async Task<bool> IsMarkedAsync(DeviceId device, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand("SELECT EXISTS (SELECT FROM refold_mark WHERE device_id = $1)");
        Add(command, device.Value, NpgsqlDbType.Integer);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>A number above every refold mark's so far.</summary>
    public async Task<long> NextGenerationAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand("SELECT nextval('refold_generation')");
        return await command.ExecuteScalarAsync(cancellationToken) is long next ? next : throw new InvalidOperationException("A sequence ended.");
    }

    /// <summary>The newest event of a stream that still has its payload; null when none has.</summary>
    public async Task<long?> NewestPayloadAsync(string stream, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand(
            """
            SELECT e.version FROM event e JOIN event_payload p USING (stream, version)
            WHERE e.stream = $1 AND e.type <> $2 ORDER BY e.version DESC LIMIT 1
            """);
        Add(command, stream, NpgsqlDbType.Text);
        Add(command, PayloadErasure.EventType, NpgsqlDbType.Text);
        return await command.ExecuteScalarAsync(cancellationToken) as long?;
    }

    /// <summary>Whether it is a person's who is not on shift.</summary>
    public async Task<bool> IsOffShiftAsync(DeviceId device, UtcMicros now, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand($"SELECT 1 {PersonOnShift.From} AND d.device_id = $2 AND s.user_id IS NULL");
        command.Parameters.Add(PersonOnShift.Began(now.ToDateTimeOffset()));
        Add(command, device.Value, NpgsqlDbType.Integer);
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    /// <summary>Net events emitted after a key and not after another.</summary>
    public async Task<List<NetEvent>> EventsBetweenAsync(
        DeviceId device, FixKey after, FixKey through, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand(
            """
            SELECT event_id, kind, start_fixed_at, start_hash, emitted_fixed_at, emitted_hash, payload::text
            FROM device_event
            WHERE device_id = $1 AND emitted_fixed_at >= $2 AND (emitted_fixed_at, emitted_hash) > ($2, $3)
              AND emitted_fixed_at <= $4 AND (emitted_fixed_at, emitted_hash) <= ($4, $5)
            """);
        AddKeys(command, device, after, through);
        var events = new List<NetEvent>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            events.Add(new NetEvent(
                row.GetGuid(0), (NetEventKind)row.GetInt16(1), Key(row, 2, 3), Key(row, 4, 5), row.GetString(6)));
        }
        return events;
    }

    /// <summary>Marks of fixes after a key and not after another.</summary>
    public async Task<List<MarkChange>> MarksBetweenAsync(
        DeviceId device, FixKey after, FixKey through, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand(
            """
            SELECT fixed_at, content_hash, mark FROM fix_mark
            WHERE device_id = $1 AND fixed_at >= $2 AND (fixed_at, content_hash) > ($2, $3)
              AND fixed_at <= $4 AND (fixed_at, content_hash) <= ($4, $5)
            """);
        AddKeys(command, device, after, through);
        var marks = new List<MarkChange>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            marks.Add(new MarkChange(Key(row, 0, 1), (FixMark)row.GetInt16(2)));
        return marks;
    }

    public static FixKey Key(NpgsqlDataReader row, int time, int hash) => new(Time(row, time), row.GetInt64(hash));

    public static UtcMicros Time(NpgsqlDataReader row, int column) =>
        UtcMicros.From(new DateTimeOffset(row.GetDateTime(column), TimeSpan.Zero));

    private static Fix ReadFix(NpgsqlDataReader row) => new()
    {
        FixedAt = Time(row, 0),
        ContentHash = row.GetInt64(1),
        Position = Ewkb.ReadPoint(row.GetFieldValue<byte[]>(2)),
        AltitudeMm = row.IsDBNull(3) ? null : row.GetInt32(3),
        SpeedMmps = row.IsDBNull(4) ? null : row.GetInt32(4),
        HeadingCdeg = row.IsDBNull(5) ? null : row.GetInt32(5),
        AccuracyMm = row.IsDBNull(6) ? null : row.GetInt32(6),
        BatteryPermille = row.IsDBNull(7) ? null : row.GetInt16(7),
        Alarm = (AlarmKind)row.GetInt16(8),
        IsDeclaredInvalid = row.GetBoolean(9),
        AttributesJson = row.IsDBNull(10) ? null : row.GetString(10),
    };

    private static void AddKeys(NpgsqlCommand command, DeviceId device, FixKey after, FixKey through)
    {
        Add(command, device.Value, NpgsqlDbType.Integer);
        Add(command, FixCopy.Timestamp(after.FixedAt), NpgsqlDbType.TimestampTz);
        Add(command, after.ContentHash, NpgsqlDbType.Bigint);
        Add(command, FixCopy.Timestamp(through.FixedAt), NpgsqlDbType.TimestampTz);
        Add(command, through.ContentHash, NpgsqlDbType.Bigint);
    }

    private static void Add(NpgsqlCommand command, object value, NpgsqlDbType type) =>
        command.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
}
