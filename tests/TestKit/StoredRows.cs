using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.TestKit;

/// <summary>Puts rows into the store as the silo's role, for tests of what reads them.</summary>
public sealed class StoredRows(FieldCrmDatabase database)
{
    private int _seq;

    public Task TenantAsync(int tenant) => ExecuteAsync(
        "INSERT INTO tenant (tenant_id, name, settings, created_at) VALUES ($1, 'tenant-' || $1, '{}', now())", tenant);

    public Task DeviceAsync(int tenant, int device, string uniqueId, string name) => ExecuteAsync(
        """
        INSERT INTO device (device_id, tenant_id, unique_id, name, accepts_enrolment, created_at)
        VALUES ($1, $2, $3, $4, false, now())
        """, device, tenant, uniqueId, name);

    public async Task FixesAsync(int tenant, int device, IEnumerable<Fix> fixes, UtcMicros receivedAt)
    {
        var rows = fixes.Select(f => f.Hashed()).ToArray();
        foreach (var day in rows.Select(f => f.FixedAt.UtcDay).Distinct())
            await ExecuteAsync("SELECT ensure_day($1)", day);
        await using var connection = await database.Silo.OpenConnectionAsync();
        await using var import = await connection.BeginBinaryImportAsync(
            """
            COPY fix (device_id, tenant_id, fixed_at, content_hash, received_at, position, altitude_mm, speed_mmps, heading_cdeg,
                accuracy_mm, battery_permille, alarm, declared_invalid, attributes, seq) FROM STDIN (FORMAT BINARY)
            """);
        foreach (var fix in rows)
        {
            await import.StartRowAsync();
            await import.WriteAsync(device, NpgsqlDbType.Integer);
            await import.WriteAsync(tenant, NpgsqlDbType.Integer);
            await import.WriteAsync(fix.FixedAt.ToDateTimeOffset().UtcDateTime, NpgsqlDbType.TimestampTz);
            await import.WriteAsync(fix.ContentHash, NpgsqlDbType.Bigint);
            await import.WriteAsync(receivedAt.ToDateTimeOffset().UtcDateTime, NpgsqlDbType.TimestampTz);
            await import.WriteAsync(Ewkb(fix), NpgsqlDbType.Bytea);
            await OptionalAsync(import, fix.AltitudeMm);
            await OptionalAsync(import, fix.SpeedMmps);
            await OptionalAsync(import, fix.HeadingCdeg);
            await OptionalAsync(import, fix.AccuracyMm);
            if (fix.BatteryPermille is { } battery)
                await import.WriteAsync((short)battery, NpgsqlDbType.Smallint);
            else
                await import.WriteNullAsync();
            await import.WriteAsync((short)fix.Alarm, NpgsqlDbType.Smallint);
            await import.WriteAsync(fix.IsDeclaredInvalid, NpgsqlDbType.Boolean);
            if (fix.AttributesJson is { } attributes)
                await import.WriteAsync(attributes, NpgsqlDbType.Json);
            else
                await import.WriteNullAsync();
            await import.WriteAsync(_seq++, NpgsqlDbType.Integer);
        }
        await import.CompleteAsync();
    }

    public Task MarkAsync(int tenant, int device, Fix fix, FixMark mark) => ExecuteAsync(
        "INSERT INTO fix_mark (device_id, fixed_at, content_hash, tenant_id, mark) VALUES ($1, $2, $3, $4, $5)",
        device, fix.FixedAt.ToDateTimeOffset().UtcDateTime, fix.Hashed().ContentHash, tenant, (short)mark);

    /// <summary>Any statement with its parameters, as the silo.</summary>
    public async Task ExecuteAsync(string sql, params object[] values)
    {
        await using var command = database.Silo.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.AddWithValue(value);
        await command.ExecuteNonQueryAsync();
    }

    private static Task OptionalAsync(NpgsqlBinaryImporter import, int? value) =>
        value is { } present ? import.WriteAsync(present, NpgsqlDbType.Integer) : import.WriteNullAsync();

    // Little-endian point with SRID 4326: PostGIS' own layout, longitude first.
    private static byte[] Ewkb(Fix fix)
    {
        var bytes = new byte[25];
        bytes[0] = 1;
        BitConverter.TryWriteBytes(bytes.AsSpan(1), 0x2000_0001);
        BitConverter.TryWriteBytes(bytes.AsSpan(5), 4326);
        BitConverter.TryWriteBytes(bytes.AsSpan(9), fix.Position.LongitudeDeg);
        BitConverter.TryWriteBytes(bytes.AsSpan(17), fix.Position.LatitudeDeg);
        return bytes;
    }
}
