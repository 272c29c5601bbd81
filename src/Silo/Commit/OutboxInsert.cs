using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Commit;

/// <summary>Writes the batch's effects; an id that is there already was decided before and stays as it is.</summary>
internal static class OutboxInsert
{
    private const string Sql = """
        INSERT INTO outbox (message_id, tenant_id, kind, target, payload, next_attempt_at, position_at, created_at)
        SELECT message_id, tenant_id, kind, target, payload::json, next_attempt_at, position_at, $8
        FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
            AS row (message_id, tenant_id, kind, target, payload, next_attempt_at, position_at)
        ON CONFLICT (message_id) DO NOTHING
        """;

    public static void AddTo(NpgsqlBatch target, List<PendingUnit> batch, DateTimeOffset now)
    {
        var messages = batch
            .SelectMany(pending => pending.Unit.Outbox, (pending, message) => (pending.Unit.Tenant, Message: message))
            .ToArray();
        if (messages.Length == 0)
            return;
        var command = new NpgsqlBatchCommand(Sql);
        Add(NpgsqlDbType.Uuid, messages.Select(m => m.Message.Id).ToArray());
        Add(NpgsqlDbType.Integer, messages.Select(m => m.Tenant.Value).ToArray());
        Add(NpgsqlDbType.Text, messages.Select(m => m.Message.Kind).ToArray());
        Add(NpgsqlDbType.Text, messages.Select(m => m.Message.Target).ToArray());
        Add(NpgsqlDbType.Text, messages.Select(m => m.Message.Payload).ToArray());
        Add(NpgsqlDbType.TimestampTz, messages.Select(m => FixCopy.Timestamp(m.Message.NextAttemptAt)).ToArray());
        Add(NpgsqlDbType.TimestampTz, messages.Select(m => m.Message.PositionAt is { } at ? FixCopy.Timestamp(at) : (DateTime?)null).ToArray());
        command.Parameters.Add(new NpgsqlParameter { Value = now.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        target.BatchCommands.Add(command);

        void Add(NpgsqlDbType type, object values) =>
            command.Parameters.Add(new NpgsqlParameter { Value = values, NpgsqlDbType = NpgsqlDbType.Array | type });
    }
}
