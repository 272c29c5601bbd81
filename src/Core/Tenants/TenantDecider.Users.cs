namespace FieldCrm.Core.Tenants;

public static partial class TenantDecider
{
    private const int MaxUserName = 200;
    private const int MaxPasskeyName = 100;
    private const int MaxTokenName = 100;

    private static TenantOutcome Add(TenantState state, TenantFacts facts, AddUser add)
    {
        if (!IsName(add.Name, MaxUserName))
            return TenantOutcome.Refused("user.name-invalid", $"A user's name has 1 to {MaxUserName} characters, none of them control characters, no space at either end.");
        if (!UserRole.All.Contains(add.Role))
            return UnknownRole;
        if (facts.IsUserNameTaken)
            return TenantOutcome.Refused("user.name-taken", "There is a user of this name in the instance: choose another.");
        if (state.UserCount >= state.Settings.MaxUsers)
            return TenantOutcome.Refused("user.quota-reached", $"The tenant has its {state.Settings.MaxUsers} users.");
        return new UserAdded(add.UserId, add.Name, add.Role);
    }

    private static TenantOutcome Disable(TenantFacts facts, DisableUser disable)
    {
        if (facts.User is not { } user)
            return UnknownUser;
        if (user is { IsDisabled: true, HasLostAccess: false })
            return TenantOutcome.Nothing;
        return IsLastAdmin(facts, user) ? LastAdmin : new UserDisabled(disable.UserId);
    }

    private static TenantOutcome Create(TenantFacts facts, CreateLink create, UtcMicros now) => facts.User switch
    {
        null => UnknownUser,
        { IsDisabled: true } => DisabledUser,
        { IsExternal: true } => ExternalUser,
        _ => new LinkCreated(create.UserId, create.LinkHash, now.Plus(CreateLink.Lifetime)),
    };

    private static TenantOutcome Redeem(TenantFacts facts, RedeemLink redeem, UtcMicros now)
    {
        if (facts.Link is not { } link || facts.User is not { } user)
            return TenantOutcome.Refused("link.unknown", "This link is not known: ask for a new one.");
        if (link.IsUsed)
            return TenantOutcome.Refused("link.used", "This link was used already: ask for a new one.");
        if (link.ExpiresAt <= now)
            return TenantOutcome.Refused("link.expired", "This link is older than 24 hours: ask for a new one.");
        if (user.IsDisabled)
            return DisabledUser;
        return new LinkRedeemed(user.UserId, redeem.LinkHash, user.Role);
    }

    private static TenantOutcome Change(TenantFacts facts, ChangeRole change)
    {
        if (!UserRole.All.Contains(change.Role))
            return UnknownRole;
        return WithUser(facts, user => user switch
        {
            _ when user.Role == change.Role => TenantOutcome.Nothing,
            { IsExternal: true } => ExternalUser,
            _ when IsLastAdmin(facts, user) => LastAdmin,
            _ => new RoleChanged(user.UserId, change.Role),
        });
    }

    private static TenantOutcome Begin(TenantFacts facts, UtcMicros now) => WithActiveUser(facts, user =>
        LockedUntil(facts.Login) is { } until && now < until
            ? TenantOutcome.Refused("sign-in.locked", "Too many wrong passwords: this name has to wait.")
            : new PasswordTried(user.UserId, (facts.Login?.Tries ?? 0) + 1));

    private static TenantOutcome Failed(TenantFacts facts, UtcMicros now) => WithUser(facts, user =>
        LockedUntil(facts.Login) is { } until && now < until
            ? new SignInLocked(user.UserId, facts.Login?.Tries ?? 0, until) : TenantOutcome.Nothing);

    /// <summary>Until when no password is looked at; null when the next one may be tried.</summary>
    private static UtcMicros? LockedUntil(KnownLogin? login)
    {
        if (login is not { Tries: > 0 } || login.Tries % BeginPasswordTry.TriesInARow != 0)
            return null;
        var doublings = Math.Min(login.Tries / BeginPasswordTry.TriesInARow - 1, 16); // 2^16 min is past the longest wait
        var wait = TimeSpan.FromTicks(Math.Min(BeginPasswordTry.FirstWait.Ticks << doublings, BeginPasswordTry.LongestWait.Ticks));
        return login.LastTryAt.Plus(wait);
    }

    private static TenantOutcome Complete(TenantFacts facts, CompleteSignIn complete) => WithActiveUser(facts, user =>
        complete.Passkey is not null && !facts.IsPasskeyKnown
            ? UnknownPasskey
            : new SignedIn(user.UserId, complete.Method, user.Role) { Passkey = complete.Passkey });

    private static TenantOutcome Add(TenantFacts facts, AddPasskey add)
    {
        if (!IsName(add.Passkey.Name, MaxPasskeyName))
            return InvalidPasskeyName;
        return WithOwnSecrets(facts, user =>
        {
            if (facts.IsPasskeyKnown)
                return TenantOutcome.Refused("passkey.known", "This passkey is registered already.");
            if (facts.PasskeyCount >= AddPasskey.MaxPasskeys)
                return TenantOutcome.Refused("passkey.too-many", $"At most {AddPasskey.MaxPasskeys} passkeys: remove one first.");
            return new PasskeyAdded(user.UserId, add.Passkey.CredentialId, add.Passkey.Name) { Passkey = add.Passkey };
        });
    }

