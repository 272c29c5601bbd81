using System.Security.Cryptography;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Commit;
using NpgsqlTypes;

namespace FieldCrm.Silo.Devices;

/// <summary>What parsed but cannot be true is kept with the bytes as they came; a repeat of the same bytes is kept once.</summary>
public static class QuarantineStatements
{
    /// <summary>The database refused it for good; an alarm is in the log.</summary>
    public const string CommitRefused = "commit.refused";

    /// <summary>Longest raw request that is kept whole; the edge hands in nothing longer.</summary>
    public const int MaxRawBytes = 64 * 1024;

    public static CommitUnit Unit(
        TenantId tenant, DeviceId device, string reason, string protocol, UtcMicros receivedAt, UtcMicros fixedAt, byte[] raw)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(raw.Length, MaxRawBytes);
        return new CommitUnit
        {
            Tenant = tenant,
            Statements =
            [
                new SqlStatement(
                    """
                    INSERT INTO quarantine (tenant_id, device_id, reason, protocol, received_at, fixed_at, raw, raw_hash)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                    ON CONFLICT (device_id, reason, raw_hash) DO NOTHING
                    """,
                    [
                        new(tenant.Value, NpgsqlDbType.Integer),
                        new(device.Value, NpgsqlDbType.Integer),
                        new(reason, NpgsqlDbType.Text),
                        new(protocol, NpgsqlDbType.Text),
                        new(FixCopy.Timestamp(receivedAt), NpgsqlDbType.TimestampTz),
                        new(FixCopy.Timestamp(fixedAt), NpgsqlDbType.TimestampTz),
                        new(raw, NpgsqlDbType.Bytea),
                        new(SHA256.HashData(raw), NpgsqlDbType.Bytea),
                    ]),
            ],
        };
    }
}
