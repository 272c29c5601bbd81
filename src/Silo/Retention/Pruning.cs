using FieldCrm.Silo.Storage;
using Npgsql;

namespace FieldCrm.Silo.Retention;

/// <param name="IsWhole">False: more chunks than a round may have; what is left waits for the next one.</param>
internal readonly record struct Pruned(long Rows, bool IsWhole);

/// <summary>
/// Deletes rows that have done their work, in chunks of a transaction each: a long one would hold back the feed.
/// </summary>
internal sealed class Pruning(FieldCrmDatabase database, RetentionOptions options)
{
    /// <summary>Chunks of one kind in one round; what is left waits for the next. A million rows with the defaults.</summary>
    private const int MaxChunks = 200;

    // Looks are many, and few of them are to go: each of these walks an index and sorts nothing.
    internal const string OldLooks = """
        DELETE FROM person_look WHERE look_id IN (
            SELECT l.look_id FROM tenant t CROSS JOIN LATERAL (
                SELECT look_id FROM person_look WHERE tenant_id = t.tenant_id AND looked_at < $1 LIMIT $2) l
            LIMIT $2)
        """;

    internal const string ExcessLooks = """
        DELETE FROM person_look WHERE look_id IN (
            SELECT l.look_id FROM app_user u CROSS JOIN LATERAL (
                SELECT look_id FROM person_look WHERE user_id = u.user_id ORDER BY look_id DESC OFFSET $1 LIMIT $2) l
            LIMIT $2)
        """;

    /// <summary>Of devices that nobody was named for: each by itself.</summary>
    internal const string ExcessLooksAtNobody = """
        DELETE FROM person_look WHERE look_id IN (
            SELECT look_id FROM (
                SELECT look_id, row_number() OVER (PARTITION BY device_id ORDER BY look_id DESC) AS place
                FROM person_look WHERE user_id IS NULL) ranked
            WHERE place > $1 LIMIT $2)
        """;

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

    /// <summary>Looks at people, after their time or beyond their number.</summary>
    public async Task<long> OldLooksAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        await InChunksAsync(OldLooks, [now.AddDays(-options.LookDays)], cancellationToken)
        + await InChunksAsync(ExcessLooks, [options.LooksPerPerson], cancellationToken)
        + await InChunksAsync(ExcessLooksAtNobody, [options.LooksPerPerson], cancellationToken);

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

    /// <summary>Marks of fixes that are not kept any more.</summary>
    public Task<Pruned> MarksAsync(IReadOnlyList<TenantRetention> due, CancellationToken cancellationToken) =>
        OfTenantsAsync("fix_mark", "r.fixed_at < t.before", due, cancellationToken);

    /// <summary>
    /// Trips, stops and alarms with their positions go with the day on which they began; the ledger has their chain.
    /// </summary>
    public Task<Pruned> NetEventsAsync(IReadOnlyList<TenantRetention> due, CancellationToken cancellationToken) =>
        OfTenantsAsync("device_event", "r.start_fixed_at < t.before", due, cancellationToken);

    public Task<Pruned> AlarmsAsync(IReadOnlyList<TenantRetention> due, CancellationToken cancellationToken) =>
        OfTenantsAsync("alarm", "r.started_at < t.before", due, cancellationToken);

    /// <summary>Messages that told of such a position, however long they are kept otherwise.</summary>
    public Task<Pruned> MessagesOfPositionsAsync(IReadOnlyList<TenantRetention> due, CancellationToken cancellationToken) =>
        OfTenantsAsync("outbox", "r.position_at < t.before AND r.state <> 0", due, cancellationToken, "(r.payload ->> 'deviceId')::int");

    /// <summary>Shifts whose positions are gone. Those that ran under a shorter promise are what says that it was one: after the positions only.</summary>
    public Task<Pruned> ShiftsAsync(IReadOnlyList<TenantRetention> due, CancellationToken cancellationToken) => OfTenantsAsync(
        "person_shift",
        """
        r.ended_at < t.before AND (t.promised IS NULL OR EXISTS (
            SELECT FROM person_consent c WHERE c.user_id = r.user_id AND c.answered_at = r.consent_at AND c.retention_days = t.promised))
        """, due, cancellationToken, device: null);

    /// <summary>What was set aside has positions in it: it stays no longer than these, counted from its arrival.</summary>
    public Task<Pruned> QuarantineAsync(IReadOnlyList<TenantRetention> due, CancellationToken cancellationToken) =>
        OfTenantsAsync("quarantine", "r.received_at < t.before", due, cancellationToken);

    /// <param name="device">Whose the row is; null where each is a person's own.</param>
    private Task<Pruned> OfTenantsAsync(
        string table, string isOld, IReadOnlyList<TenantRetention> due, CancellationToken cancellationToken, string? device = "r.device_id")
    {
        var isMeant = device is null ? ""
            : $"AND (NOT t.of_people OR EXISTS (SELECT FROM device d WHERE d.device_id = {device} AND d.kind = 1 AND {TenantRetention.IsPromisedSql("t.promised")}))";
        return PruneAsync(
            $"""
            DELETE FROM {table} WHERE ctid = ANY (ARRAY(
                SELECT r.ctid FROM unnest($1::int[], $3::timestamptz[], $4::boolean[], $5::int[]) AS t (tenant_id, before, of_people, promised)
                JOIN {table} r ON r.tenant_id = t.tenant_id AND {isOld} {isMeant} LIMIT $2))
            """,
            [
                due.Select(t => t.Tenant.Value).ToArray(), due.Select(t => t.BeforeTime.UtcDateTime).ToArray(),
                due.Select(t => t.OfPeople).ToArray(), due.Select(t => t.PromisedDays).ToArray(),
            ], cancellationToken);
    }

    private Task<long> MessagesAsync(short state, DateTimeOffset before, CancellationToken cancellationToken) =>
        InChunksAsync("""
            DELETE FROM outbox WHERE message_id IN (
                SELECT message_id FROM outbox WHERE state = $3 AND state <> 0 AND finished_at < $1 LIMIT $2)
            """, [before, state], cancellationToken);

    private async Task<long> InChunksAsync(string sql, object[] values, CancellationToken cancellationToken) =>
        (await PruneAsync(sql, values, cancellationToken)).Rows;

    /// <param name="values">$1, then $3 and on; $2 is the chunk.</param>
    private async Task<Pruned> PruneAsync(string sql, object[] values, CancellationToken cancellationToken)
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
                return new Pruned(deleted, IsWhole: true);
        }
        return new Pruned(deleted, IsWhole: false);
    }
}
