using System.Collections.Immutable;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.DueTimes;
using NpgsqlTypes;

namespace FieldCrm.Silo.Devices;

/// <summary>The rows a device's decisions write beside its fixes and ledger entries.</summary>
internal static class DeviceStatements
{
    private const NpgsqlDbType TimeArray = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz;
    private const NpgsqlDbType LongArray = NpgsqlDbType.Array | NpgsqlDbType.Bigint;

    private const string SnapshotColumns =
        "fold_version, last_fixed_at, last_content_hash, state, last_received_at, signal_lost, clock_skew_ms, "
        + "live_fixed_at, live_latitude_e7, live_longitude_e7, live_speed_mmps, live_heading_cdeg, live_accuracy_mm, "
        + "live_battery_permille, motion";

    private const string SnapshotValues = "$4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18";

    /// <summary>
    /// The fold as it stands, written only over the version that this grain wrote last: another activation's write
    /// in between is a conflict, and this one reloads.
    /// </summary>
    public static SqlStatement Snapshot(DeviceState state, TenantId tenant, long expectedVersion)
    {
        var sql = expectedVersion == 0
            ? $"""
              INSERT INTO device_snapshot (device_id, tenant_id, version, {SnapshotColumns})
              VALUES ($1, $2, $3 + 1, {SnapshotValues})
              """
            : $"""
              UPDATE device_snapshot SET (tenant_id, version, {SnapshotColumns}, tx)
                  = ($2, $3 + 1, {SnapshotValues}, pg_current_xact_id()::text::bigint)
              WHERE device_id = $1 AND version = $3
              """;
        var fold = state.Fold;
        var last = fold.LastKey ?? throw new InvalidOperationException("A device without fixes has no snapshot.");
        var live = fold.LastPlausible;
        return new SqlStatement(sql,
            [
                new(fold.Device.Value, NpgsqlDbType.Integer),
                new(tenant.Value, NpgsqlDbType.Integer),
                new(expectedVersion, NpgsqlDbType.Bigint),
                new((short)DeviceFold.Version, NpgsqlDbType.Smallint),
                new(FixCopy.Timestamp(last.FixedAt), NpgsqlDbType.TimestampTz),
                new(last.ContentHash, NpgsqlDbType.Bigint),
                new(fold.ToBytes(), NpgsqlDbType.Bytea),
                new(FixCopy.Timestamp(state.Presence.LastReceivedAt ?? last.FixedAt), NpgsqlDbType.TimestampTz),
                new(state.Presence.IsSignalLost, NpgsqlDbType.Boolean),
                new(state.Presence.ClockSkewMs, NpgsqlDbType.Bigint),
                new(live is { } at ? FixCopy.Timestamp(at.Key.FixedAt) : null, NpgsqlDbType.TimestampTz),
                new(live?.Position.LatitudeE7, NpgsqlDbType.Integer),
                new(live?.Position.LongitudeE7, NpgsqlDbType.Integer),
                new(live?.SpeedMmps, NpgsqlDbType.Integer),
                new(live?.HeadingCdeg, NpgsqlDbType.Integer),
                new(live?.AccuracyMm, NpgsqlDbType.Integer),
                new((short?)live?.BatteryPermille, NpgsqlDbType.Smallint),
                new((short)fold.Motion, NpgsqlDbType.Smallint),
            ],
            ExpectedRows: 1);
    }

    public static SqlStatement Checkpoints(DeviceId device, TenantId tenant, ImmutableArray<Checkpoint> checkpoints) => new(
        """
        INSERT INTO device_checkpoint (device_id, tenant_id, fold_version, through_fixed_at, through_hash, state)
        SELECT $1, $2, $3, * FROM unnest($4::timestamptz[], $5::bigint[], $6::bytea[])
        ON CONFLICT (device_id, through_fixed_at, through_hash) DO UPDATE SET state = EXCLUDED.state, fold_version = EXCLUDED.fold_version
        """,
        [
            new(device.Value, NpgsqlDbType.Integer),
            new(tenant.Value, NpgsqlDbType.Integer),
            new((short)DeviceFold.Version, NpgsqlDbType.Smallint),
            new(checkpoints.Select(c => FixCopy.Timestamp(c.Through.FixedAt)).ToArray(), TimeArray),
            new(checkpoints.Select(c => c.Through.ContentHash).ToArray(), LongArray),
            new(checkpoints.Select(c => c.State.ToArray()).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea),
        ]);

