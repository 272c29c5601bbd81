using FieldCrm.Core;
using FieldCrm.Core.Ledger;
using FieldCrm.Core.People;
using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.People;

/// <summary>A person as his grain keeps him.</summary>
internal sealed record StoredPerson(TenantId Tenant, PersonState State, StreamHead Head);

/// <summary>What is stored of people's consent and shifts.</summary>
internal sealed class PersonReader(FieldCrmDatabase database)
{
    /// <summary>Null where there is no such user.</summary>
    public async Task<StoredPerson?> LoadAsync(Guid user)
    {
        await using var command = database.Silo.CreateCommand(
            """
            SELECT u.tenant_id, c.purpose, c.notice_version, c.retention_days, c.answered_at, s.started_at, x.requested_at,
                   CASE WHEN n.is_given THEN NULL ELSE n.notice_version END, e.version, e.hash,
                   (SELECT max(ended_at) FROM person_shift WHERE user_id = u.user_id)
            FROM app_user u
            LEFT JOIN LATERAL (
                SELECT * FROM person_consent WHERE user_id = u.user_id AND is_given AND withdrawn_at IS NULL ORDER BY answered_at DESC LIMIT 1) c ON true
            LEFT JOIN LATERAL (
                SELECT is_given, notice_version FROM person_consent WHERE user_id = u.user_id ORDER BY answered_at DESC LIMIT 1) n ON true
            LEFT JOIN person_shift s ON s.user_id = u.user_id AND s.ended_at IS NULL
            LEFT JOIN person_erasure x ON x.user_id = u.user_id AND x.done_at IS NULL
            LEFT JOIN LATERAL (SELECT version, hash FROM event WHERE stream = $2 ORDER BY version DESC LIMIT 1) e ON true
            WHERE u.user_id = $1
            """);
        command.Parameters.Add(Id(user));
        command.Parameters.Add(new NpgsqlParameter { Value = StreamName.OfPerson(user), NpgsqlDbType = NpgsqlDbType.Text });
        await using var row = await command.ExecuteReaderAsync();
        if (!await row.ReadAsync())
            return null;
        var state = new PersonState
        {
            Consent = row.IsDBNull(1) ? null : new Consent(row.GetString(1), row.GetInt32(2), row.GetInt32(3), Time(row, 4)),
            ShiftFrom = row.IsDBNull(5) ? null : Time(row, 5),
            LastShiftEnd = row.IsDBNull(10) ? null : Time(row, 10),
            ErasureAskedAt = row.IsDBNull(6) ? null : Time(row, 6),
            DeclinedVersion = row.IsDBNull(7) ? null : row.GetInt32(7),
        };
        return new StoredPerson(
            new TenantId(row.GetInt32(0)), state,
            row.IsDBNull(8) ? StreamHead.Empty : new StreamHead(row.GetInt64(8), row.GetFieldValue<byte[]>(9)));
    }

    /// <summary>People whose shift lasts longer than it may, or whose user was disabled meanwhile, with what ends it.</summary>
    public async Task<List<(Guid Person, PersonCommand End)>> OverdueAsync(UtcMicros startedBefore, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand(
            """
            SELECT s.user_id, u.disabled_at FROM person_shift s JOIN app_user u USING (user_id)
            WHERE s.ended_at IS NULL AND (s.started_at <= $1 OR u.disabled_at IS NOT NULL) ORDER BY s.started_at LIMIT $2
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = startedBefore.ToDateTimeOffset().UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new NpgsqlParameter { Value = limit, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var people = new List<(Guid, PersonCommand)>();
        while (await row.ReadAsync(cancellationToken))
            people.Add((row.GetGuid(0), row.IsDBNull(1) ? new EndOverdueShift() : new EndShiftOfDisabled(Time(row, 1))));
        return people;
    }

    private static NpgsqlParameter Id(Guid value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Uuid };

    private static UtcMicros Time(NpgsqlDataReader row, int column) => UtcMicros.From(new DateTimeOffset(row.GetDateTime(column), TimeSpan.Zero));
}
