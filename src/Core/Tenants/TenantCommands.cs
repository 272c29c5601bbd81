using System.Collections.Immutable;
using System.Text.Json.Serialization;
using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Tenants;

/// <summary>What can be asked of a tenant. Ids and hashes of secrets are drawn by the caller.</summary>
[JsonDerivedType(typeof(AddTenant), nameof(AddTenant))]
[JsonDerivedType(typeof(ChangeSettings), nameof(ChangeSettings))]
[JsonDerivedType(typeof(RotateEnrolment), nameof(RotateEnrolment))]
[JsonDerivedType(typeof(RegisterDevices), nameof(RegisterDevices))]
[JsonDerivedType(typeof(ChangeDevice), nameof(ChangeDevice))]
[JsonDerivedType(typeof(HoldDevice), nameof(HoldDevice))]
[JsonDerivedType(typeof(RenameDevice), nameof(RenameDevice))]
[JsonDerivedType(typeof(DisableDevice), nameof(DisableDevice))]
[JsonDerivedType(typeof(EnableDevice), nameof(EnableDevice))]
[JsonDerivedType(typeof(RotateDeviceToken), nameof(RotateDeviceToken))]
[JsonDerivedType(typeof(RevokeDeviceToken), nameof(RevokeDeviceToken))]
[JsonDerivedType(typeof(AllowEnrolment), nameof(AllowEnrolment))]
[JsonDerivedType(typeof(AdmitDevice), nameof(AdmitDevice))]
[JsonDerivedType(typeof(NoteUnregistered), nameof(NoteUnregistered))]
[JsonDerivedType(typeof(ForgetUnregistered), nameof(ForgetUnregistered))]
[JsonDerivedType(typeof(AddUser), nameof(AddUser))]
[JsonDerivedType(typeof(DisableUser), nameof(DisableUser))]
[JsonDerivedType(typeof(CreateLink), nameof(CreateLink))]
[JsonDerivedType(typeof(RedeemLink), nameof(RedeemLink))]
[JsonDerivedType(typeof(EnableUser), nameof(EnableUser))]
[JsonDerivedType(typeof(ChangeRole), nameof(ChangeRole))]
[JsonDerivedType(typeof(EndSessions), nameof(EndSessions))]
[JsonDerivedType(typeof(BeginPasswordTry), nameof(BeginPasswordTry))]
[JsonDerivedType(typeof(NotePasswordFailed), nameof(NotePasswordFailed))]
[JsonDerivedType(typeof(CompleteSignIn), nameof(CompleteSignIn))]
[JsonDerivedType(typeof(SetPassword), nameof(SetPassword))]
[JsonDerivedType(typeof(AddPasskey), nameof(AddPasskey))]
[JsonDerivedType(typeof(RenamePasskey), nameof(RenamePasskey))]
[JsonDerivedType(typeof(RemovePasskey), nameof(RemovePasskey))]
[JsonDerivedType(typeof(SignInExternal), nameof(SignInExternal))]
[JsonDerivedType(typeof(AddToken), nameof(AddToken))]
[JsonDerivedType(typeof(RevokeToken), nameof(RevokeToken))]
[JsonDerivedType(typeof(NoteTokenUsed), nameof(NoteTokenUsed))]
[JsonDerivedType(typeof(NoteBulkLook), nameof(NoteBulkLook))]
[JsonDerivedType(typeof(ReportAlarm), nameof(ReportAlarm))]
[JsonDerivedType(typeof(AcknowledgeAlarm), nameof(AcknowledgeAlarm))]
[JsonDerivedType(typeof(PullPlug), nameof(PullPlug))]
public abstract record TenantCommand;

/// <summary>To the operator (tenant 0) only. Refused: <c>tenant.name-taken</c>, <c>tenant.name-invalid</c>.</summary>
public sealed record AddTenant(TenantId Tenant, string Name) : TenantCommand;

/// <summary>Refused: <c>tenant.settings-out-of-range</c>, <c>tenant.retention-too-short</c>.</summary>
public sealed record ChangeSettings(TenantSettings Settings) : TenantCommand;

/// <summary>A new token for the tenant's enrolment URL; the one before stops working.</summary>
public sealed record RotateEnrolment(SecretHash TokenHash) : TenantCommand;

/// <summary>A device to be registered.</summary>
/// <param name="UniqueId">1 to 128 characters, unique in the tenant.</param>
/// <param name="Name">For people, 1 to 200 characters.</param>
/// <param name="TokenHash">Null: no URL of its own.</param>
/// <param name="AcceptsEnrolment">May report under its unique id through the tenant's enrolment URL.</param>
/// <param name="BareId">May report under this id with no secret at all; unique in the instance.</param>
/// <param name="Phone">Of who is with it; see <see cref="PhoneNumber"/>.</param>
public sealed record NewDevice(
    DeviceId Id, string UniqueId, string Name, SecretHash? TokenHash, bool AcceptsEnrolment = false, string? BareId = null,
    UnitKind Kind = UnitKind.Vehicle, string? Phone = null);

