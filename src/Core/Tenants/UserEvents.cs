using System.Text.Json.Serialization;

namespace FieldCrm.Core.Tenants;

public sealed record UserAdded(Guid UserId, string Name, string Role) : TenantEvent;

public sealed record UserDisabled(Guid UserId) : TenantEvent;

public sealed record LinkCreated(Guid UserId, SecretHash LinkHash, UtcMicros ExpiresAt) : TenantEvent;

public sealed record LinkRedeemed(Guid UserId, SecretHash LinkHash, string Role) : TenantEvent;

public sealed record UserEnabled(Guid UserId) : TenantEvent;

public sealed record RoleChanged(Guid UserId, string Role) : TenantEvent;

public sealed record SessionsEnded(Guid UserId) : TenantEvent;

/// <summary>A try is under way; how many there were since the last one that succeeded.</summary>
public sealed record PasswordTried(Guid UserId, int Tries) : TenantEvent
{
    public override bool IsLedgered => false;
}

/// <summary>So many wrong passwords in a row that the name waits.</summary>
public sealed record SignInLocked(Guid UserId, int Tries, UtcMicros Until) : TenantEvent;

public sealed record SignedIn(Guid UserId, string Method, string Role) : TenantEvent
{
    /// <summary>For the passkey's row; the ledger needs no counters.</summary>
    [JsonIgnore]
    public PasskeyUse? Passkey { get; init; }
}

public sealed record PasswordSet(Guid UserId) : TenantEvent
{
    /// <summary>For the row alone: neither the ledger nor another process ever has it.</summary>
    [JsonIgnore]
    public string? PasswordHash { get; init; }
}

public sealed record PasskeyAdded(Guid UserId, string CredentialId, string Name) : TenantEvent
{
    [JsonIgnore]
    public NewPasskey? Passkey { get; init; }
}

public sealed record PasskeyRenamed(Guid UserId, string CredentialId, string Name) : TenantEvent;

public sealed record PasskeyRemoved(Guid UserId, string CredentialId) : TenantEvent;

public sealed record ExternalLinked(Guid UserId, string Issuer, string Subject) : TenantEvent;

/// <summary>His provider put him into no group that gives a role: he may not sign in, whatever he has.</summary>
public sealed record ExternalAccessLost(Guid UserId) : TenantEvent;

public sealed record ExternalAccessRegained(Guid UserId) : TenantEvent;

public sealed record TokenAdded(
    Guid TokenId, SecretHash TokenHash, string Name, string Role, UtcMicros ExpiresAt, Guid? MadeBy) : TenantEvent;

public sealed record TokenRevoked(Guid TokenId) : TenantEvent;

public sealed record TokenUsed(Guid TokenId) : TenantEvent
{
    public override bool IsLedgered => false;
}
