using System.Text.Json.Serialization;
using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Tenants;

/// <summary>What happened in a tenant. The type's name is stored in the ledger: never rename one.</summary>
[JsonDerivedType(typeof(TenantAdded), nameof(TenantAdded))]
[JsonDerivedType(typeof(SettingsChanged), nameof(SettingsChanged))]
[JsonDerivedType(typeof(EnrolmentRotated), nameof(EnrolmentRotated))]
[JsonDerivedType(typeof(DeviceRegistered), nameof(DeviceRegistered))]
[JsonDerivedType(typeof(DeviceRenamed), nameof(DeviceRenamed))]
[JsonDerivedType(typeof(DeviceDisabled), nameof(DeviceDisabled))]
[JsonDerivedType(typeof(DeviceEnabled), nameof(DeviceEnabled))]
[JsonDerivedType(typeof(DeviceTokenRotated), nameof(DeviceTokenRotated))]
[JsonDerivedType(typeof(DeviceTokenRevoked), nameof(DeviceTokenRevoked))]
[JsonDerivedType(typeof(EnrolmentAllowed), nameof(EnrolmentAllowed))]
[JsonDerivedType(typeof(EnrolmentForbidden), nameof(EnrolmentForbidden))]
[JsonDerivedType(typeof(UnregisteredListed), nameof(UnregisteredListed))]
[JsonDerivedType(typeof(UnregisteredSeenAgain), nameof(UnregisteredSeenAgain))]
[JsonDerivedType(typeof(UnregisteredNotListed), nameof(UnregisteredNotListed))]
[JsonDerivedType(typeof(UnregisteredAdmitted), nameof(UnregisteredAdmitted))]
[JsonDerivedType(typeof(UnregisteredForgotten), nameof(UnregisteredForgotten))]
[JsonDerivedType(typeof(UserAdded), nameof(UserAdded))]
[JsonDerivedType(typeof(UserDisabled), nameof(UserDisabled))]
[JsonDerivedType(typeof(LinkCreated), nameof(LinkCreated))]
[JsonDerivedType(typeof(LinkRedeemed), nameof(LinkRedeemed))]
[JsonDerivedType(typeof(AlarmRaised), nameof(AlarmRaised))]
[JsonDerivedType(typeof(AlarmCorrected), nameof(AlarmCorrected))]
[JsonDerivedType(typeof(AlarmWithdrawn), nameof(AlarmWithdrawn))]
public abstract record TenantEvent
{
    /// <summary>False for mere counting, which anybody on the network can cause: it moves read models only.</summary>
    [JsonIgnore]
    public virtual bool IsLedgered => true;

    /// <summary>Set by the grain; null in events older than this member.</summary>
    public Actor? By { get; init; }
}

public sealed record TenantAdded(TenantId Tenant, string Name) : TenantEvent;

public sealed record SettingsChanged(TenantSettings Settings) : TenantEvent;

public sealed record EnrolmentRotated(SecretHash TokenHash) : TenantEvent;

public sealed record DeviceRegistered(
    DeviceId Device, string UniqueId, string Name, SecretHash? TokenHash, bool AcceptsEnrolment, string? BareId)
    : TenantEvent;

public sealed record DeviceRenamed(DeviceId Device, string Name) : TenantEvent;

public sealed record DeviceDisabled(DeviceId Device) : TenantEvent;

public sealed record DeviceEnabled(DeviceId Device) : TenantEvent;

public sealed record DeviceTokenRotated(DeviceId Device, SecretHash TokenHash) : TenantEvent;

public sealed record DeviceTokenRevoked(DeviceId Device) : TenantEvent;

public sealed record EnrolmentAllowed(DeviceId Device) : TenantEvent;

public sealed record EnrolmentForbidden(DeviceId Device) : TenantEvent;

public sealed record UnregisteredListed(
    string ClaimedId, string Protocol, UtcMicros FirstSeenAt, UtcMicros LastSeenAt, long RequestCount) : TenantEvent;

public sealed record UnregisteredSeenAgain(string ClaimedId, string Protocol, UtcMicros LastSeenAt, long RequestCount)
    : TenantEvent
{
    public override bool IsLedgered => false;
}

/// <summary>The list was full.</summary>
public sealed record UnregisteredNotListed(int Count) : TenantEvent
{
    public override bool IsLedgered => false;
}

public sealed record UnregisteredAdmitted(string ClaimedId, DeviceId Device) : TenantEvent;

public sealed record UnregisteredForgotten(string ClaimedId) : TenantEvent;

public sealed record UserAdded(Guid UserId, string Name, string Role) : TenantEvent;

public sealed record UserDisabled(Guid UserId) : TenantEvent;

public sealed record LinkCreated(Guid UserId, SecretHash LinkHash, UtcMicros ExpiresAt) : TenantEvent;

public sealed record LinkRedeemed(Guid UserId, SecretHash LinkHash, string Role) : TenantEvent;

/// <summary>Also when an alarm that was withdrawn stands again after all.</summary>
public sealed record AlarmRaised(ReportAlarm Report) : TenantEvent;

public sealed record AlarmCorrected(ReportAlarm Report) : TenantEvent;

public sealed record AlarmWithdrawn(ReportAlarm Report) : TenantEvent;
