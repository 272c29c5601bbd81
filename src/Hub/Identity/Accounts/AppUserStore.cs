using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Storage.Model;
using FieldCrm.Silo.Tenants;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Hub.Identity.Accounts;

/// <summary>
/// Identity's view of our users (docs/adr/0008). Reads happen as the user's tenant under row security; the one write that
/// Identity does by itself, a better hash for a right password, goes through the tenant's grain like all the others.
/// </summary>
internal sealed class AppUserStore(FieldCrmDatabase database, IGrainFactory grains)
    : IUserPasswordStore<AppUser>, IUserPasskeyStore<AppUser>
{
    private const string NotHere = "Users and passkeys are changed through the tenant's grain.";

    public async Task<AppUser?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        AppUser.Parse(userId) is var (tenant, user) ? await ReadAsync(tenant, user, cancellationToken) : null;

    public async Task<AppUser?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken)
    {
        if (normalizedUserName.Contains('\0', StringComparison.Ordinal))
            return null;
        await using var find = database.Api.CreateCommand("SELECT user_id, tenant_id FROM user_by_name($1)");
        find.Parameters.Add(new NpgsqlParameter { Value = normalizedUserName, NpgsqlDbType = NpgsqlDbType.Text });
        return await OwnerAsync(find, cancellationToken) is var (tenant, user) ? await ReadAsync(tenant, user, cancellationToken) : null;
    }

    public async Task<AppUser?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken)
    {
        await using var find = database.Api.CreateCommand("SELECT user_id, tenant_id FROM user_by_passkey($1)");
        find.Parameters.Add(new NpgsqlParameter { Value = credentialId, NpgsqlDbType = NpgsqlDbType.Bytea });
        return await OwnerAsync(find, cancellationToken) is var (tenant, user) ? await ReadAsync(tenant, user, cancellationToken) : null;
    }

    public async Task<AppUser?> ReadAsync(TenantId tenant, Guid user, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        if (await scope.Context.Users.SingleOrDefaultAsync(u => u.UserId == user, cancellationToken) is not { } row)
            return null;
        var isExternal = await scope.Context.ExternalUsers.AnyAsync(x => x.UserId == user, cancellationToken);
        await using var login = new NpgsqlCommand("SELECT password_hash FROM login_of($1)", scope.Connection, scope.Transaction);
        login.Parameters.Add(new NpgsqlParameter { Value = user, NpgsqlDbType = NpgsqlDbType.Uuid });
        return new AppUser
        {
            Tenant = tenant, UserId = user, Name = row.Name, Role = row.Role, SessionStamp = row.SessionStamp,
            IsDisabled = row.DisabledAt is not null, IsExternal = isExternal,
            PasswordHash = await login.ExecuteScalarAsync(cancellationToken) as string,
        };
    }

    public async Task<IReadOnlyList<UserPasskeyRow>> PasskeyRowsAsync(TenantId tenant, Guid user, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        return await scope.Context.Passkeys.Where(p => p.UserId == user).OrderBy(p => p.CreatedAt).ToListAsync(cancellationToken);
    }

    public async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(AppUser user, CancellationToken cancellationToken) =>
        [.. (await PasskeyRowsAsync(user.Tenant, user.UserId, cancellationToken)).Select(Info)];

    public async Task<UserPasskeyInfo?> FindPasskeyAsync(AppUser user, byte[] credentialId, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, user.Tenant, cancellationToken);
        return await scope.Context.Passkeys.SingleOrDefaultAsync(p => p.UserId == user.UserId && p.CredentialId == credentialId, cancellationToken)
            is { } row ? Info(row) : null;
    }

    /// <summary>After a right password whose hash is of an older kind.</summary>
    public async Task<IdentityResult> UpdateAsync(AppUser user, CancellationToken cancellationToken)
    {
        if (user.PasswordHash is { } hash)
            await grains.GetGrain<ITenantGrain>(user.Tenant.Value).DecideAsync(new SetPassword(user.UserId, hash), Actor.System);
        return IdentityResult.Success;
    }

    public Task<string> GetUserIdAsync(AppUser user, CancellationToken cancellationToken) => Task.FromResult(user.Id);

    public Task<string?> GetUserNameAsync(AppUser user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.Name);

    public Task<string?> GetNormalizedUserNameAsync(AppUser user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.Name);

    public Task<string?> GetPasswordHashAsync(AppUser user, CancellationToken cancellationToken) => Task.FromResult(user.PasswordHash);

    public Task<bool> HasPasswordAsync(AppUser user, CancellationToken cancellationToken) => Task.FromResult(user.PasswordHash is not null);

    public Task SetPasswordHashAsync(AppUser user, string? passwordHash, CancellationToken cancellationToken)
    {
        user.PasswordHash = passwordHash;
        return Task.CompletedTask;
    }

    public Task SetNormalizedUserNameAsync(AppUser user, string? normalizedName, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task SetUserNameAsync(AppUser user, string? userName, CancellationToken cancellationToken) => throw new NotSupportedException(NotHere);

    public Task<IdentityResult> CreateAsync(AppUser user, CancellationToken cancellationToken) => throw new NotSupportedException(NotHere);

    public Task<IdentityResult> DeleteAsync(AppUser user, CancellationToken cancellationToken) => throw new NotSupportedException(NotHere);

    public Task AddOrUpdatePasskeyAsync(AppUser user, UserPasskeyInfo passkey, CancellationToken cancellationToken) =>
        throw new NotSupportedException(NotHere);

    public Task RemovePasskeyAsync(AppUser user, byte[] credentialId, CancellationToken cancellationToken) =>
        throw new NotSupportedException(NotHere);

    public void Dispose()
    {
    }

    private static async Task<(TenantId Tenant, Guid User)?> OwnerAsync(NpgsqlCommand find, CancellationToken cancellationToken)
    {
        await using var row = await find.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? (new TenantId(row.GetInt32(1)), row.GetGuid(0)) : null;
    }

    // The attestation itself is not kept: nobody asks which maker an authenticator is of.
    private static UserPasskeyInfo Info(UserPasskeyRow row) => new(
        row.CredentialId, row.PublicKey, row.CreatedAt, (uint)row.SignCount,
        row.Transports.Split(',', StringSplitOptions.RemoveEmptyEntries), row.IsUserVerified, row.IsBackupEligible, row.IsBackedUp, [], [])
    {
        Name = row.Name,
    };
}

/// <summary>Names are what they are: "Ana" and "ana" are two people.</summary>
internal sealed class NamesAsTheyAre : ILookupNormalizer
{
    public string? NormalizeEmail(string? email) => email;

    public string? NormalizeName(string? name) => name;
}
