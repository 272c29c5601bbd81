using FieldCrm.Core;
using FieldCrm.Core.Devices;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Commit;

/// <summary>The hot path: binary COPY of the forward fixes straight into <c>fix</c>.</summary>
internal static class FixCopy
{
    public const string Command =
        "COPY fix (device_id, tenant_id, fixed_at, content_hash, received_at, position, altitude_mm, speed_mmps, "
        + "heading_cdeg, accuracy_mm, battery_permille, alarm, declared_invalid, attributes, tx, seq) "
        + "FROM STDIN (FORMAT BINARY)";

    public static async Task WriteAsync(NpgsqlConnection connection, List<PendingUnit> batch, long tx)
    {
        if (!HasForward(batch))
            return;
        await using var import = await connection.BeginBinaryImportAsync(Command);
        WriteRows(import, batch, tx);
        await import.CompleteAsync();
    }

    /// <summary>What comes before the year 1 (<see cref="FixKey.Min"/>) is PostgreSQL's -infinity, as Npgsql writes it.</summary>
    public static DateTime Timestamp(UtcMicros time) =>
        time <= YearOne ? DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc) : time.ToDateTimeOffset().UtcDateTime;

    private static readonly UtcMicros YearOne = UtcMicros.From(DateTimeOffset.MinValue);

    private static bool HasForward(List<PendingUnit> batch)
    {
        foreach (var pending in batch)
        {
            if (pending.Unit.Fixes is { Forward.Length: > 0 })
                return true;
        }
        return false;
    }

    // Synchronous writes go into Npgsql's buffer; the asynchronous ones would cost a state machine a value.
    private static void WriteRows(NpgsqlBinaryImporter import, List<PendingUnit> batch, long tx)
    {
        var seq = 0;
        foreach (var pending in batch)
        {
            if (pending.Unit.Fixes is not { } fixes)
                continue;
            foreach (ref readonly var fix in fixes.Forward.AsSpan())
                WriteRow(import, pending.Unit.Tenant, fixes, fix, tx, seq++);
        }
    }

    private static void WriteRow(
        NpgsqlBinaryImporter import, TenantId tenant, DeviceFixes fixes, in Fix fix, long tx, int seq)
    {
        import.StartRow();
        import.Write(fixes.Device.Value, NpgsqlDbType.Integer);
        import.Write(tenant.Value, NpgsqlDbType.Integer);
        import.Write(Timestamp(fix.FixedAt), NpgsqlDbType.TimestampTz);
        import.Write(fix.ContentHash, NpgsqlDbType.Bigint);
        import.Write(Timestamp(fixes.ReceivedAt), NpgsqlDbType.TimestampTz);
        import.Write(Ewkb.Point(fix.Position), NpgsqlDbType.Bytea);
        WriteOptional(import, fix.AltitudeMm);
        WriteOptional(import, fix.SpeedMmps);
        WriteOptional(import, fix.HeadingCdeg);
        WriteOptional(import, fix.AccuracyMm);
        if (fix.BatteryPermille is { } battery)
            import.Write((short)battery, NpgsqlDbType.Smallint);
        else
            import.WriteNull();
        import.Write((short)fix.Alarm, NpgsqlDbType.Smallint);
        import.Write(fix.IsDeclaredInvalid, NpgsqlDbType.Boolean);
        if (fix.AttributesJson is { } attributes)
            import.Write(attributes, NpgsqlDbType.Json);
        else
            import.WriteNull();
        import.Write(tx, NpgsqlDbType.Bigint);
        import.Write(seq, NpgsqlDbType.Integer);
    }

    private static void WriteOptional(NpgsqlBinaryImporter import, int? value)
    {
        if (value is { } present)
            import.Write(present, NpgsqlDbType.Integer);
        else
            import.WriteNull();
    }
}
