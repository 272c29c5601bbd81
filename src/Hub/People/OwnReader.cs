using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Ledger;
using FieldCrm.Core.People;
using FieldCrm.Silo;
using FieldCrm.Silo.People;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Tenants;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Hub.People;

/// <summary>What a person reads of himself.</summary>
internal sealed class OwnReader(
    FieldCrmDatabase database, IGrainFactory grains, TenantSettingsCache settings,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
{
    public const int MaxAnswers = 20;

    /// <summary>A handful: who carries more is no person.</summary>
    private const int MaxDevices = 20;

    public async Task<OwnPicture> PictureAsync(
        TenantId tenant, Guid person, string language, bool isNoticeAsked, CancellationToken cancellationToken)
    {
        var state = await grains.GetGrain<IPersonGrain>(person).GetStateAsync() ?? PersonState.New;
        var days = (await settings.OfAsync(tenant)).DaysKeptOfPeople();
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var organisation = await scope.Context.Tenants.Select(t => t.Name).SingleAsync(cancellationToken);
        var devices = await DevicesAsync(scope, person, isDisabledToo: false, cancellationToken);
        return new OwnPicture(
            UtcMicros.From(time.GetUtcNow()), state, devices, PositionNotice.Of(language, organisation, days), isNoticeAsked);
    }

    public async Task<OwnData> DataAsync(TenantId tenant, Guid person, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var stored = new List<StoredSpan>();
        foreach (var device in await DevicesAsync(scope, person, isDisabledToo: true, cancellationToken))
        {
            if (await SpanAsync(scope, device, cancellationToken) is { } span)
                stored.Add(span);
        }
        var erased = await scope.Context.PersonErasures.Where(e => e.UserId == person && e.DoneAt != null)
            .OrderByDescending(e => e.DoneAt).Select(e => e.DoneAt).FirstOrDefaultAsync(cancellationToken);
        return new OwnData(
            stored, await AnswersAsync(scope, person, cancellationToken), erased is { } at ? UtcMicros.From(at) : null);
    }

    /// <summary>Null unless he carries it, or did until it was disabled: what is stored of it stays his to read.</summary>
    public async Task<OwnDevice?> DeviceAsync(TenantId tenant, Guid person, int device, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        return (await DevicesAsync(scope, person, isDisabledToo: true, cancellationToken)).FirstOrDefault(d => d.DeviceId == device);
    }

    private static async Task<List<OwnDevice>> DevicesAsync(
        TenantScope scope, Guid person, bool isDisabledToo, CancellationToken cancellationToken) =>
        await scope.Context.Devices.Where(d => d.HolderId == person && (isDisabledToo || d.DisabledAt == null))
            .OrderBy(d => d.DisabledAt != null).ThenBy(d => d.Name).Take(MaxDevices)
            .Select(d => new OwnDevice(d.DeviceId, d.UniqueId, d.Name)).ToListAsync(cancellationToken);

    private static async Task<StoredSpan?> SpanAsync(TenantScope scope, OwnDevice device, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT (SELECT fixed_at FROM fix WHERE device_id = $1 ORDER BY fixed_at LIMIT 1),
                   (SELECT fixed_at FROM fix WHERE device_id = $1 ORDER BY fixed_at DESC LIMIT 1)
            """, scope.Connection, scope.Transaction);
        command.Parameters.Add(new NpgsqlParameter { Value = device.DeviceId, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return row.IsDBNull(0) || row.IsDBNull(1) ? null : new StoredSpan(device, Time(row, 0), Time(row, 1));
    }

    // The answer's event has the text, and the hash says that it is the one.
    private static async Task<List<OwnAnswer>> AnswersAsync(TenantScope scope, Guid person, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT c.is_given, c.answered_at, c.withdrawn_at, c.language, encode(c.text_hash, 'hex'), p.payload::text
            FROM person_consent c
            LEFT JOIN event e ON e.stream = $2 AND e.type = ANY ($3) AND e.recorded_at = c.answered_at
            LEFT JOIN event_payload p USING (stream, version)
            WHERE c.user_id = $1 ORDER BY c.answered_at DESC LIMIT $4
            """, scope.Connection, scope.Transaction);
        command.Parameters.Add(new NpgsqlParameter { Value = person, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new NpgsqlParameter { Value = StreamName.OfPerson(person), NpgsqlDbType = NpgsqlDbType.Text });
        string[] types = [nameof(ConsentGiven), nameof(ConsentDeclined)];
        command.Parameters.Add(new NpgsqlParameter { Value = types, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter { Value = MaxAnswers, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var answers = new List<OwnAnswer>();
        while (await row.ReadAsync(cancellationToken))
        {
            answers.Add(new OwnAnswer(
                row.GetBoolean(0), Time(row, 1), row.IsDBNull(2) ? null : Time(row, 2), row.GetString(3), row.GetString(4),
                row.IsDBNull(5) ? null : TextOf(row.GetString(5))));
        }
        return answers;
    }

    private static string? TextOf(string payload)
    {
        using var json = JsonDocument.Parse(payload);
        return json.RootElement.TryGetProperty("notice", out var notice) && notice.TryGetProperty("text", out var text) ? text.GetString() : null;
    }

    private static UtcMicros Time(NpgsqlDataReader row, int column) => UtcMicros.From(new DateTimeOffset(row.GetDateTime(column), TimeSpan.Zero));
}
