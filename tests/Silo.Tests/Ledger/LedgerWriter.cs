using FieldCrm.Core;
using FieldCrm.Core.Ledger;
using Npgsql;

namespace FieldCrm.Silo.Tests.Ledger;

/// <summary>Appends events as a commit would, on a connection whose transaction the test controls.</summary>
internal sealed class LedgerWriter
{
    private readonly Dictionary<string, StreamHead> _heads = [];
    private int _count;

    public async Task<EventEntry> AppendAsync(
        NpgsqlConnection connection, int tenant, string stream, string type = "TripStarted", string? payload = null, int seq = 1)
    {
        var head = _heads.GetValueOrDefault(stream, StreamHead.Empty);
        var salt = new byte[EventChain.SaltBytes];
        salt[0] = (byte)++_count;
        var entry = EventChain.Append(
            head, new TenantId(tenant), stream, type, payload ?? $$"""{"n": {{_count}}}""",
            UtcMicros.FromUnixSeconds(1_790_000_000 + _count), salt);
        _heads[stream] = entry.Head;
        await using var batch = new NpgsqlBatch(connection);
        Add("""
            INSERT INTO fieldcrm.event (stream, version, tenant_id, type, recorded_at, commitment, prev_hash, hash, seq)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """, stream, entry.Version, tenant, type, entry.RecordedAt.ToDateTimeOffset(), entry.Commitment.ToArray(),
            entry.PrevHash.ToArray(), entry.Hash.ToArray(), seq);
        Add("""
            INSERT INTO fieldcrm.event_payload (stream, version, tenant_id, salt, payload) VALUES ($1, $2, $3, $4, $5::json)
            """, stream, entry.Version, tenant, entry.Salt.ToArray(), entry.Payload);
        await batch.ExecuteNonQueryAsync();
        return entry;

        void Add(string sql, params object[] values)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var value in values)
                command.Parameters.AddWithValue(value);
            batch.BatchCommands.Add(command);
        }
    }

    /// <summary>One event in a transaction of its own.</summary>
    public async Task<EventEntry> AppendAsync(NpgsqlDataSource database, int tenant, string stream, string type = "TripStarted", string? payload = null)
    {
        await using var connection = await database.OpenConnectionAsync();
        return await AppendAsync(connection, tenant, stream, type, payload);
    }
}
