using System.Buffers.Text;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Storage.Model;
using FieldCrm.Silo.Tenants;
using Microsoft.AspNetCore.Identity;

namespace FieldCrm.Hub.Identity.Accounts;

/// <summary>What a person does to his own account.</summary>
internal sealed class Account(
    AppUserStore store, UserManager<AppUser> users, IPasswordHasher<AppUser> hasher, IPasskeyHandler<AppUser> passkeys,
    PasswordDecoy work, IGrainFactory grains, UserDirectory directory)
{
    public static readonly Failure WrongPassword = new("password.wrong", "The present password is another one.");

    public static readonly Failure PasskeyRefused = new("passkey.refused", "The passkey was not accepted: try again.");

    public Task<AppUser?> ReadAsync(TenantId tenant, Guid user, CancellationToken cancellationToken) =>
        store.ReadAsync(tenant, user, cancellationToken);

    public Task<IReadOnlyList<UserPasskeyRow>> PasskeysAsync(AppUser user, CancellationToken cancellationToken) =>
        store.PasskeyRowsAsync(user.Tenant, user.UserId, cancellationToken);

    /// <param name="present">The password that he has, where he has one: a borrowed session must not become one's own.</param>
    public async Task<Failure?> SetPasswordAsync(AppUser user, string? present, string password, CancellationToken cancellationToken)
    {
        if (user.PasswordHash is { } hash)
        {
            var grain = grains.GetGrain<ITenantGrain>(user.Tenant.Value);
            if ((await grain.DecideAsync(new BeginPasswordTry(user.UserId), Actor.User(user.UserId))).Refusal is { } locked)
                return locked;
            var compared = await work.WithAPlaceAsync(() => hasher.VerifyHashedPassword(user, hash, present ?? ""), cancellationToken);
            if (compared == PasswordVerificationResult.Failed)
            {
                await grain.DecideAsync(new NotePasswordFailed(user.UserId), Actor.User(user.UserId));
                return WrongPassword;
            }
        }
        foreach (var rule in users.PasswordValidators)
        {
            if (await rule.ValidateAsync(users, user, password) is { Succeeded: false } refused && PasswordRules.Check(user.Name, password) is { } error)
                return new Failure(error.Code, error.Description);
        }
        var fresh = await work.WithAPlaceAsync(() => hasher.HashPassword(user, password), cancellationToken);
        return await DecideAsync(user, new SetPassword(user.UserId, fresh));
    }

    public Task<Failure?> EndSessionsAsync(AppUser user) => DecideAsync(user, new EndSessions(user.UserId));

    public async Task<string> CreationOptionsAsync(AppUser user, HttpContext context, PasskeyState state)
    {
        var options = await passkeys.MakeCreationOptionsAsync(
            new PasskeyUserEntity { Id = user.Id, Name = user.Name, DisplayName = user.Name }, context);
        state.Keep(context, options.AttestationState);
        return options.CreationOptionsJson;
    }

    public async Task<Failure?> AddPasskeyAsync(AppUser user, HttpContext context, PasskeyState state, string name, string credentialJson)
    {
        if (state.Take(context) is not { } kept)
            return PasskeyRefused;
        var made = await passkeys.PerformAttestationAsync(
            new PasskeyAttestationContext { HttpContext = context, CredentialJson = credentialJson, AttestationState = kept });
        if (!made.Succeeded || made.UserEntity.Id != user.Id)
            return PasskeyRefused;
        var key = made.Passkey;
        return await DecideAsync(user, new AddPasskey(user.UserId, new NewPasskey(
            Base64Url.EncodeToString(key.CredentialId), Base64Url.EncodeToString(key.PublicKey), name, key.SignCount,
            string.Join(',', key.Transports ?? []), key.IsUserVerified, key.IsBackupEligible, key.IsBackedUp)));
    }

    public Task<Failure?> RenamePasskeyAsync(AppUser user, string credential, string name) => IsCredential(credential)
        ? DecideAsync(user, new RenamePasskey(user.UserId, credential, name)) : Task.FromResult<Failure?>(PasskeyRefused);

    public Task<Failure?> RemovePasskeyAsync(AppUser user, string credential) => IsCredential(credential)
        ? DecideAsync(user, new RemovePasskey(user.UserId, credential)) : Task.FromResult<Failure?>(PasskeyRefused);

    public async Task<string> RequestOptionsAsync(HttpContext context, PasskeyState state)
    {
        var options = await passkeys.MakeRequestOptionsAsync(user: null, context);
        state.Keep(context, options.AssertionState);
        return options.RequestOptionsJson;
    }

    /// <summary>The user whom a passkey proves, or null.</summary>
    public async Task<AppUser?> ProveAsync(HttpContext context, PasskeyState state, string credentialJson)
    {
        if (state.Take(context) is not { } kept)
            return null;
        var proven = await passkeys.PerformAssertionAsync(
            new PasskeyAssertionContext { HttpContext = context, CredentialJson = credentialJson, AssertionState = kept });
        if (!proven.Succeeded)
            return null;
        var use = new PasskeyUse(Base64Url.EncodeToString(proven.Passkey.CredentialId), proven.Passkey.SignCount, proven.Passkey.IsBackedUp);
        return await DecideAsync(proven.User, new CompleteSignIn(proven.User.UserId, SignInMethod.Passkey, use)) is null ? proven.User : null;
    }

    private static bool IsCredential(string text) => text.Length is > 0 and <= 1_400 && Base64Url.IsValid(text);

    private async Task<Failure?> DecideAsync(AppUser user, TenantCommand command)
    {
        var outcome = await grains.GetGrain<ITenantGrain>(user.Tenant.Value).DecideAsync(command, Actor.User(user.UserId));
        directory.Forget(user.UserId);
        return outcome.Refusal;
    }
}