/// <summary>
/// All of them or none; at most <see cref="MaxDevices"/>. With <paramref name="SkipKnown"/> those
/// whose unique id is registered already are left as they are, so that an import can be repeated.
/// Refused: <c>device.id-taken</c>, <c>device.bare-id-taken</c>, <c>device.quota-reached</c>, <c>device.too-many</c>,
/// <c>device.id-invalid</c>, <c>device.name-invalid</c>, <c>device.phone-invalid</c>.
/// </summary>
public sealed record RegisterDevices(ImmutableArray<NewDevice> Devices, bool SkipKnown) : TenantCommand
{
    /// <summary>A bound on one transaction.</summary>
    public const int MaxDevices = 1_000;
}

/// <summary>Null leaves a thing as it is; a phone of no characters takes it away.
/// Refused: <c>device.unknown</c>, <c>device.name-invalid</c>, <c>device.phone-invalid</c>, <c>device.has-holder</c>.</summary>
public sealed record ChangeDevice(DeviceId Device, string? Name = null, UnitKind? Kind = null, string? Phone = null) : TenantCommand;

/// <summary>
/// Who carries a person's device. What is stored of one person must never become another's, nor lose its protection: the
/// holder stays as long as positions of his are stored or he is on shift. Refused: <c>device.unknown</c>, <c>user.unknown</c>,
/// <c>device.not-person</c>, <c>device.holder-has-positions</c>, <c>device.holder-on-shift</c>.
/// </summary>
/// <param name="UserId">Null: nobody.</param>
public sealed record HoldDevice(DeviceId Device, Guid? UserId) : TenantCommand;

/// <summary>Refused: <c>device.unknown</c>, <c>device.name-invalid</c>.</summary>
public sealed record RenameDevice(DeviceId Device, string Name) : TenantCommand;

/// <summary>What it sends is refused from now on. Refused: <c>device.unknown</c>.</summary>
public sealed record DisableDevice(DeviceId Device) : TenantCommand;

/// <summary>Refused: <c>device.unknown</c>.</summary>
public sealed record EnableDevice(DeviceId Device) : TenantCommand;

/// <summary>The token before stops working. Refused: <c>device.unknown</c>.</summary>
public sealed record RotateDeviceToken(DeviceId Device, SecretHash TokenHash) : TenantCommand;

/// <summary>Refused: <c>device.unknown</c>.</summary>
public sealed record RevokeDeviceToken(DeviceId Device) : TenantCommand;

/// <summary>Refused: <c>device.unknown</c>.</summary>
public sealed record AllowEnrolment(DeviceId Device, bool IsAllowed) : TenantCommand;

/// <summary>
/// Registers a device that reported through the enrolment URL under <see cref="NewDevice.UniqueId"/>.
/// Refused: <c>unregistered.unknown</c> and what <see cref="RegisterDevices"/> refuses.
/// </summary>
public sealed record AdmitDevice(NewDevice Device) : TenantCommand;

/// <summary>A device that reported and is not registered, as often as it did since the last note.</summary>
public sealed record UnregisteredSighting(
    string ClaimedId, string Protocol, UtcMicros FirstSeenAt, UtcMicros LastSeenAt, long RequestCount);

/// <summary>Beyond <see cref="TenantSettings.MaxUnregistered"/> they are counted, not listed. Refused: <c>unregistered.too-many</c>.</summary>
public sealed record NoteUnregistered(ImmutableArray<UnregisteredSighting> Sightings) : TenantCommand
{
    /// <summary>A bound on one transaction.</summary>
    public const int MaxSightings = 1_000;
}

public sealed record ForgetUnregistered(string ClaimedId) : TenantCommand;

/// <summary>The one who asks looked at the details of many people; for those who audit.</summary>
/// <param name="People">How many different ones within <paramref name="WithinMinutes"/>.</param>
public sealed record NoteBulkLook(int People, int WithinMinutes) : TenantCommand;

/// <summary>
/// An alarm of a device's net set, at a version of the device's stream. Delivered at least once and in any order:
/// a version no newer than what is known changes nothing.
/// </summary>
/// <param name="AlarmId">The net event's id.</param>
/// <param name="SourceVersion">The version of the device's stream that said so.</param>
/// <param name="PayloadJson">The net event's payload: one JSON object.</param>
/// <param name="IsWithdrawn">The net set no longer contains it.</param>
public sealed record ReportAlarm(
    Guid AlarmId, DeviceId Device, AlarmKind Kind, UtcMicros StartedAt, long SourceVersion, string PayloadJson,
    bool IsWithdrawn) : TenantCommand;

/// <summary>
/// Somebody is dealing with it. Who was first stays, whoever says so again; an alarm that is corrected, or withdrawn and raised once
/// more, stays acknowledged. Refused: <c>alarm.unknown</c>, <c>alarm.withdrawn</c>.
/// </summary>
public sealed record AcknowledgeAlarm(Guid AlarmId) : TenantCommand;

/// <summary>A demonstration's server kills itself: noted before it does, since afterwards it cannot.</summary>
public sealed record PullPlug(int ProcessId) : TenantCommand;
