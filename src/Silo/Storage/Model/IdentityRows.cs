namespace FieldCrm.Silo.Storage.Model;

/// <summary>What a person knows: hidden from requests but for <c>login_of</c>.</summary>
public sealed class UserLoginRow
{
    public Guid UserId { get; init; }
    public int TenantId { get; init; }
    /// <summary>As ASP.NET Core Identity's hasher writes it; null without a password.</summary>
    public string? PasswordHash { get; set; }
    public DateTimeOffset? PasswordSetAt { get; set; }
    /// <summary>Passwords tried since the last right one.</summary>
    public int Tries { get; set; }
    public DateTimeOffset? LastTryAt { get; set; }
}

/// <summary>What a person has: a passkey's public half.</summary>
public sealed class UserPasskeyRow
{
    public required byte[] CredentialId { get; init; }
    public int TenantId { get; init; }
    public Guid UserId { get; init; }
    public required string Name { get; set; }
    /// <summary>COSE.</summary>
    public required byte[] PublicKey { get; init; }
    public long SignCount { get; set; }
    /// <summary>As the browser reported them, separated by commas.</summary>
    public required string Transports { get; init; }
    public bool IsUserVerified { get; init; }
    public bool IsBackupEligible { get; init; }
    public bool IsBackedUp { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; set; }
}

/// <summary>A user for whom an identity provider vouches.</summary>
public sealed class UserExternalRow
{
    public required string Issuer { get; init; }
    public required string Subject { get; init; }
    public int TenantId { get; init; }
    public Guid UserId { get; init; }
    /// <summary>Disabled because the provider has him in no group with a role; ends when it has him in one again.</summary>
    public bool HasLostAccess { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A program's bearer token.</summary>
public sealed class ApiTokenRow
{
    public Guid TokenId { get; init; }
    public int TenantId { get; init; }
    /// <summary>SHA-256; the token itself was shown once.</summary>
    public required byte[] TokenHash { get; init; }
    public required string Name { get; init; }
    public required string Role { get; init; }
    /// <summary>The user whose rights bound it; null for the operator.</summary>
    public Guid? MadeBy { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; set; }
    /// <summary>To ten minutes or so.</summary>
    public DateTimeOffset? LastUsedAt { get; set; }
}
