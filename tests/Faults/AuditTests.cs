using FieldCrm.Core.Devices;
using FieldCrm.LoadTests.Faults;
using FieldCrm.LoadTests.Fleet;
using FieldCrm.TestKit;
using Npgsql;
using Xunit.Abstractions;

namespace FieldCrm.Faults;

/// <summary>Each table that a kill could leave wrong, made wrong by hand: the audit must say so, and say nothing before.</summary>
[Trait("Category", "Slow")]
[Collection(ProductCollection.Name)]
public sealed class AuditTests(SharedProduct shared, ITestOutputHelper output)
{
    private const int Devices = 20;
    private const string OneOutbox = "(SELECT message_id FROM fieldcrm.outbox WHERE (payload->>'deviceId')::int = ANY($1) LIMIT 1)";
    private const string OneDevice = "(SELECT device_id FROM fieldcrm.device_snapshot WHERE device_id = ANY($1) LIMIT 1)";
    private const string OneAlarm = "(SELECT alarm_id FROM fieldcrm.alarm WHERE device_id = ANY($1) AND NOT is_withdrawn LIMIT 1)";
    private const string OneEvent = "(SELECT event_id FROM fieldcrm.device_event WHERE device_id = ANY($1) LIMIT 1)";
    private const string FlippedState = "set_byte(state, 20, get_byte(state, 20) # 1)";

    private static readonly (string Damage, string Finding)[] Damages =
    [
        ($"DELETE FROM fieldcrm.outbox WHERE message_id = {OneOutbox}", "missing: outbox message"),
        ($"UPDATE fieldcrm.outbox SET state = 2 WHERE message_id = {OneOutbox}", "missing: outbox message"),
        ($"UPDATE fieldcrm.outbox SET message_id = gen_random_uuid() WHERE message_id = {OneOutbox}", "too many: outbox message"),
        ($"""
          INSERT INTO fieldcrm.outbox (message_id, tenant_id, kind, target, payload, created_at, state, next_attempt_at)
          SELECT gen_random_uuid(), tenant_id, kind, target, payload, created_at, 1, next_attempt_at FROM fieldcrm.outbox
          WHERE message_id = {OneOutbox}
          """, "too many: outbox message"),
        ($"UPDATE fieldcrm.device_snapshot SET state = {FlippedState} WHERE device_id = {OneDevice}", "is not what the stored fixes come to"),
        ($"DELETE FROM fieldcrm.device_snapshot WHERE device_id = {OneDevice}", "0 snapshots"),
        ($"""
          UPDATE fieldcrm.device_snapshot SET last_fixed_at = last_fixed_at - interval '1 microsecond' WHERE device_id = {OneDevice}
          """, "which is no stored fix"),
        ($"""
          INSERT INTO fieldcrm.device_checkpoint (device_id, through_fixed_at, through_hash, tenant_id, fold_version, state)
          SELECT device_id, last_fixed_at, last_content_hash, tenant_id, fold_version, {FlippedState} FROM fieldcrm.device_snapshot
          WHERE device_id = {OneDevice}
          """, "checkpoint through"),
        ($"DELETE FROM fieldcrm.device_event WHERE event_id = {OneEvent}", "missing: event"),
        ("UPDATE fieldcrm.device_event SET emitted_hash = emitted_hash + 1 WHERE event_id = " + OneEvent, "too many: event"),
        ($"""
          DELETE FROM fieldcrm.fix_mark WHERE (device_id, fixed_at, content_hash) =
              (SELECT device_id, fixed_at, content_hash FROM fieldcrm.fix_mark WHERE device_id = ANY($1) AND mark = {(int)FixMark.Teleport} LIMIT 1)
          """, "missing: mark"),
        ($"UPDATE fieldcrm.alarm SET is_withdrawn = true WHERE alarm_id = {OneAlarm}", "missing: standing alarm"),
        ($"UPDATE fieldcrm.alarm SET source_version = source_version + 1 WHERE alarm_id = {OneAlarm}", "too many: alarm"),
        ($"DELETE FROM fieldcrm.alarm WHERE alarm_id = {OneAlarm}", "missing: alarm"),
        ($"""
          WITH twice AS (
              SELECT e.*, p.salt, p.payload FROM fieldcrm.event e JOIN fieldcrm.event_payload p USING (stream, version)
              WHERE e.stream LIKE 'tenant/%' AND (p.payload->'report'->>'alarmId')::uuid = {OneAlarm} LIMIT 1
          ), again AS (
              INSERT INTO fieldcrm.event (stream, version, tenant_id, type, recorded_at, commitment, prev_hash, hash, seq)
              SELECT stream, version + 1000000, tenant_id, type, recorded_at, commitment, prev_hash, hash, seq FROM twice
          )
          INSERT INTO fieldcrm.event_payload (stream, version, tenant_id, salt, payload)
          SELECT stream, version + 1000000, tenant_id, salt, payload FROM twice
          """, "taken 2 times by the tenant"),
        ($"""
          DELETE FROM fieldcrm.event_payload WHERE stream LIKE 'tenant/%' AND (payload->'report'->>'alarmId')::uuid = {OneAlarm}
          """, "never taken by the tenant"),
    ];

    [Fact]
    public async Task Given_a_fleet_at_rest_When_one_row_is_damaged_Then_the_audit_says_so_and_nothing_before()
    {
        var fleet = await new Registration(shared.Product).AddAsync(shared.NextName(), Devices, CancellationToken.None);
        var yesterday = TimeProvider.System.GetUtcNow().AddDays(-1).ToUnixTimeSeconds() * 1_000_000;
        await new Sender(shared.Product.Files.HttpPort, fleet, SeededTraffic.Of(seed: 6, Devices, yesterday)).RunAsync(CancellationToken.None);
        await Eventually.TrueAsync(
            async () => (await StoredFleet.PendingAsync(shared.Product.Database, fleet, CancellationToken.None)).Length == 0, TimeSpan.FromMinutes(2));
        var whole = await StoredFleet.ReadAsync(shared.Product.Database, fleet, CancellationToken.None);
        Assert.Empty(whole.Audit.Findings);
        Assert.True(whole.Audit.Messages > whole.Alarms.Count / 2 && whole.Alarms.Count > 0, $"{whole.Audit.Messages} messages: too tame");

        await using var connection = await shared.Product.Database.OpenConnectionAsync();
        foreach (var (damage, finding) in Damages)
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using var command = new NpgsqlCommand(damage, connection, transaction);
            command.Parameters.Add(new NpgsqlParameter { Value = fleet.Select(device => device.Id).ToArray() });
            Assert.True(await command.ExecuteNonQueryAsync() > 0, damage);
            var damaged = await StoredFleet.ReadAsync(connection, fleet, CancellationToken.None);
            output.WriteLine($"{finding}: {string.Join(" | ", damaged.Audit.Findings)}");
            Assert.True(damaged.Audit.Findings.Any(found => found.Contains(finding, StringComparison.Ordinal)), damage);
            await transaction.RollbackAsync();
        }
        Assert.Empty((await StoredFleet.ReadAsync(connection, fleet, CancellationToken.None)).Audit.Findings);
    }
}
