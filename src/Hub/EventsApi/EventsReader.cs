using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Hub.EventsApi;

/// <param name="Kind">tripStarted, tripEnded, idled, stopped or alarmRaised.</param>
/// <param name="Payload">Integers: times in µs since 1970, positions in 1e-7°, lengths in mm.</param>
internal sealed record DeviceEventView(Guid Id, string Kind, DateTimeOffset StartedAt, JsonElement Payload);

internal sealed record DeviceEventPage(IReadOnlyList<DeviceEventView> Events, string? NextCursor);

/// <param name="Reason">Stable code, such as <c>fix.future</c>.</param>
/// <param name="Raw">What the device sent, in base64.</param>
internal sealed record QuarantineView(
    long Id, string Reason, string Protocol, DateTimeOffset ReceivedAt, DateTimeOffset? FixedAt, byte[] Raw);

internal sealed record QuarantinePage(IReadOnlyList<QuarantineView> Entries, string? NextCursor);

/// <summary>Read models of events, newest first, by key.</summary>
internal sealed class EventsReader(FieldCrmDatabase database)
{
    private const long MaxRawBytes = 4 * 1024 * 1024;

    private static readonly (DateTime, Guid) FromNewest = (new DateTime(9999, 12, 31, 0, 0, 0, DateTimeKind.Utc), Guid.AllBitsSet);

    public Task<List<DeviceEventView>> OfDeviceAsync(
        TenantId tenant, DeviceId device, (UtcMicros Time, Guid Id)? before, int limit, CancellationToken cancellationToken) =>
        ReadAsync(
            tenant,
            """
            SELECT event_id, kind, start_fixed_at, payload::text FROM device_event
            WHERE device_id = $1 AND (start_fixed_at, event_id) < ($2, $3)
            ORDER BY start_fixed_at DESC, event_id DESC LIMIT $4
            """,
            [device.Value, Key(before).Time, Key(before).Id, limit],
            row => new DeviceEventView(row.GetGuid(0), NameOf((NetEventKind)row.GetInt16(1)), Time(row, 2), Json(row, 3)),
            cancellationToken);

    /// <summary>Received between two moments: at most <paramref name="limit"/> entries and, beyond the first, 4 MiB of raw requests.</summary>
    /// <returns>The entries, and whether there are more behind them.</returns>
    public async Task<(List<QuarantineView> Entries, bool HasMore)> QuarantineAsync(
        TenantId tenant, DeviceId device, UtcMicros? from, UtcMicros? to, (UtcMicros Time, long Id)? before, int limit,
        CancellationToken cancellationToken)
    {
        var candidates = 0L;
        var entries = await ReadAsync(
            tenant,
            """
            SELECT quarantine_id, reason, protocol, received_at, fixed_at, raw, candidates FROM (
                SELECT *, sum(octet_length(raw)) OVER newest_first - octet_length(raw) AS bytes_before, count(*) OVER () AS candidates
                FROM (
                    SELECT * FROM quarantine WHERE device_id = $1 AND (received_at, quarantine_id) < ($2, $3)
                        AND received_at >= $6 AND received_at < $7
                    ORDER BY received_at DESC, quarantine_id DESC LIMIT $4 + 1) page
                WINDOW newest_first AS (ORDER BY received_at DESC, quarantine_id DESC ROWS UNBOUNDED PRECEDING)) sized
            WHERE bytes_before < $5 ORDER BY received_at DESC, quarantine_id DESC
            """,
            [device.Value, before?.Time.ToDateTimeOffset().UtcDateTime ?? FromNewest.Item1, before?.Id ?? long.MaxValue, limit, MaxRawBytes,
                from?.ToDateTimeOffset().UtcDateTime ?? DateTime.UnixEpoch, to?.ToDateTimeOffset().UtcDateTime ?? FromNewest.Item1],
            row =>
            {
                candidates = row.GetInt64(6);
                return new QuarantineView(
                    row.GetInt64(0), row.GetString(1), row.GetString(2), Time(row, 3), row.IsDBNull(4) ? null : Time(row, 4),
                    row.GetFieldValue<byte[]>(5));
            },
            cancellationToken);
        var hasMore = entries.Count > limit || candidates > entries.Count;
        return (entries.Count > limit ? entries[..limit] : entries, hasMore);
    }

    public static string NameOf(NetEventKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    private async Task<List<T>> ReadAsync<T>(
        TenantId tenant, string sql, object[] values, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        await using var command = new NpgsqlCommand(sql, scope.Connection, scope.Transaction);
        foreach (var value in values)
        {
            command.Parameters.Add(value is DateTime
                ? new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlDbType.TimestampTz }
                : new NpgsqlParameter { Value = value });
        }
        var list = new List<T>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            list.Add(read(row));
        return list;
    }

    private static (DateTime Time, Guid Id) Key((UtcMicros Time, Guid Id)? before) =>
        before is { } at ? (at.Time.ToDateTimeOffset().UtcDateTime, at.Id) : FromNewest;

    private static DateTimeOffset Time(NpgsqlDataReader row, int column) => new(row.GetDateTime(column), TimeSpan.Zero);

    private static JsonElement Json(NpgsqlDataReader row, int column) => JsonElement.Parse(row.GetString(column));
}
