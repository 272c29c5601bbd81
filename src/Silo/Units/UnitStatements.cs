using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Silo.Commit;
using NpgsqlTypes;

namespace FieldCrm.Silo.Units;

/// <summary>What a unit's events do to its read model.</summary>
internal static class UnitStatements
{
    // The row is written at the version that was decided on and at no other: another activation's change is a conflict.
    private const string Sql =
        """
        INSERT INTO unit_availability (device_id, tenant_id, version, status, note, previous_status, previous_note, undoes, changed_at,
            changed_by_kind, changed_by_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (device_id) DO UPDATE SET version = excluded.version, status = excluded.status, note = excluded.note,
            previous_status = excluded.previous_status, previous_note = excluded.previous_note, undoes = excluded.undoes,
            changed_at = excluded.changed_at, changed_by_kind = excluded.changed_by_kind, changed_by_id = excluded.changed_by_id
        WHERE unit_availability.version = excluded.version - 1 AND unit_availability.tenant_id = excluded.tenant_id
        """;

    public static SqlStatement Of(TenantId tenant, DeviceId device, AvailabilitySet set, UtcMicros now) => new(
        Sql,
        [
            new SqlValue(device.Value, NpgsqlDbType.Integer), new SqlValue(tenant.Value, NpgsqlDbType.Integer),
            new SqlValue(set.Version, NpgsqlDbType.Bigint), new SqlValue((short)set.Status, NpgsqlDbType.Smallint),
            new SqlValue(set.Note, NpgsqlDbType.Text), new SqlValue((short)set.PreviousStatus, NpgsqlDbType.Smallint),
            new SqlValue(set.PreviousNote, NpgsqlDbType.Text), new SqlValue(set.Undoes, NpgsqlDbType.Bigint),
            new SqlValue(now.ToDateTimeOffset().UtcDateTime, NpgsqlDbType.TimestampTz), new SqlValue(set.By.Kind, NpgsqlDbType.Text),
            new SqlValue(set.By.Id, NpgsqlDbType.Uuid),
        ],
        ExpectedRows: 1);
}
