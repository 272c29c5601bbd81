using System.Collections.Immutable;

namespace FieldCrm.Core.Tenants;

/// <summary>The stored rows that a command names, read by the grain before it asks the decider.</summary>
public sealed record TenantFacts
{
    public static readonly TenantFacts None = new();

    public bool IsTenantNameTaken { get; init; }

    /// <summary>This tenant's devices that the command names by id or unique id.</summary>
    public ImmutableArray<KnownDevice> Devices { get; init; } = [];

    /// <summary>Those of the command's bare ids that some device of the instance has.</summary>
    public ImmutableArray<string> TakenBareIds { get; init; } = [];

    /// <summary>Those of the command's claimed ids that are on the list of unregistered devices.</summary>
    public ImmutableArray<string> ListedClaims { get; init; } = [];

    public bool IsUserNameTaken { get; init; }

    /// <summary>The user whom the command names, himself or by a link.</summary>
    public KnownUser? User { get; init; }

    public KnownLink? Link { get; init; }

    public KnownAlarm? Alarm { get; init; }
}

public sealed record KnownDevice(
    DeviceId Id, string UniqueId, string Name, bool IsDisabled, bool AcceptsEnrolment, bool HasToken);

public sealed record KnownUser(Guid UserId, string Role, bool IsDisabled);

public sealed record KnownLink(Guid UserId, UtcMicros ExpiresAt, bool IsUsed);

public sealed record KnownAlarm(long SourceVersion, bool IsWithdrawn);
