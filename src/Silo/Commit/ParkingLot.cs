using System.Security.Cryptography;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Devices;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Commit;

/// <summary>Keeps the fixes that the database refused for good, with the reason, in <c>quarantine</c>.</summary>
internal sealed class ParkingLot(NpgsqlDataSource silo, Incarnation incarnation, TimeProvider time)
{
    private const string Sql = """
        INSERT INTO quarantine (tenant_id, device_id, reason, protocol, received_at, fixed_at, raw, raw_hash)
        VALUES ($1, $2, $3, $4, $5, NULL, $6, $7)
        ON CONFLICT (device_id, reason, raw_hash) DO NOTHING
        """;

    public async Task ParkAsync(CommitUnit unit, string sqlState)
    {
        var fixes = unit.Fixes!;
        var all = (Fix[])[.. fixes.Forward, .. fixes.Late, .. fixes.BeyondWindow];
        var raw = FixBatchCodec.Encode(all);
        await using var connection = await silo.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var batch = new NpgsqlBatch(connection, transaction);
        var insert = new NpgsqlBatchCommand(Sql);
        Add(unit.Tenant.Value, NpgsqlDbType.Integer);
        Add(fixes.Device.Value, NpgsqlDbType.Integer);
        Add(QuarantineStatements.CommitRefused, NpgsqlDbType.Text);
        Add($"fix-batch/{sqlState}", NpgsqlDbType.Text);
        Add(time.GetUtcNow().UtcDateTime, NpgsqlDbType.TimestampTz);
        Add(raw, NpgsqlDbType.Bytea);
        Add(SHA256.HashData(raw), NpgsqlDbType.Bytea);
        batch.BatchCommands.Add(insert);
        var fence = new NpgsqlBatchCommand("SELECT assert_not_fenced($1)");
        fence.Parameters.Add(new NpgsqlParameter<long> { TypedValue = incarnation.Number, NpgsqlDbType = NpgsqlDbType.Bigint });
        batch.BatchCommands.Add(fence);
        await batch.ExecuteNonQueryAsync();
        await transaction.CommitAsync();

        void Add(object value, NpgsqlDbType type) =>
            insert.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
    }
}
