using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Ledger;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Units;

/// <summary>What a unit's grain reads when it wakes.</summary>
internal sealed class UnitReader(FieldCrmDatabase database)
{
    private const string Sql =
        """
        SELECT d.tenant_id, u.version, u.status, u.note, u.previous_status, u.previous_note, u.undoes, u.changed_at, u.changed_by_kind,
               u.changed_by_id, e.version, e.hash
        FROM device d
        LEFT JOIN unit_availability u ON u.device_id = d.device_id
        LEFT JOIN LATERAL (SELECT version, hash FROM event WHERE stream = $2 ORDER BY version DESC LIMIT 1) e ON true
        WHERE d.device_id = $1
        """;

    /// <summary>Null where there is no such device.</summary>
    public async Task<StoredUnit?> LoadAsync(DeviceId device)
    {
        await using var command = database.Silo.CreateCommand(Sql);
        command.Parameters.Add(new NpgsqlParameter { Value = device.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        command.Parameters.Add(new NpgsqlParameter { Value = StreamName.OfUnit(device), NpgsqlDbType = NpgsqlDbType.Text });
        await using var row = await command.ExecuteReaderAsync();
        if (!await row.ReadAsync())
            return null;
        var head = row.IsDBNull(10) ? StreamHead.Empty : new StreamHead(row.GetInt64(10), row.GetFieldValue<byte[]>(11));
        return new StoredUnit(new TenantId(row.GetInt32(0)), row.IsDBNull(1) ? UnitAvailability.Unsaid : Said(row), head);
    }

    private static UnitAvailability Said(NpgsqlDataReader row) => new()
    {
        Version = row.GetInt64(1),
        Status = (AvailabilityStatus)row.GetInt16(2),
        Note = Text(row, 3),
        PreviousStatus = (AvailabilityStatus)row.GetInt16(4),
        PreviousNote = Text(row, 5),
        Undoes = row.IsDBNull(6) ? null : row.GetInt64(6),
        ChangedAt = UtcMicros.From(new DateTimeOffset(row.GetDateTime(7), TimeSpan.Zero)),
        ChangedBy = new Actor(row.GetString(8), row.IsDBNull(9) ? null : row.GetGuid(9)),
    };

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}

internal sealed record StoredUnit(TenantId Tenant, UnitAvailability Availability, StreamHead Head);
