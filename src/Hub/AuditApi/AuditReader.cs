using System.Text.Json;
using System.Text.Json.Nodes;
using FieldCrm.Core;
using FieldCrm.Core.Ledger;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.EventsApi;
using FieldCrm.Hub.Http;
using FieldCrm.Silo.Storage;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Hub.AuditApi;

/// <summary>What is looked for; null is anything.</summary>
/// <param name="ActorKind">One of <see cref="Core.Tenants.ActorKind"/>, or <see cref="UnknownActor"/>.</param>
/// <param name="Before">Entries older than this number.</param>
internal sealed record AuditQuestion(
    string? ActorKind, Guid? ActorId, string? Kind, UtcMicros? From, UtcMicros? To, long? Before, int Limit)
{
    /// <summary>Of an event that is older than the product's memory of who did it.</summary>
    public const string UnknownActor = "unknown";
}

/// <summary>The tenant's stream of the ledger, told as an audit log: newest first.</summary>
internal sealed class AuditReader(FieldCrmDatabase database)
{
    // A filter that matches little must not read the whole ledger for one page: the page ends early and says where.
    public const int MaxExamined = 20_000;

    /// <summary>What lies on the stream and was nobody's act.</summary>
    private static readonly string[] NoActs =
        [nameof(AlarmRaised), nameof(AlarmCorrected), nameof(AlarmWithdrawn), nameof(UnregisteredListed)];

    /// <summary>At most <see cref="AuditQuestion.Limit"/> entries, and where the next page begins: null when there is none.</summary>
    public async Task<AuditPage> ReadAsync(TenantId tenant, AuditQuestion question, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var before = question.Before ?? long.MaxValue;
        var (newest, oldest) = await BoundsAsync(scope, tenant, before, question.From, cancellationToken);
        if (newest is null)
            return new AuditPage([], null);
        var floor = Math.Max(oldest, newest.Value - MaxExamined + 1);
        var stored = await StoredAsync(scope, tenant, question, newest.Value, floor, cancellationToken);
        long? next = stored.Count == question.Limit && stored[^1].Version > oldest ? stored[^1].Version
            : stored.Count < question.Limit && floor > oldest ? floor : null;
        return new AuditPage(await NamedAsync(scope, stored, cancellationToken), next is null ? null : PageCursor.OfText($"{next}"));
    }

    private static async Task<(long? Newest, long Oldest)> BoundsAsync(
        TenantScope scope, TenantId tenant, long before, UtcMicros? from, CancellationToken cancellationToken)
    {
        // Versions rise with time, so the range of times is one of versions.
        await using var command = new NpgsqlCommand(
            """
            SELECT (SELECT version FROM event WHERE stream = $1 AND version < $2 ORDER BY version DESC LIMIT 1),
                   (SELECT version FROM event WHERE stream = $1 AND ($3 IS NULL OR recorded_at >= $3) ORDER BY version LIMIT 1)
            """, scope.Connection, scope.Transaction);
        command.Parameters.Add(Text(StreamName.Of(tenant)));
        command.Parameters.Add(new NpgsqlParameter { Value = before, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(Time(from));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return row.IsDBNull(0) || row.IsDBNull(1) ? (null, 0) : (row.GetInt64(0), row.GetInt64(1));
    }

    private static async Task<List<Stored>> StoredAsync(
        TenantScope scope, TenantId tenant, AuditQuestion question, long newest, long floor, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT e.version, e.type, e.recorded_at, p.payload::text
            FROM event e LEFT JOIN event_payload p USING (stream, version)
            WHERE e.stream = $1 AND e.version BETWEEN $2 AND $3 AND e.type <> ALL($4)
                AND ($5 IS NULL OR e.type = $5)
                AND ($6 IS NULL OR coalesce(p.payload -> 'by' ->> 'kind', 'unknown') = $6)
                AND ($7 IS NULL OR p.payload -> 'by' ->> 'id' = $7)
                AND ($8 IS NULL OR e.recorded_at >= $8) AND ($9 IS NULL OR e.recorded_at < $9)
            ORDER BY e.version DESC LIMIT $10
            """, scope.Connection, scope.Transaction);
        command.Parameters.Add(Text(StreamName.Of(tenant)));
        command.Parameters.Add(new NpgsqlParameter { Value = floor, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(new NpgsqlParameter { Value = newest, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(new NpgsqlParameter { Value = NoActs, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(Text(question.Kind));
        command.Parameters.Add(Text(question.ActorKind));
        command.Parameters.Add(Text(question.ActorId?.ToString("D")));
        command.Parameters.Add(Time(question.From));
        command.Parameters.Add(Time(question.To));
        command.Parameters.Add(new NpgsqlParameter { Value = question.Limit, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var stored = new List<Stored>();
        while (await row.ReadAsync(cancellationToken))
        {
            stored.Add(new Stored(
                row.GetInt64(0), row.GetString(1), new DateTimeOffset(row.GetDateTime(2), TimeSpan.Zero),
                row.IsDBNull(3) ? null : JsonNode.Parse(row.GetString(3)) as JsonObject));
        }
        return stored;
    }

    private static async Task<List<AuditEntry>> NamedAsync(TenantScope scope, List<Stored> stored, CancellationToken cancellationToken)
    {
        var userIds = stored.SelectMany(s => new[] { s.By?.Id, s.User }).OfType<Guid>().Distinct().ToArray();
        var deviceIds = stored.Select(s => s.Device).OfType<int>().Distinct().ToArray();
        var users = await scope.Context.Users.Where(u => userIds.Contains(u.UserId)).ToDictionaryAsync(u => u.UserId, u => u.Name, cancellationToken);
        var devices = await scope.Context.Devices.Where(d => deviceIds.Contains(d.DeviceId))
            .ToDictionaryAsync(d => d.DeviceId, d => d.UniqueId, cancellationToken);
        return [.. stored.Select(s => new AuditEntry(
            s.Version, s.RecordedAt, s.Kind,
            new AuditActor(s.By?.Kind ?? AuditQuestion.UnknownActor, s.By?.Id, s.By?.Id is { } by ? users.GetValueOrDefault(by) : null),
            s.User is { } user ? users.GetValueOrDefault(user) : null,
            s.Device is { } device ? devices.GetValueOrDefault(device) : null,
            s.Details()))];
    }

    private static NpgsqlParameter Text(string? value) =>
        new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter Time(UtcMicros? value) =>
        new() { Value = (object?)value?.ToDateTimeOffset().UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    /// <param name="Payload">Null when it was erased.</param>
    private sealed record Stored(long Version, string Kind, DateTimeOffset RecordedAt, JsonObject? Payload)
    {
        public Actor? By { get; } = Payload?["by"]?.Deserialize(TenantJson.Default.Actor);

        public Guid? User => Payload?["userId"] is JsonValue value && value.TryGetValue(out Guid user) ? user : null;

        public int? Device => Payload?["device"] is JsonValue value && value.TryGetValue(out int device) ? device : null;

        /// <summary>What else the event says; hashes of secrets are nobody's reading.</summary>
        public JsonElement? Details()
        {
            if (Payload is null)
                return null;
            var details = new JsonObject();
            foreach (var (name, value) in Payload)
            {
                if (name is not ("by" or "userId" or "device") && EventPayload.IsShown(name))
                    details[name] = value?.DeepClone();
            }
            return JsonElement.Parse(details.ToJsonString());
        }
    }
}
