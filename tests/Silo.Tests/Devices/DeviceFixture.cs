using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Silo.Tests.Devices;

/// <summary>Fixes to report, and what the database must hold in the end.</summary>
internal static class DeviceFixture
{
    private const long Start = 1_767_225_600L; // 2026-01-01T00:00:00Z

    /// <summary>On a straight road at 20 m/s, one fix a second.</summary>
    public static Fix Driving(int second, AlarmKind alarm = AlarmKind.None) => new Fix
    {
        FixedAt = UtcMicros.FromUnixSeconds(Start + second),
        Position = new GeoPoint(481_300_000 + second % 86_400 * 1_800, 115_800_000),
        SpeedMmps = 20_000, AccuracyMm = 5_000, Alarm = alarm,
    }.Hashed();

    public static Fix[] Drive(int from, int count, int step = 1) => [.. Enumerable.Range(0, count).Select(i => Driving(from + i * step))];

    /// <summary>Everything about a device that must not depend on the order of arrival, as text.</summary>
    public static async Task<List<string>> OutcomeAsync(TestDatabase database, int device)
    {
        var outcome = new List<string>();
        outcome.AddRange(await database.RowsAsync(
            $"SELECT 'fix', fixed_at, content_hash FROM fix WHERE device_id = {device} ORDER BY 2, 3"));
        outcome.AddRange(await database.RowsAsync(
            $"""
            SELECT 'event', event_id, kind, start_fixed_at, start_hash, emitted_fixed_at, emitted_hash, payload::text
            FROM device_event WHERE device_id = {device} ORDER BY 2
            """));
        outcome.AddRange(await database.RowsAsync(
            $"SELECT 'mark', fixed_at, content_hash, mark FROM fix_mark WHERE device_id = {device} ORDER BY 2, 3"));
        outcome.AddRange(await database.RowsAsync(
            $"SELECT 'snapshot', last_fixed_at, last_content_hash, state FROM device_snapshot WHERE device_id = {device}"));
        return outcome;
    }

    /// <summary>The ledger folded by id, as rows of <c>device_event</c>: what the read model must equal.</summary>
    public static async Task<List<string>> LedgerAsync(TestDatabase database, int device)
    {
        var net = new Dictionary<Guid, string>();
        foreach (var (type, payload) in await EntriesAsync(database, device))
        {
            using var json = JsonDocument.Parse(payload);
            var id = json.RootElement.GetProperty("id").GetGuid();
            if (type == "NetEventWithdrawn")
                Assert.True(net.Remove(id), $"{id} was withdrawn and is not recorded");
            else if (Enum.TryParse<NetEventKind>(type, out var kind) && kind < NetEventKind.SignalLost)
                net[id] = Line(json.RootElement, id, kind);
        }
        return [.. net.Values.Order(StringComparer.Ordinal)];
    }

    public static async Task<List<string>> NetEventsAsync(TestDatabase database, int device)
    {
        var rows = await database.RowsAsync(
            $"""
            SELECT event_id || ' ' || kind || ' ' || (extract(epoch FROM start_fixed_at) * 1000000)::bigint || ' ' || start_hash || ' '
                || (extract(epoch FROM emitted_fixed_at) * 1000000)::bigint || ' ' || emitted_hash
            FROM device_event WHERE device_id = {device}
            """);
        return [.. rows.Select(r => r.Trim('(', ')', '"')).Order(StringComparer.Ordinal)];
    }

    public static async Task<List<(string Type, string Payload)>> EntriesAsync(TestDatabase database, int device)
    {
        await using var command = database.Superuser.CreateCommand(
            "SELECT type, payload::text FROM event JOIN event_payload USING (stream, version) WHERE stream = $1 ORDER BY version");
        command.Parameters.AddWithValue($"device/{device}");
        await using var row = await command.ExecuteReaderAsync();
        var entries = new List<(string, string)>();
        while (await row.ReadAsync())
            entries.Add((row.GetString(0), row.GetString(1)));
        return entries;
    }

    private static string Line(JsonElement record, Guid id, NetEventKind kind) => string.Join(' ',
        id, (int)kind, record.GetProperty("startMicros"), record.GetProperty("startHash"),
        record.GetProperty("emittedMicros"), record.GetProperty("emittedHash"));
}