    /// <summary>A refold replaces every checkpoint after the one it began from.</summary>
    /// <param name="isStartStale">That one goes too: it has lost its place.</param>
    public static SqlStatement DropCheckpointsAfter(DeviceId device, FixKey start, bool isStartStale) => new(
        $"DELETE FROM device_checkpoint WHERE device_id = $1 AND (through_fixed_at, through_hash) {After(isStartStale)} ($2, $3)",
        [new(device.Value, NpgsqlDbType.Integer), Time(start), new(start.ContentHash, NpgsqlDbType.Bigint)]);

    /// <summary>Retention: no refold begins there any more.</summary>
    public static SqlStatement DropCheckpointsBefore(DeviceId device, FixKey key) => new(
        "DELETE FROM device_checkpoint WHERE device_id = $1 AND (through_fixed_at, through_hash) < ($2, $3)",
        [new(device.Value, NpgsqlDbType.Integer), Time(key), new(key.ContentHash, NpgsqlDbType.Bigint)]);

    /// <summary>Retention: there is nothing left to fold again.</summary>
    public static SqlStatement DropMark(DeviceId device) =>
        new("DELETE FROM refold_mark WHERE device_id = $1", [new(device.Value, NpgsqlDbType.Integer)]);

    /// <summary>A slice replaces every checkpoint between its two keys.</summary>
    /// <param name="isStartStale">The one it began from goes too.</param>
    public static SqlStatement DropCheckpointsBetween(DeviceId device, FixKey start, FixKey through, bool isStartStale) => new(
        $"""
        DELETE FROM device_checkpoint
        WHERE device_id = $1 AND (through_fixed_at, through_hash) {After(isStartStale)} ($2, $3) AND (through_fixed_at, through_hash) <= ($4, $5)
        """,
        [
            new(device.Value, NpgsqlDbType.Integer), Time(start), new(start.ContentHash, NpgsqlDbType.Bigint),
            Time(through), new(through.ContentHash, NpgsqlDbType.Bigint),
        ]);

    private static string After(bool isStartStale) => isStartStale ? ">=" : ">";

    /// <summary>Everything stored of the device is to be folded again: the fold itself has changed.</summary>
    /// <param name="openFrom">The first fix of the tail that the grain goes on from meanwhile.</param>
    public static SqlStatement MarkFromBeginning(DeviceId device, TenantId tenant, FixKey openFrom, DateTimeOffset now) => new(
        """
        INSERT INTO refold_mark AS m (
            device_id, tenant_id, from_fixed_at, from_hash, open_fixed_at, open_hash, first_marked_at, newest_marked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
        ON CONFLICT (device_id) DO UPDATE SET generation = EXCLUDED.generation,
            from_fixed_at = EXCLUDED.from_fixed_at, from_hash = EXCLUDED.from_hash,
            open_fixed_at = EXCLUDED.open_fixed_at, open_hash = EXCLUDED.open_hash, newest_marked_at = EXCLUDED.newest_marked_at
        """,
        [
            new(device.Value, NpgsqlDbType.Integer), new(tenant.Value, NpgsqlDbType.Integer), Time(FixKey.Min),
            new(FixKey.Min.ContentHash, NpgsqlDbType.Bigint), Time(openFrom), new(openFrom.ContentHash, NpgsqlDbType.Bigint),
            new(now.UtcDateTime, NpgsqlDbType.TimestampTz),
        ]);

    /// <summary>What lies before a key is folded and corrected; a mark that another late fix moved meanwhile conflicts.</summary>
    public static SqlStatement MoveMark(DeviceId device, FixKey from, long generation) => new(
        """
        UPDATE refold_mark SET from_fixed_at = $2, from_hash = $3, generation = nextval('refold_generation')
        WHERE device_id = $1 AND generation = $4
        """,
        [
            new(device.Value, NpgsqlDbType.Integer), Time(from), new(from.ContentHash, NpgsqlDbType.Bigint),
            new(generation, NpgsqlDbType.Bigint),
        ],
        ExpectedRows: 1);

    /// <summary>The mark is answered, unless another late fix moved it meanwhile.</summary>
    public static SqlStatement AnswerMark(DeviceId device, long generation) => new(
        "DELETE FROM refold_mark WHERE device_id = $1 AND generation = $2",
        [new(device.Value, NpgsqlDbType.Integer), new(generation, NpgsqlDbType.Bigint)]);

