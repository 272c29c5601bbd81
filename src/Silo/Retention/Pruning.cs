using FieldCrm.Core;
using FieldCrm.Silo.Storage;
using Npgsql;

namespace FieldCrm.Silo.Retention;

/// <summary>
/// Deletes rows that have done their work, in chunks of a transaction each: a long one would hold back the feed.
/// </summary>
internal sealed class Pruning(FieldCrmDatabase database, RetentionOptions options)
{
    /// <summary>Chunks of one kind in one round; what is left waits for the next. A million rows with the defaults.</summary>
    private const int MaxChunks = 200;

    public Task<long> DeliveredMessagesAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        MessagesAsync(state: 1, now.AddDays(-options.DeliveredDays), cancellationToken);

    public Task<long> GivenUpMessagesAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        MessagesAsync(state: 2, now.AddDays(-options.GivenUpDays), cancellationToken);

    public Task<long> ExpiredLinksAsync(DateTimeOffset now, CancellationToken cancellationToken) => InChunksAsync("""
        DELETE FROM one_time_link WHERE link_hash IN (
            SELECT link_hash FROM one_time_link WHERE expires_at < $1 LIMIT $2)
        """, [now.AddDays(-options.ExpiredLinkDays)], cancellationToken);

    public Task<long> OldQuarantineAsync(DateTimeOffset now, CancellationToken cancellationToken) => InChunksAsync("""
        DELETE FROM quarantine WHERE quarantine_id IN (
            SELECT quarantine_id FROM quarantine WHERE received_at < $1 LIMIT $2)
        """, [now.AddDays(-options.QuarantineDays)], cancellationToken);

    /// <summary>A device that sends rubbish for a month must not fill the disk.</summary>
    public Task<long> ExcessQuarantineAsync(CancellationToken cancellationToken) => InChunksAsync("""
        DELETE FROM quarantine WHERE quarantine_id IN (
            SELECT quarantine_id FROM (
                SELECT quarantine_id, row_number() OVER (PARTITION BY tenant_id, device_id ORDER BY quarantine_id DESC) AS place
                FROM quarantine) ranked
            WHERE place > $1 LIMIT $2)
        """, [options.QuarantineRowsPerDevice], cancellationToken);

    /// <summary>
    /// Checkpoints before a device's refold window, but for the newest of them: a refold of the window's first fix
    /// begins there. The window ends at the device's newest fix; the snapshot's is at most that.
    /// </summary>
    public Task<long> OldCheckpointsAsync(CancellationToken cancellationToken) => InChunksAsync("""
        DELETE FROM device_checkpoint WHERE (device_id, through_fixed_at, through_hash) IN (
            SELECT c.device_id, c.through_fixed_at, c.through_hash
            FROM device_snapshot s
            JOIN tenant t ON t.tenant_id = s.tenant_id
            CROSS JOIN LATERAL (
                SELECT s.last_fixed_at - make_interval(days => coalesce((t.settings ->> 'refoldWindowDays')::int, $1)) AS begins) w
            JOIN device_checkpoint c ON c.device_id = s.device_id AND c.through_fixed_at < w.begins
            WHERE EXISTS (
                SELECT 1 FROM device_checkpoint n WHERE n.device_id = c.device_id AND n.through_fixed_at < w.begins
                AND n.fold_version = c.fold_version
                AND (n.through_fixed_at, n.through_hash) > (c.through_fixed_at, c.through_hash))
            LIMIT $2)
        """, [Core.Tenants.TenantSettings.Default.RefoldWindowDays], cancellationToken);

    /// <summary>Marks of fixes whose day was dropped.</summary>
    public Task<long> MarksBeforeAsync(DateOnly day, CancellationToken cancellationToken) => InChunksAsync("""
        DELETE FROM fix_mark WHERE ctid = ANY (ARRAY(SELECT ctid FROM fix_mark WHERE fixed_at < $1 LIMIT $2))
        """, [new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero)], cancellationToken);

    /// <summary>Trips and stops with their positions go when the positions go; the ledger has their chain.</summary>
    public Task<long> NetEventsBeforeAsync(TenantId tenant, DateOnly day, CancellationToken cancellationToken) => InChunksAsync("""
        DELETE FROM device_event WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM device_event WHERE tenant_id = $3 AND start_fixed_at < $1 AND emitted_fixed_at < $1 LIMIT $2))
        """, [new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero), tenant.Value], cancellationToken);

    /// <summary>Alarms too, open ones included: what they were about is gone.</summary>
    public Task<long> AlarmsBeforeAsync(TenantId tenant, DateOnly day, CancellationToken cancellationToken) => InChunksAsync("""
        DELETE FROM alarm WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM alarm WHERE tenant_id = $3 AND started_at < $1 LIMIT $2))
        """, [new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero), tenant.Value], cancellationToken);

    private Task<long> MessagesAsync(short state, DateTimeOffset before, CancellationToken cancellationToken) =>
        InChunksAsync("""
            DELETE FROM outbox WHERE message_id IN (
                SELECT message_id FROM outbox WHERE state = $3 AND state <> 0 AND finished_at < $1 LIMIT $2)
            """, [before, state], cancellationToken);

    /// <param name="values">$1, then $3 and on; $2 is the chunk.</param>
    private async Task<long> InChunksAsync(string sql, object[] values, CancellationToken cancellationToken)
    {
        await using var connection = await database.Work.OpenConnectionAsync(cancellationToken);
        await using (var limit = new NpgsqlCommand("SELECT set_config('statement_timeout', $1, false)", connection))
        {
            limit.Parameters.AddWithValue($"{(long)StatementLimits.Prune.TotalMilliseconds}ms");
            await limit.ExecuteNonQueryAsync(cancellationToken);
        }
        var deleted = 0L;
        for (var chunk = 0; chunk < MaxChunks; chunk++)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            command.CommandTimeout = (int)(StatementLimits.Prune + StatementLimits.Grace).TotalSeconds;
            command.Parameters.AddWithValue(values[0]);
            command.Parameters.AddWithValue(options.ChunkRows);
            foreach (var value in values.Skip(1))
                command.Parameters.AddWithValue(value);
            var rows = await command.ExecuteNonQueryAsync(cancellationToken);
            deleted += rows;
            if (rows < options.ChunkRows)
                break;
        }
        return deleted;
    }
}
