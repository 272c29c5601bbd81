using System.Collections.Immutable;
using FieldCrm.Core;
using FieldCrm.Core.People;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Tenants;
using NpgsqlTypes;

namespace FieldCrm.Silo.People;

/// <summary>What a person's events do to the read models. A row that another activation moved is a conflict: decided again.</summary>
internal static class PersonStatements
{
    public static ImmutableArray<SqlStatement> Of(TenantId tenant, Guid user, ImmutableArray<PersonEvent> events) =>
    [
        .. events.Select(happened => Of(tenant, user, happened)),
        new SqlStatement($"SELECT pg_notify('{DirectoryNotice.Channel}', $1)", [Text(DirectoryNotice.OfPerson(user))]),
    ];

    private static SqlStatement Of(TenantId tenant, Guid user, PersonEvent happened) => happened switch
    {
        ConsentGiven given => Answer(tenant, user, given.Notice, given.TextHash, given.At, isGiven: true),
        ConsentDeclined declined => Answer(tenant, user, declined.Notice, declined.TextHash, declined.At, isGiven: false),
        ConsentWithdrawn withdrawn => new SqlStatement(
            "UPDATE person_consent SET withdrawn_at = $3 WHERE tenant_id = $1 AND user_id = $2 AND is_given AND withdrawn_at IS NULL",
            [Int(tenant.Value), Id(user), Time(withdrawn.At)]),
        ShiftStarted started => One(
            "INSERT INTO person_shift (tenant_id, user_id, started_at, consent_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            Int(tenant.Value), Id(user), Time(started.At), Time(started.ConsentFrom)),
        ShiftEnded ended => One(
            "UPDATE person_shift SET ended_at = $4, ended_why = $5 WHERE tenant_id = $1 AND user_id = $2 AND started_at = $3 AND ended_at IS NULL",
            Int(tenant.Value), Id(user), Time(ended.StartedAt), Time(ended.At), Text(ended.Why)),
        ErasureRequested asked => One(
            "INSERT INTO person_erasure (tenant_id, user_id, requested_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            Int(tenant.Value), Id(user), Time(asked.At)),
        PositionsErased erased => One(
            "UPDATE person_erasure SET done_at = $3 WHERE tenant_id = $1 AND user_id = $2 AND done_at IS NULL",
            Int(tenant.Value), Id(user), Time(erased.At)),
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened.GetType().Name, "No statement for this event."),
    };

    private static SqlStatement Answer(TenantId tenant, Guid user, ConsentNotice notice, string textHash, UtcMicros at, bool isGiven) => One(
        """
        INSERT INTO person_consent (tenant_id, user_id, answered_at, is_given, purpose, channel, language, notice_version, retention_days, text_hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
        """,
        Int(tenant.Value), Id(user), Time(at), new SqlValue(isGiven, NpgsqlDbType.Boolean), Text(notice.Purpose), Text(notice.Channel),
        Text(notice.Language), Int(notice.Version), Int(notice.RetentionDays), new SqlValue(Convert.FromHexString(textHash), NpgsqlDbType.Bytea));

    private static SqlStatement One(string text, params ImmutableArray<SqlValue> values) => new(text, values, ExpectedRows: 1);

    private static SqlValue Int(int value) => new(value, NpgsqlDbType.Integer);

    private static SqlValue Text(string value) => new(value, NpgsqlDbType.Text);

    private static SqlValue Id(Guid value) => new(value, NpgsqlDbType.Uuid);

    private static SqlValue Time(UtcMicros value) => new(value.ToDateTimeOffset().UtcDateTime, NpgsqlDbType.TimestampTz);
}