    public static SqlStatement SetEvents(DeviceId device, TenantId tenant, ImmutableArray<NetEvent> events) => new(
        """
        INSERT INTO device_event (device_id, tenant_id, event_id, kind, start_fixed_at, start_hash, emitted_fixed_at, emitted_hash, payload)
        SELECT $1, $2, event_id, kind, start_fixed_at, start_hash, emitted_fixed_at, emitted_hash, payload::json
        FROM unnest($3::uuid[], $4::smallint[], $5::timestamptz[], $6::bigint[], $7::timestamptz[], $8::bigint[], $9::text[])
            AS row (event_id, kind, start_fixed_at, start_hash, emitted_fixed_at, emitted_hash, payload)
        ON CONFLICT (device_id, event_id) DO UPDATE SET emitted_fixed_at = EXCLUDED.emitted_fixed_at,
            emitted_hash = EXCLUDED.emitted_hash, payload = EXCLUDED.payload
        """,
        [
            new(device.Value, NpgsqlDbType.Integer),
            new(tenant.Value, NpgsqlDbType.Integer),
            new(events.Select(e => e.Id).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid),
            new(events.Select(e => (short)e.Kind).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Smallint),
            new(events.Select(e => FixCopy.Timestamp(e.Start.FixedAt)).ToArray(), TimeArray),
            new(events.Select(e => e.Start.ContentHash).ToArray(), LongArray),
            new(events.Select(e => FixCopy.Timestamp(e.EmittedAt.FixedAt)).ToArray(), TimeArray),
            new(events.Select(e => e.EmittedAt.ContentHash).ToArray(), LongArray),
            new(events.Select(e => e.PayloadJson).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
        ]);

    public static SqlStatement WithdrawEvents(DeviceId device, IEnumerable<Guid> events) => new(
        "DELETE FROM device_event WHERE device_id = $1 AND event_id = ANY ($2)",
        [new(device.Value, NpgsqlDbType.Integer), new(events.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid)]);

    /// <summary>All that was made of a device's fixes, and what of them lies elsewhere.</summary>
    public static ImmutableArray<SqlStatement> Erase(DeviceId device, TenantId tenant) =>
    [
        .. new[] { "device_snapshot", "device_checkpoint", "refold_mark", "device_event", "fix_mark", "alarm", "quarantine" }.Select(table =>
            new SqlStatement(
                $"DELETE FROM {table} WHERE tenant_id = $1 AND device_id = $2",
                [new(tenant.Value, NpgsqlDbType.Integer), new(device.Value, NpgsqlDbType.Integer)])),
        new SqlStatement(
            // The kind stands in the text: the index is of these messages alone.
            $"DELETE FROM outbox WHERE tenant_id = $1 AND kind = '{AlarmEffect.Kind}' AND payload ->> 'deviceId' = $2",
            [new(tenant.Value, NpgsqlDbType.Integer), new(device.ToString(), NpgsqlDbType.Text)]),
        DueSql.Clear(DeviceUnit.SilenceDue, device.Value),
    ];

    public static SqlStatement SetMarks(DeviceId device, TenantId tenant, ImmutableArray<MarkChange> marks) => new(
        """
        INSERT INTO fix_mark (device_id, tenant_id, fixed_at, content_hash, mark)
        SELECT $1, $2, * FROM unnest($3::timestamptz[], $4::bigint[], $5::smallint[])
        ON CONFLICT (device_id, fixed_at, content_hash) DO UPDATE SET mark = EXCLUDED.mark
        """,
        [
            new(device.Value, NpgsqlDbType.Integer),
            new(tenant.Value, NpgsqlDbType.Integer),
            new(marks.Select(m => FixCopy.Timestamp(m.Fix.FixedAt)).ToArray(), TimeArray),
            new(marks.Select(m => m.Fix.ContentHash).ToArray(), LongArray),
            new(marks.Select(m => (short)m.Mark).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Smallint),
        ]);

    public static SqlStatement ClearMarks(DeviceId device, ImmutableArray<MarkChange> marks) => new(
        """
        DELETE FROM fix_mark m USING unnest($2::timestamptz[], $3::bigint[]) AS row (fixed_at, content_hash)
        WHERE m.device_id = $1 AND m.fixed_at = row.fixed_at AND m.content_hash = row.content_hash
        """,
        [
            new(device.Value, NpgsqlDbType.Integer),
            new(marks.Select(m => FixCopy.Timestamp(m.Fix.FixedAt)).ToArray(), TimeArray),
            new(marks.Select(m => m.Fix.ContentHash).ToArray(), LongArray),
        ]);

    private static SqlValue Time(FixKey key) => new(FixCopy.Timestamp(key.FixedAt), NpgsqlDbType.TimestampTz);
}
