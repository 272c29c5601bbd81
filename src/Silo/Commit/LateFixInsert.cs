using FieldCrm.Core.Devices;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Commit;

/// <summary>
/// Late fixes may be stored already: the unique index decides. What is new moves the device's refold mark, or is
/// marked as beyond the window; a repeat does neither.
/// </summary>
internal static class LateFixInsert
{
    // Sequence numbers of late rows begin above any COPY's, so that (tx, seq) stays unique.
    private const int FirstSeq = 1_000_000;

    private const string Sql = """
        WITH incoming AS (
            SELECT * FROM unnest($1::int[], $2::int[], $3::timestamptz[], $4::bigint[], $5::timestamptz[], $6::bytea[],
                $7::int[], $8::int[], $9::int[], $10::int[], $11::smallint[], $12::smallint[], $13::boolean[], $14::text[],
                $15::int[], $16::boolean[])
            AS row (device_id, tenant_id, fixed_at, content_hash, received_at, position, altitude_mm, speed_mmps,
                heading_cdeg, accuracy_mm, battery_permille, alarm, declared_invalid, attributes, seq, beyond)
        ), stored AS (
            INSERT INTO fix (device_id, tenant_id, fixed_at, content_hash, received_at, position, altitude_mm,
                speed_mmps, heading_cdeg, accuracy_mm, battery_permille, alarm, declared_invalid, attributes, tx, seq)
            SELECT device_id, tenant_id, fixed_at, content_hash, received_at, position::geometry, altitude_mm,
                speed_mmps, heading_cdeg, accuracy_mm, battery_permille, alarm, declared_invalid, attributes::json,
                $17::bigint, seq
            FROM incoming
            ON CONFLICT (device_id, fixed_at, content_hash) DO NOTHING
            RETURNING device_id, tenant_id, fixed_at, content_hash
        ), fresh AS (
            SELECT stored.*, incoming.beyond, incoming.received_at
            FROM stored JOIN incoming USING (device_id, fixed_at, content_hash)
        ), beyond_window AS (
            INSERT INTO fix_mark (device_id, fixed_at, content_hash, tenant_id, mark)
            SELECT device_id, fixed_at, content_hash, tenant_id, $18::smallint FROM fresh WHERE beyond
            ON CONFLICT DO NOTHING
        )
        INSERT INTO refold_mark AS m (device_id, tenant_id, from_fixed_at, from_hash, first_marked_at, newest_marked_at)
        SELECT DISTINCT ON (device_id) device_id, tenant_id, fixed_at, content_hash, received_at, received_at
        FROM fresh WHERE NOT beyond ORDER BY device_id, fixed_at, content_hash
        ON CONFLICT (device_id) DO UPDATE SET
            generation = EXCLUDED.generation,
            newest_marked_at = greatest(m.newest_marked_at, EXCLUDED.newest_marked_at),
            from_hash = CASE WHEN (EXCLUDED.from_fixed_at, EXCLUDED.from_hash) < (m.from_fixed_at, m.from_hash)
                THEN EXCLUDED.from_hash ELSE m.from_hash END,
            from_fixed_at = least(m.from_fixed_at, EXCLUDED.from_fixed_at)
        """;

    public static void AddTo(NpgsqlBatch target, List<PendingUnit> batch, long tx)
    {
        var rows = new List<(PendingUnit Pending, Fix Fix, bool Beyond)>();
        foreach (var pending in batch)
        {
            if (pending.Unit.Fixes is not { } fixes)
                continue;
            foreach (var fix in fixes.Late)
                rows.Add((pending, fix, false));
            foreach (var fix in fixes.BeyondWindow)
                rows.Add((pending, fix, true));
        }
        if (rows.Count == 0)
            return;
        var command = new NpgsqlBatchCommand(Sql);
        Add(NpgsqlDbType.Integer, r => r.Pending.Unit.Fixes!.Device.Value);
        Add(NpgsqlDbType.Integer, r => r.Pending.Unit.Tenant.Value);
        Add(NpgsqlDbType.TimestampTz, r => FixCopy.Timestamp(r.Fix.FixedAt));
        Add(NpgsqlDbType.Bigint, r => r.Fix.ContentHash);
        Add(NpgsqlDbType.TimestampTz, r => FixCopy.Timestamp(r.Pending.Unit.Fixes!.ReceivedAt));
        Add(NpgsqlDbType.Bytea, r => Ewkb.Point(r.Fix.Position));
        Add(NpgsqlDbType.Integer, r => r.Fix.AltitudeMm);
        Add(NpgsqlDbType.Integer, r => r.Fix.SpeedMmps);
        Add(NpgsqlDbType.Integer, r => r.Fix.HeadingCdeg);
        Add(NpgsqlDbType.Integer, r => r.Fix.AccuracyMm);
        Add(NpgsqlDbType.Smallint, r => (short?)r.Fix.BatteryPermille);
        Add(NpgsqlDbType.Smallint, r => (short)r.Fix.Alarm);
        Add(NpgsqlDbType.Boolean, r => r.Fix.IsDeclaredInvalid);
        Add(NpgsqlDbType.Text, r => r.Fix.AttributesJson);
        var seq = FirstSeq;
        Add(NpgsqlDbType.Integer, _ => seq++);
        Add(NpgsqlDbType.Boolean, r => r.Beyond);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = tx, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(new NpgsqlParameter { Value = (short)FixMark.BeyondWindow, NpgsqlDbType = NpgsqlDbType.Smallint });
        target.BatchCommands.Add(command);

        void Add<T>(NpgsqlDbType type, Func<(PendingUnit Pending, Fix Fix, bool Beyond), T> value) =>
            command.Parameters.Add(new NpgsqlParameter
            {
                Value = rows.Select(value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type,
            });
    }
}
