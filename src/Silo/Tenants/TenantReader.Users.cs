using System.Buffers.Text;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Tenants;

internal sealed partial class TenantReader
{
    private async Task<TenantFacts> OfUserAsync(TenantId tenant, Guid user) => new() { User = await UserAsync(tenant, user) };

    private async Task<TenantFacts> OfUserAndAdminsAsync(TenantId tenant, Guid user) => new()
    {
        User = await UserAsync(tenant, user),
        ActiveAdmins = await CountAsync(
            "SELECT count(*)::int FROM app_user WHERE tenant_id = $1 AND role = $2 AND disabled_at IS NULL",
            Int(tenant.Value), Text(UserRole.Admin)),
    };

    private async Task<KnownUser?> UserAsync(TenantId tenant, Guid user)
    {
        await using var command = database.Silo.CreateCommand(
            """
            SELECT u.role, u.disabled_at IS NOT NULL, x.user_id IS NOT NULL, coalesce(x.has_lost_access, false)
            FROM app_user u LEFT JOIN user_external x USING (user_id) WHERE u.tenant_id = $1 AND u.user_id = $2
            """);
        command.Parameters.Add(Int(tenant.Value));
        command.Parameters.Add(Id(user));
        await using var row = await command.ExecuteReaderAsync();
        return await row.ReadAsync()
            ? new KnownUser(user, row.GetString(0), row.GetBoolean(1), row.GetBoolean(2), row.GetBoolean(3)) : null;
    }

    private async Task<TenantFacts> OfLinkAsync(TenantId tenant, SecretHash link)
    {
        Guid user;
        KnownLink known;
        await using (var command = database.Silo.CreateCommand(
            "SELECT user_id, expires_at, used_at IS NOT NULL FROM one_time_link WHERE tenant_id = $1 AND link_hash = $2"))
        {
            command.Parameters.Add(Int(tenant.Value));
            command.Parameters.Add(Bytes(link.ToBytes()));
            await using var row = await command.ExecuteReaderAsync();
            if (!await row.ReadAsync())
                return TenantFacts.None;
            user = row.GetGuid(0);
            known = new KnownLink(user, UtcMicros.From(row.GetFieldValue<DateTimeOffset>(1)), row.GetBoolean(2));
        }
        return new TenantFacts { Link = known, User = await UserAsync(tenant, user) };
    }

    private async Task<TenantFacts> OfLoginAsync(TenantId tenant, Guid user)
    {
        await using var command = database.Silo.CreateCommand(
            "SELECT tries, last_try_at FROM user_login WHERE tenant_id = $1 AND user_id = $2 AND last_try_at IS NOT NULL");
        command.Parameters.Add(Int(tenant.Value));
        command.Parameters.Add(Id(user));
        KnownLogin? login = null;
        await using (var row = await command.ExecuteReaderAsync())
        {
            if (await row.ReadAsync())
                login = new KnownLogin(row.GetInt32(0), UtcMicros.From(row.GetFieldValue<DateTimeOffset>(1)));
        }
        return new TenantFacts { User = await UserAsync(tenant, user), Login = login };
    }

    private async Task<TenantFacts> OfNewPasskeyAsync(TenantId tenant, AddPasskey add) => new()
    {
        User = await UserAsync(tenant, add.UserId),
        IsPasskeyKnown = await ExistsAsync(
            "SELECT 1 FROM user_passkey WHERE credential_id = $1", Bytes(Base64Url.DecodeFromChars(add.Passkey.CredentialId))),
        PasskeyCount = await CountAsync(
            "SELECT count(*)::int FROM user_passkey WHERE tenant_id = $1 AND user_id = $2", Int(tenant.Value), Id(add.UserId)),
    };

    private async Task<TenantFacts> OfPasskeyAsync(TenantId tenant, Guid user, string credentialId) => new()
    {
        User = await UserAsync(tenant, user),
        IsPasskeyKnown = await CountAsync(
            "SELECT count(*)::int FROM user_passkey WHERE tenant_id = $1 AND user_id = $2 AND credential_id = $3",
            Int(tenant.Value), Id(user), Bytes(Base64Url.DecodeFromChars(credentialId))) == 1,
    };

    private async Task<TenantFacts> OfExternalAsync(TenantId tenant, SignInExternal external)
    {
        await using var command = database.Silo.CreateCommand(
            "SELECT user_id FROM user_external WHERE tenant_id = $1 AND issuer = $2 AND subject = $3");
        command.Parameters.Add(Int(tenant.Value));
        command.Parameters.Add(Text(external.Issuer));
        command.Parameters.Add(Text(external.Subject));
        if (await command.ExecuteScalarAsync() is Guid user)
            return await OfUserAsync(tenant, user);
        return new TenantFacts
        {
            IsUserNameTaken = await ExistsAsync("SELECT 1 FROM app_user WHERE name = $1", Text(external.Name)),
        };
    }

    private async Task<TenantFacts> OfTokenAsync(TenantId tenant, Guid token)
    {
        await using var command = database.Silo.CreateCommand(
            "SELECT revoked_at IS NOT NULL FROM api_token WHERE tenant_id = $1 AND token_id = $2");
        command.Parameters.Add(Int(tenant.Value));
        command.Parameters.Add(Id(token));
        return await command.ExecuteScalarAsync() is bool isRevoked
            ? new TenantFacts { Token = new KnownToken(token, isRevoked) } : TenantFacts.None;
    }

    private async Task<int> CountAsync(string sql, params NpgsqlParameter[] values)
    {
        await using var command = database.Silo.CreateCommand(sql);
        command.Parameters.AddRange(values);
        return await command.ExecuteScalarAsync() is int count ? count : 0;
    }

    private static NpgsqlParameter Bytes(byte[] value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Bytea };
}
