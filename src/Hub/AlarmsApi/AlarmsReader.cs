using System.Collections.Frozen;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Tenants;
using FieldCrm.Core.Tracks;
using FieldCrm.Hub.People;
using FieldCrm.Hub.UnitsApi;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Hub.AlarmsApi;

/// <summary>A tenant's alarms, newest first, by key.</summary>
internal sealed class AlarmsReader(FieldCrmDatabase database, PersonalAccess people)
{
    private const int MaxCounted = 1_000;

    // The words of the partial indexes alarm_open and alarm_open_newest.
    private const string IsOpen = "NOT a.is_withdrawn AND a.acknowledged_at IS NULL";

    private const string Columns =
        """
        SELECT a.alarm_id, d.unique_id, d.name, d.device_id, d.phone, a.kind, a.started_at, a.is_withdrawn, a.acknowledged_at,
               a.acknowledged_by_kind, a.acknowledged_by_id, a.payload::text
        FROM alarm a JOIN device d USING (device_id)
        """;

    private static readonly (DateTime, Guid) FromNewest = (new DateTime(9999, 12, 31, 0, 0, 0, DateTimeKind.Utc), Guid.AllBitsSet);

    // By the bits of AlarmState.All.
    private static readonly string[] Conditions =
        [IsOpen, "NOT a.is_withdrawn AND a.acknowledged_at IS NOT NULL", "a.is_withdrawn"];

    /// <param name="states">A bit for each of <see cref="AlarmState.All"/>; 0 = all.</param>
    public async Task<(List<AlarmView> Alarms, int OpenCount)> PageAsync(
        TenantId tenant, int states, (UtcMicros Time, Guid Id)? before, int limit, CancellationToken cancellationToken)
    {
        var wanted = Conditions.Where((_, bit) => states == 0 || (states & (1 << bit)) != 0).Select(c => $"({c})");
        var (time, id) = before is { } at ? (at.Time.ToDateTimeOffset().UtcDateTime, at.Id) : FromNewest;
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        await using var command = new NpgsqlCommand(
            $"""
            {Columns}
            WHERE ({string.Join(" OR ", wanted)}) AND (a.started_at, a.alarm_id) < ($1, $2)
            ORDER BY a.started_at DESC, a.alarm_id DESC LIMIT $3
            """, scope.Connection, scope.Transaction);
        command.Parameters.Add(new NpgsqlParameter { Value = time, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new NpgsqlParameter { Value = id, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new NpgsqlParameter { Value = limit, NpgsqlDbType = NpgsqlDbType.Integer });
        var alarms = await ReadAsync(scope, command, await people.PeopleAsync(tenant, cancellationToken), cancellationToken);
        await using var count = new NpgsqlCommand(
            $"SELECT count(*)::int FROM (SELECT 1 FROM alarm a WHERE {IsOpen} LIMIT {MaxCounted}) o", scope.Connection, scope.Transaction);
        return (alarms, await count.ExecuteScalarAsync(cancellationToken) is int open ? open : 0);
    }

    /// <summary>Null where the tenant has no such alarm.</summary>
    public async Task<AlarmView?> FindAsync(TenantId tenant, Guid alarm, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        await using var command = new NpgsqlCommand($"{Columns} WHERE a.alarm_id = $1", scope.Connection, scope.Transaction);
        command.Parameters.Add(new NpgsqlParameter { Value = alarm, NpgsqlDbType = NpgsqlDbType.Uuid });
        return (await ReadAsync(scope, command, await people.PeopleAsync(tenant, cancellationToken), cancellationToken)).FirstOrDefault();
    }

    private static async Task<List<AlarmView>> ReadAsync(
        TenantScope scope, NpgsqlCommand command, FrozenDictionary<int, PersonalUnit> people, CancellationToken cancellationToken)
    {
        var found = new List<(AlarmView View, Actor? By)>();
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await row.ReadAsync(cancellationToken))
                found.Add((Told(View(row), people), row.IsDBNull(9) ? null : new Actor(row.GetString(9), row.IsDBNull(10) ? null : row.GetGuid(10))));
        }
        var names = await ActorNames.OfAsync(scope, found.Select(f => f.By?.Id), cancellationToken);
        return [.. found.Select(f => f.By is { } by ? f.View with { AcknowledgedBy = ActorView.Of(by, names) } : f.View)];
    }

    private static AlarmView Told(AlarmView alarm, FrozenDictionary<int, PersonalUnit> people) =>
        PersonalEvents.Tells(people, alarm.Number, isAlarm: true, UtcMicros.From(alarm.StartedAt)) ? alarm : alarm.WithoutPlace();

    private static AlarmView View(NpgsqlDataReader row)
    {
        var isWithdrawn = row.GetBoolean(7);
        var acknowledgedAt = row.IsDBNull(8) ? (DateTimeOffset?)null : new DateTimeOffset(row.GetDateTime(8), TimeSpan.Zero);
        var payload = JsonElement.Parse(row.GetString(11));
        var place = PlaceOf(payload);
        return new AlarmView(
            row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetInt32(3), row.IsDBNull(4) ? null : row.GetString(4),
            TrackText.Name((AlarmKind)row.GetInt16(5)) ?? "other",
            isWithdrawn ? AlarmState.Withdrawn : acknowledgedAt is null ? AlarmState.Open : AlarmState.Acknowledged,
            new DateTimeOffset(row.GetDateTime(6), TimeSpan.Zero), isWithdrawn, place?.LatitudeDeg, place?.LongitudeDeg, acknowledgedAt, null, payload);
    }

    private static GeoPoint? PlaceOf(JsonElement payload) => payload.Deserialize(NetEventJsonContext.Default.AlarmRaisedPayload) switch
    {
        { PositionMarked: FixMark.None } believed => new GeoPoint(believed.LatitudeE7, believed.LongitudeE7),
        { LastLatitudeE7: { } latitude, LastLongitudeE7: { } longitude } => new GeoPoint(latitude, longitude),
        _ => null,
    };
}