    private static TenantOutcome Rename(TenantFacts facts, RenamePasskey rename)
    {
        if (!IsName(rename.Name, MaxPasskeyName))
            return InvalidPasskeyName;
        return facts.IsPasskeyKnown ? new PasskeyRenamed(rename.UserId, rename.CredentialId, rename.Name) : UnknownPasskey;
    }

    private static TenantOutcome SignIn(TenantState state, TenantFacts facts, SignInExternal external)
    {
        if (facts.User is not { } user)
            return FirstSignIn(state, facts, external);
        if (external.Role is not { } role)
            return user.IsDisabled ? NoRole : new ExternalAccessLost(user.UserId);
        if (user.IsDisabled && !user.HasLostAccess)
            return DisabledUser;
        var signedIn = new SignedIn(user.UserId, SignInMethod.Provider, role);
        return (user.HasLostAccess, role != user.Role) switch
        {
            (true, true) => TenantOutcome.Of(new ExternalAccessRegained(user.UserId), new RoleChanged(user.UserId, role), signedIn),
            (true, false) => TenantOutcome.Of(new ExternalAccessRegained(user.UserId), signedIn),
            (false, true) => TenantOutcome.Of(new RoleChanged(user.UserId, role), signedIn),
            _ => signedIn,
        };
    }

    private static TenantOutcome FirstSignIn(TenantState state, TenantFacts facts, SignInExternal external)
    {
        if (external.Role is not { } role)
            return NoRole;
        var added = Add(state, facts, new AddUser(external.NewUserId, external.Name, role));
        return added.Refusal is not null ? added : TenantOutcome.Of(
            added.Events[0], new ExternalLinked(external.NewUserId, external.Issuer, external.Subject),
            new SignedIn(external.NewUserId, SignInMethod.Provider, role));
    }

    private static TenantOutcome Add(TenantFacts facts, AddToken add, UtcMicros now)
    {
        if (!IsName(add.Name, MaxTokenName))
            return TenantOutcome.Refused("token.name-invalid", $"A token's name has 1 to {MaxTokenName} characters, none of them control characters, no space at either end.");
        if (!UserRole.All.Contains(add.Role))
            return UnknownRole;
        if (add.ExpiresAt <= now || add.ExpiresAt > now.Plus(AddToken.LongestLife))
            return TenantOutcome.Refused("token.expiry-invalid", $"A token ends within {AddToken.LongestLife.Days} days.");
        if (facts.TokenCount >= AddToken.MaxTokens)
            return TenantOutcome.Refused("token.quota-reached", $"The tenant has its {AddToken.MaxTokens} tokens: revoke one.");
        return new TokenAdded(add.TokenId, add.TokenHash, add.Name, add.Role, add.ExpiresAt, add.MadeBy);
    }

    private static TenantOutcome Revoke(TenantFacts facts, RevokeToken revoke)
    {
        if (facts.Token is not { } token)
            return TenantOutcome.Refused("token.unknown", "There is no such token in this tenant.");
        return token.IsRevoked ? TenantOutcome.Nothing : new TokenRevoked(revoke.TokenId);
    }

    private static TenantOutcome WithUser(TenantFacts facts, Func<KnownUser, TenantOutcome> decide) =>
        facts.User is { } user ? decide(user) : UnknownUser;

    private static TenantOutcome WithActiveUser(TenantFacts facts, Func<KnownUser, TenantOutcome> decide) =>
        WithUser(facts, user => user.IsDisabled ? DisabledUser : decide(user));

    // Whom a provider vouches for has no other way in, or losing his groups would not end his access.
    private static TenantOutcome WithOwnSecrets(TenantFacts facts, Func<KnownUser, TenantOutcome> decide) =>
        WithActiveUser(facts, user => user.IsExternal ? ExternalUser : decide(user));

    private static bool IsLastAdmin(TenantFacts facts, KnownUser user) =>
        user is { Role: UserRole.Admin, IsDisabled: false } && facts.ActiveAdmins <= 1;

    private static readonly Failure UnknownUser = new("user.unknown", "There is no such user in this tenant.");

    private static readonly Failure DisabledUser = new("user.disabled", "This user may not sign in any more.");

    private static readonly Failure ExternalUser = new("user.external", "This user signs in with the identity provider, which decides on his role.");

    private static readonly Failure LastAdmin = new("user.last-admin", "This is the tenant's last admin: make another one first.");

    private static readonly Failure UnknownRole = new("user.role-unknown", $"A role is one of: {string.Join(", ", UserRole.All)}.");

    private static readonly Failure NoRole = new("provider.no-role", "Your identity provider has you in no group that may use this. Ask whoever runs it.");

    private static readonly Failure UnknownPasskey = new("passkey.unknown", "There is no such passkey.");

    private static readonly Failure InvalidPasskeyName =
        new("passkey.name-invalid", $"A passkey's name has 1 to {MaxPasskeyName} characters, none of them control characters, no space at either end.");
}
