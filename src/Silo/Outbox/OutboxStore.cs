using FieldCrm.Core;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Outbox;

/// <summary>The statements of the work queue. Several dispatchers may run: nobody waits for another's rows.</summary>
internal sealed class OutboxStore(FieldCrmDatabase database)
{
    /// <summary>
    /// Takes up to <paramref name="limit"/> waiting messages and counts an attempt for each, before it is made: a
    /// message that kills the process must not be tried for ever.
    /// </summary>
    public async Task<List<OutboxDelivery>> ClaimAsync(
        int limit, DateTimeOffset now, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var command = database.Work.CreateCommand("""
            UPDATE outbox SET next_attempt_at = $2, attempts = attempts + 1
            WHERE message_id IN (
                SELECT message_id FROM outbox WHERE state = 0 AND next_attempt_at <= $1
                ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED)
            RETURNING message_id, tenant_id, kind, target, payload::text, created_at, attempts
            """);
        command.Parameters.AddWithValue(now);
        command.Parameters.AddWithValue(now + lease);
        command.Parameters.AddWithValue(limit);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var claimed = new List<OutboxDelivery>(limit);
        while (await reader.ReadAsync(cancellationToken))
        {
            claimed.Add(new OutboxDelivery(
                reader.GetGuid(0), new TenantId(reader.GetInt32(1)), reader.GetString(2), reader.GetString(3),
                reader.GetString(4), UtcMicros.From(reader.GetFieldValue<DateTimeOffset>(5)), reader.GetInt32(6)));
        }
        return claimed;
    }

    public Task DeliveredAsync(OutboxDelivery delivery, DateTimeOffset now, CancellationToken cancellationToken) =>
        FinishAsync(delivery, state: 1, now, error: null, cancellationToken);

    public Task GivenUpAsync(
        OutboxDelivery delivery, DateTimeOffset now, string error, CancellationToken cancellationToken) =>
        FinishAsync(delivery, state: 2, now, error, cancellationToken);

    public async Task RetryAsync(
        OutboxDelivery delivery, DateTimeOffset at, string error, CancellationToken cancellationToken)
    {
        await using var command = database.Work.CreateCommand("""
            UPDATE outbox SET next_attempt_at = $3, last_error = $4
            WHERE message_id = $1 AND attempts = $2 AND state = 0
            """);
        command.Parameters.AddWithValue(delivery.Id);
        command.Parameters.AddWithValue(delivery.Attempt);
        command.Parameters.AddWithValue(at);
        command.Parameters.AddWithValue(error);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // The attempt's number is the lease: who comes back after it ran out changes nothing, unless it did deliver.
    private async Task FinishAsync(
        OutboxDelivery delivery, short state, DateTimeOffset now, string? error, CancellationToken cancellationToken)
    {
        await using var command = database.Work.CreateCommand("""
            UPDATE outbox SET state = $3, finished_at = $4, last_error = $5
            WHERE message_id = $1 AND state = 0 AND (attempts = $2 OR $3 = 1)
            """);
        command.Parameters.AddWithValue(delivery.Id);
        command.Parameters.AddWithValue(delivery.Attempt);
        command.Parameters.AddWithValue(state);
        command.Parameters.AddWithValue(now);
        command.Parameters.AddWithValue(NpgsqlDbType.Text, (object?)error ?? DBNull.Value);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
