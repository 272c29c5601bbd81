namespace FieldCrm.Core.Tenants;

/// <summary>Refused: <c>user.name-taken</c>, <c>user.name-invalid</c>, <c>user.role-unknown</c>, <c>user.quota-reached</c>.</summary>
public sealed record AddUser(Guid UserId, string Name, string Role) : TenantCommand;

/// <summary>Every session of his ends. Refused: <c>user.unknown</c>, <c>user.last-admin</c>.</summary>
public sealed record DisableUser(Guid UserId) : TenantCommand;

/// <summary>A link that signs its user in once within 24 hours. Refused: <c>user.unknown</c>, <c>user.disabled</c>.</summary>
public sealed record CreateLink(Guid UserId, SecretHash LinkHash) : TenantCommand
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);
}

/// <summary>Refused: <c>link.unknown</c>, <c>link.used</c>, <c>link.expired</c>, <c>user.disabled</c>.</summary>
public sealed record RedeemLink(SecretHash LinkHash) : TenantCommand;

/// <summary>He may sign in again; sessions from before stay ended. Refused: <c>user.unknown</c>.</summary>
public sealed record EnableUser(Guid UserId) : TenantCommand;

/// <summary>Refused: <c>user.unknown</c>, <c>user.role-unknown</c>, <c>user.last-admin</c>, <c>user.external</c>.</summary>
public sealed record ChangeRole(Guid UserId, string Role) : TenantCommand;

/// <summary>Every session of the user ends. Refused: <c>user.unknown</c>.</summary>
public sealed record EndSessions(Guid UserId) : TenantCommand;

/// <summary>
/// Counts a try before the password is looked at, so that tries made at the same moment are counted too.
/// Refused: <c>user.unknown</c>, <c>user.disabled</c>, <c>sign-in.locked</c>.
/// </summary>
public sealed record BeginPasswordTry(Guid UserId) : TenantCommand
{
    /// <summary>After each five wrong ones the name waits: a minute, then twice as long each time, an hour at most.</summary>
    public const int TriesInARow = 5;

    public static readonly TimeSpan FirstWait = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);
}

/// <summary>The try that was begun failed. Refused: <c>user.unknown</c>.</summary>
public sealed record NotePasswordFailed(Guid UserId) : TenantCommand;

/// <summary>Who it is has been proven. Refused: <c>user.unknown</c>, <c>user.disabled</c>, <c>passkey.unknown</c>.</summary>
/// <param name="Method">One of <see cref="SignInMethod"/>.</param>
/// <param name="Passkey">The passkey that proved it, as it is after its use.</param>
public sealed record CompleteSignIn(Guid UserId, string Method, PasskeyUse? Passkey = null) : TenantCommand;

public static class SignInMethod
{
    public const string Password = "password";
    public const string Passkey = "passkey";
    public const string Provider = "provider";
}

/// <param name="CredentialId">Base64url, as the browser names it.</param>
public sealed record PasskeyUse(string CredentialId, long SignCount, bool IsBackedUp);

/// <summary>Every other session of the user ends. Refused: <c>user.unknown</c>, <c>user.disabled</c>, <c>user.external</c>.</summary>
/// <param name="PasswordHash">As ASP.NET Core Identity's hasher writes it; it goes into no event.</param>
public sealed record SetPassword(Guid UserId, string PasswordHash) : TenantCommand;

/// <summary>
/// Refused: <c>user.unknown</c>, <c>user.disabled</c>, <c>user.external</c>, <c>passkey.known</c>, <c>passkey.too-many</c>,
/// <c>passkey.name-invalid</c>.
/// </summary>
public sealed record AddPasskey(Guid UserId, NewPasskey Passkey) : TenantCommand
{
    public const int MaxPasskeys = 20;
}

/// <param name="CredentialId">Base64url.</param>
/// <param name="PublicKey">COSE, base64url.</param>
/// <param name="Transports">As the browser reported them, separated by commas.</param>
public sealed record NewPasskey(
    string CredentialId, string PublicKey, string Name, long SignCount, string Transports, bool IsUserVerified,
    bool IsBackupEligible, bool IsBackedUp);

/// <summary>Refused: <c>passkey.unknown</c>, <c>passkey.name-invalid</c>.</summary>
public sealed record RenamePasskey(Guid UserId, string CredentialId, string Name) : TenantCommand;

/// <summary>Refused: <c>passkey.unknown</c>.</summary>
public sealed record RemovePasskey(Guid UserId, string CredentialId) : TenantCommand;

/// <summary>
/// Somebody whom the tenant's identity provider vouches for. Unknown so far, he becomes a user; known, his role follows.
/// Refused: <c>provider.no-role</c>, <c>user.disabled</c>, and what <see cref="AddUser"/> refuses.
/// </summary>
/// <param name="NewUserId">His id should he be new.</param>
/// <param name="Role">What his groups give him; null: nothing, and who had access loses it.</param>
public sealed record SignInExternal(Guid NewUserId, string Issuer, string Subject, string Name, string? Role) : TenantCommand;

/// <summary>Refused: <c>token.name-invalid</c>, <c>token.expiry-invalid</c>, <c>token.quota-reached</c>, <c>user.role-unknown</c>.</summary>
/// <param name="MadeBy">The user whose rights bound the token's at every use; null for the operator.</param>
public sealed record AddToken(
    Guid TokenId, SecretHash TokenHash, string Name, string Role, UtcMicros ExpiresAt, Guid? MadeBy) : TenantCommand
{
    public const int MaxTokens = 1_000;

    public static readonly TimeSpan LongestLife = TimeSpan.FromDays(366);
}

/// <summary>Refused: <c>token.unknown</c>.</summary>
public sealed record RevokeToken(Guid TokenId) : TenantCommand;

/// <summary>Coarse: told now and then, not at every use.</summary>
public sealed record NoteTokenUsed(Guid TokenId) : TenantCommand;
