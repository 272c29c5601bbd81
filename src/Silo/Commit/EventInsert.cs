using FieldCrm.Core.Ledger;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Commit;

/// <summary>Appends the batch's ledger rows; (stream, version) being taken already is a conflict of its unit.</summary>
internal static class EventInsert
{
    private const string EventSql = """
        INSERT INTO event (stream, version, tenant_id, type, recorded_at, commitment, prev_hash, hash, tx, seq)
        SELECT stream, version, tenant_id, type, recorded_at, commitment, prev_hash, hash, $9::bigint, seq
        FROM unnest($1::text[], $2::bigint[], $3::int[], $4::text[], $5::timestamptz[], $6::bytea[], $7::bytea[], $8::bytea[])
            WITH ORDINALITY AS row (stream, version, tenant_id, type, recorded_at, commitment, prev_hash, hash, seq)
        """;

    private const string PayloadSql = """
        INSERT INTO event_payload (stream, version, tenant_id, salt, payload, position_at)
        SELECT stream, version, tenant_id, salt, payload::json, position_at
        FROM unnest($1::text[], $2::bigint[], $3::int[], $4::bytea[], $5::text[], $6::timestamptz[])
            AS row (stream, version, tenant_id, salt, payload, position_at)
        """;

    public static void AddTo(NpgsqlBatch target, List<PendingUnit> batch, long tx)
    {
        var entries = batch.SelectMany(pending => pending.Unit.Events).ToArray();
        if (entries.Length == 0)
            return;
        var events = new NpgsqlBatchCommand(EventSql);
        Add(events, NpgsqlDbType.Text, e => e.Stream);
        Add(events, NpgsqlDbType.Bigint, e => e.Version);
        Add(events, NpgsqlDbType.Integer, e => e.Tenant.Value);
        Add(events, NpgsqlDbType.Text, e => e.Type);
        Add(events, NpgsqlDbType.TimestampTz, e => FixCopy.Timestamp(e.RecordedAt));
        Add(events, NpgsqlDbType.Bytea, e => e.Commitment.ToArray());
        Add(events, NpgsqlDbType.Bytea, e => e.PrevHash.ToArray());
        Add(events, NpgsqlDbType.Bytea, e => e.Hash.ToArray());
        events.Parameters.Add(new NpgsqlParameter<long> { TypedValue = tx, NpgsqlDbType = NpgsqlDbType.Bigint });
        target.BatchCommands.Add(events);

        var payloads = new NpgsqlBatchCommand(PayloadSql);
        Add(payloads, NpgsqlDbType.Text, e => e.Stream);
        Add(payloads, NpgsqlDbType.Bigint, e => e.Version);
        Add(payloads, NpgsqlDbType.Integer, e => e.Tenant.Value);
        Add(payloads, NpgsqlDbType.Bytea, e => e.Salt.ToArray());
        Add(payloads, NpgsqlDbType.Text, e => e.Payload);
        Add<DateTime?>(payloads, NpgsqlDbType.TimestampTz, e => e.PositionAt is { } at ? FixCopy.Timestamp(at) : null);
        target.BatchCommands.Add(payloads);

        void Add<T>(NpgsqlBatchCommand command, NpgsqlDbType type, Func<EventEntry, T> value) =>
            command.Parameters.Add(new NpgsqlParameter
            {
                Value = entries.Select(value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type,
            });
    }
}
