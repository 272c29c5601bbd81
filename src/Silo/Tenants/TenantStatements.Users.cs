using System.Buffers.Text;
using System.Collections.Immutable;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Commit;
using NpgsqlTypes;

namespace FieldCrm.Silo.Tenants;

internal static partial class TenantStatements
{
    // The stamp needs no clock and no random number of ours: that it is another one is all that is asked of it.
    private const string NewStamp = "session_stamp = gen_random_uuid()";

    private static ImmutableArray<SqlStatement> OfUser(TenantId tenant, TenantEvent happened, UtcMicros now) => happened switch
    {
        UserAdded added => [One(
            "INSERT INTO app_user (user_id, tenant_id, name, role, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            Id(added.UserId), Int(tenant.Value), Text(added.Name), Text(added.Role), Time(now))],
        UserDisabled disabled => [
            User($"disabled_at = $3, {NewStamp}", tenant, disabled.UserId, Time(now)), LostAccess(tenant, disabled.UserId, false),
            .. SessionsOf(disabled.UserId)],
        UserEnabled enabled => [
            User("disabled_at = NULL", tenant, enabled.UserId), LostAccess(tenant, enabled.UserId, false), .. SessionsOf(enabled.UserId)],
        RoleChanged changed => [User("role = $3", tenant, changed.UserId, Text(changed.Role)), .. SessionsOf(changed.UserId)],
        SessionsEnded ended => [User(NewStamp, tenant, ended.UserId), .. SessionsOf(ended.UserId)],
        LinkCreated created => [
            new SqlStatement("DELETE FROM one_time_link WHERE tenant_id = $1 AND expires_at < $2", [Int(tenant.Value), Time(now)]),
            One("INSERT INTO one_time_link (link_hash, tenant_id, user_id, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                Hash(created.LinkHash), Int(tenant.Value), Id(created.UserId), Time(created.ExpiresAt))],
        LinkRedeemed redeemed => [One(
            "UPDATE one_time_link SET used_at = $3 WHERE tenant_id = $1 AND link_hash = $2 AND used_at IS NULL",
            Int(tenant.Value), Hash(redeemed.LinkHash), Time(now))],
        PasswordTried tried => [One(
            """
            INSERT INTO user_login (user_id, tenant_id, tries, last_try_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (user_id) DO UPDATE SET tries = excluded.tries, last_try_at = excluded.last_try_at
            """,
            Id(tried.UserId), Int(tenant.Value), Int(tried.Tries), Time(now))],
        SignInLocked => [],
        SignedIn signedIn => [.. OfSignIn(tenant, signedIn, now)],
        PasswordSet set => [
            One(
                """
                INSERT INTO user_login (user_id, tenant_id, password_hash, password_set_at, tries) VALUES ($1, $2, $3, $4, 0)
                ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash, password_set_at = excluded.password_set_at, tries = 0
                """,
                Id(set.UserId), Int(tenant.Value), Text(set.PasswordHash ?? throw new InvalidOperationException("The hash was lost on its way.")), Time(now)),
            User(NewStamp, tenant, set.UserId), .. SessionsOf(set.UserId)],
        PasskeyAdded { Passkey: { } passkey } added => [Insert(tenant, added.UserId, passkey, now)],
        PasskeyRenamed renamed => [One(
            "UPDATE user_passkey SET name = $4 WHERE tenant_id = $1 AND user_id = $2 AND credential_id = $3",
            Int(tenant.Value), Id(renamed.UserId), Credential(renamed.CredentialId), Text(renamed.Name))],
        PasskeyRemoved removed => [One(
            "DELETE FROM user_passkey WHERE tenant_id = $1 AND user_id = $2 AND credential_id = $3",
            Int(tenant.Value), Id(removed.UserId), Credential(removed.CredentialId))],
        ExternalLinked linked => [One(
            "INSERT INTO user_external (issuer, subject, tenant_id, user_id, has_lost_access, created_at) VALUES ($1, $2, $3, $4, false, $5) ON CONFLICT DO NOTHING",
            Text(linked.Issuer), Text(linked.Subject), Int(tenant.Value), Id(linked.UserId), Time(now))],
        ExternalAccessLost lost => [
            User($"disabled_at = $3, {NewStamp}", tenant, lost.UserId, Time(now)), LostAccess(tenant, lost.UserId, true), .. SessionsOf(lost.UserId)],
        ExternalAccessRegained regained => [
            User("disabled_at = NULL", tenant, regained.UserId), LostAccess(tenant, regained.UserId, false), .. SessionsOf(regained.UserId)],
        TokenAdded added => [One(
            "INSERT INTO api_token (token_id, tenant_id, token_hash, name, role, made_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            Id(added.TokenId), Int(tenant.Value), Hash(added.TokenHash), Text(added.Name), Text(added.Role),
            new SqlValue(added.MadeBy, NpgsqlDbType.Uuid), Time(now), Time(added.ExpiresAt))],
        TokenRevoked revoked => [
            One("UPDATE api_token SET revoked_at = $3 WHERE tenant_id = $1 AND token_id = $2", Int(tenant.Value), Id(revoked.TokenId), Time(now)),
            Notify(DirectoryNotice.OfToken(revoked.TokenId))],
        TokenUsed used => [One(
            "UPDATE api_token SET last_used_at = $3 WHERE tenant_id = $1 AND token_id = $2", Int(tenant.Value), Id(used.TokenId), Time(now))],
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened.GetType().Name, "No statement for this event."),
    };

    private static IEnumerable<SqlStatement> OfSignIn(TenantId tenant, SignedIn signedIn, UtcMicros now)
    {
        if (signedIn.Method == SignInMethod.Password)
        {
            yield return new SqlStatement(
                "UPDATE user_login SET tries = 0 WHERE tenant_id = $1 AND user_id = $2", [Int(tenant.Value), Id(signedIn.UserId)]);
        }
        if (signedIn.Passkey is { } passkey)
        {
            yield return One(
                "UPDATE user_passkey SET sign_count = $4, is_backed_up = $5, last_used_at = $6 WHERE tenant_id = $1 AND user_id = $2 AND credential_id = $3",
                Int(tenant.Value), Id(signedIn.UserId), Credential(passkey.CredentialId), Long(passkey.SignCount), Bool(passkey.IsBackedUp), Time(now));
        }
    }

    private static SqlStatement Insert(TenantId tenant, Guid user, NewPasskey passkey, UtcMicros now) => One(
        """
        INSERT INTO user_passkey (credential_id, tenant_id, user_id, name, public_key, sign_count, transports,
            is_user_verified, is_backup_eligible, is_backed_up, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING
        """,
        Credential(passkey.CredentialId), Int(tenant.Value), Id(user), Text(passkey.Name), Credential(passkey.PublicKey),
        Long(passkey.SignCount), Text(passkey.Transports), Bool(passkey.IsUserVerified), Bool(passkey.IsBackupEligible),
        Bool(passkey.IsBackedUp), Time(now));

    private static SqlStatement User(string set, TenantId tenant, Guid user, params ReadOnlySpan<SqlValue> values) =>
        One($"UPDATE app_user SET {set} WHERE tenant_id = $1 AND user_id = $2", [Int(tenant.Value), Id(user), .. values]);

    private static SqlStatement LostAccess(TenantId tenant, Guid user, bool hasLost) => new(
        "UPDATE user_external SET has_lost_access = $3 WHERE tenant_id = $1 AND user_id = $2",
        [Int(tenant.Value), Id(user), Bool(hasLost)]);

    private static ImmutableArray<SqlStatement> SessionsOf(Guid user) => [Notify(DirectoryNotice.OfUser(user))];

    private static SqlValue Credential(string base64Url) => new(Base64Url.DecodeFromChars(base64Url), NpgsqlDbType.Bytea);
}
