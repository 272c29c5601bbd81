using System.Text.Json.Serialization;
using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Tenants;

/// <summary>What happened in a tenant. The type's name is stored in the ledger: never rename one.</summary>
[JsonDerivedType(typeof(TenantAdded), nameof(TenantAdded))]
[JsonDerivedType(typeof(SettingsChanged), nameof(SettingsChanged))]
[JsonDerivedType(typeof(EnrolmentRotated), nameof(EnrolmentRotated))]
[JsonDerivedType(typeof(DeviceRegistered), nameof(DeviceRegistered))]
[JsonDerivedType(typeof(DeviceRenamed), nameof(DeviceRenamed))]
[JsonDerivedType(typeof(DeviceDescribed), nameof(DeviceDescribed))]
[JsonDerivedType(typeof(DeviceHolderChanged), nameof(DeviceHolderChanged))]
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
[JsonDerivedType(typeof(UserEnabled), nameof(UserEnabled))]
[JsonDerivedType(typeof(RoleChanged), nameof(RoleChanged))]
[JsonDerivedType(typeof(SessionsEnded), nameof(SessionsEnded))]
[JsonDerivedType(typeof(PasswordTried), nameof(PasswordTried))]
[JsonDerivedType(typeof(SignInLocked), nameof(SignInLocked))]
[JsonDerivedType(typeof(SignedIn), nameof(SignedIn))]
[JsonDerivedType(typeof(PasswordSet), nameof(PasswordSet))]
[JsonDerivedType(typeof(PasskeyAdded), nameof(PasskeyAdded))]
[JsonDerivedType(typeof(PasskeyRenamed), nameof(PasskeyRenamed))]
[JsonDerivedType(typeof(PasskeyRemoved), nameof(PasskeyRemoved))]
[JsonDerivedType(typeof(ExternalLinked), nameof(ExternalLinked))]
[JsonDerivedType(typeof(ExternalAccessLost), nameof(ExternalAccessLost))]
[JsonDerivedType(typeof(ExternalAccessRegained), nameof(ExternalAccessRegained))]
[JsonDerivedType(typeof(TokenAdded), nameof(TokenAdded))]
[JsonDerivedType(typeof(TokenRevoked), nameof(TokenRevoked))]
[JsonDerivedType(typeof(TokenUsed), nameof(TokenUsed))]
[JsonDerivedType(typeof(BulkLookNoticed), nameof(BulkLookNoticed))]
[JsonDerivedType(typeof(AlarmRaised), nameof(AlarmRaised))]
[JsonDerivedType(typeof(AlarmCorrected), nameof(AlarmCorrected))]
[JsonDerivedType(typeof(AlarmWithdrawn), nameof(AlarmWithdrawn))]
[JsonDerivedType(typeof(AlarmAcknowledged), nameof(AlarmAcknowledged))]
[JsonDerivedType(typeof(PlugPulled), nameof(PlugPulled))]
public abstract record TenantEvent
{
    /// <summary>False for mere counting, which anybody on the network can cause: it moves read models only.</summary>
    [JsonIgnore]
    public virtual bool IsLedgered => true;

    /// <summary>When the position that it tells of was fixed; null when it tells of none. See <see cref="Ledger.EventEntry.PositionAt"/>.</summary>
    [JsonIgnore]
    public virtual UtcMicros? PositionAt => null;

    /// <summary>Set by the grain; null in events older than this member.</summary>
    public Actor? By { get; init; }
}

public sealed record TenantAdded(TenantId Tenant, string Name) : TenantEvent;

public sealed record SettingsChanged(TenantSettings Settings) : TenantEvent;

public sealed record EnrolmentRotated(SecretHash TokenHash) : TenantEvent;

public sealed record DeviceRegistered(
    DeviceId Device, string UniqueId, string Name, SecretHash? TokenHash, bool AcceptsEnrolment, string? BareId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] UnitKind Kind = UnitKind.Vehicle, string? Phone = null)
    : TenantEvent;

public sealed record DeviceRenamed(DeviceId Device, string Name) : TenantEvent;

/// <summary>What it is from now on, all of it.</summary>
/// <param name="Phone">Null: none.</param>
public sealed record DeviceDescribed(DeviceId Device, UnitKind Kind, string? Phone) : TenantEvent;

/// <param name="UserId">Null: nobody carries it.</param>
public sealed record DeviceHolderChanged(DeviceId Device, Guid? UserId) : TenantEvent;

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

public sealed record BulkLookNoticed(int People, int WithinMinutes) : TenantEvent;

/// <summary>Also when an alarm that was withdrawn stands again after all.</summary>
public sealed record AlarmRaised(ReportAlarm Report) : TenantEvent
{
    public override UtcMicros? PositionAt => Report.StartedAt;
}

public sealed record AlarmCorrected(ReportAlarm Report) : TenantEvent
{
    public override UtcMicros? PositionAt => Report.StartedAt;
}

public sealed record AlarmWithdrawn(ReportAlarm Report) : TenantEvent
{
    public override UtcMicros? PositionAt => Report.StartedAt;
}

public sealed record AlarmAcknowledged(Guid AlarmId, DeviceId Device) : TenantEvent;

/// <summary>Somebody had the demonstration's server killed, to see what is lost.</summary>
public sealed record PlugPulled(int ProcessId) : TenantEvent;
