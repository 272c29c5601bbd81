using System.Collections.Immutable;
using FieldCrm.Core.Devices;

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

    /// <summary>The device that the command names has positions, or what was made of them.</summary>
    public bool HasPositions { get; init; }

    /// <summary>Whoever carries the device has a shift that nobody ended.</summary>
    public bool IsHolderOnShift { get; init; }

    public bool IsUserNameTaken { get; init; }

    /// <summary>The user whom the command names, himself or by a link.</summary>
    public KnownUser? User { get; init; }

    public KnownLink? Link { get; init; }

    /// <summary>Admins who are not disabled, the named user included.</summary>
    public int ActiveAdmins { get; init; }

    public KnownLogin? Login { get; init; }

    /// <summary>The user's passkeys: how many, and the one that the command names.</summary>
    public int PasskeyCount { get; init; }

    /// <summary>The passkey that the command names exists: the user's own, or for <see cref="AddPasskey"/> anybody's.</summary>
    public bool IsPasskeyKnown { get; init; }

    /// <summary>API tokens of the tenant that are neither revoked nor expired.</summary>
    public int TokenCount { get; init; }

    public KnownToken? Token { get; init; }

    public KnownAlarm? Alarm { get; init; }

    /// <summary>The device of the alarm that the command names has other alarms that are open.</summary>
    public bool HasOtherOpenAlarms { get; init; }
}

public sealed record KnownDevice(
    DeviceId Id, string UniqueId, string Name, bool IsDisabled, bool AcceptsEnrolment, bool HasToken,
    UnitKind Kind = UnitKind.Vehicle, string? Phone = null, Guid? Holder = null);

/// <param name="IsExternal">An identity provider vouches for him: it decides on role and access, and he signs in there alone.</param>
/// <param name="HasLostAccess">Disabled by his provider, not by an admin.</param>
public sealed record KnownUser(
    Guid UserId, string Role, bool IsDisabled, bool IsExternal = false, bool HasLostAccess = false);

/// <param name="Tries">Passwords tried since the last right one.</param>
public sealed record KnownLogin(int Tries, UtcMicros LastTryAt);

public sealed record KnownToken(Guid TokenId, bool IsRevoked);

public sealed record KnownLink(Guid UserId, UtcMicros ExpiresAt, bool IsUsed);

/// <summary>An alarm as it is stored.</summary>
public sealed record KnownAlarm(long SourceVersion, bool IsWithdrawn, DeviceId Device = default, bool IsAcknowledged = false)
{
    /// <summary>Somebody has still to look after it.</summary>
    public bool IsOpen => !IsWithdrawn && !IsAcknowledged;

    public KnownAlarm Apply(TenantEvent happened) => happened switch
    {
        AlarmRaised or AlarmCorrected => this with { IsWithdrawn = false },
        AlarmWithdrawn => this with { IsWithdrawn = true },
        AlarmAcknowledged => this with { IsAcknowledged = true },
        _ => this,
    };
}
