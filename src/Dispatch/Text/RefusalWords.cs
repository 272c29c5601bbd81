namespace FieldCrm.Dispatch.Text;

/// <summary>Refusals by their stable codes, as the reader is told of them.</summary>
public sealed class RefusalWords
{
    public required string Forbidden { get; init; }
    public required string PageTooOld { get; init; }
    public required string TooMany { get; init; }
    public required string Unreachable { get; init; }
    public required string Unavailable { get; init; }
    public required string Defect { get; init; }
    public required string NotUnderstood { get; init; }
    public required string UserNameInvalid { get; init; }
    public required string UserNameTaken { get; init; }
    public required string UserQuota { get; init; }
    public required string LastAdmin { get; init; }
    public required string UserDisabled { get; init; }
    public required string UserExternal { get; init; }
    public required string UserUnknown { get; init; }
    public required string RoleUnknown { get; init; }
    public required string TokenNameInvalid { get; init; }
    public required string TokenExpiry { get; init; }
    public required string TokenQuota { get; init; }
    public required string TokenUnknown { get; init; }
    public required string TenantNameInvalid { get; init; }
    public required string TenantNameTaken { get; init; }
    public required string TenantUnknown { get; init; }
    public required string SettingsOutOfRange { get; init; }
    public required string RetentionTooShort { get; init; }
    public required string DeviceIdInvalid { get; init; }
    public required string DeviceIdTaken { get; init; }
    public required string DeviceNameInvalid { get; init; }
    public required string DeviceKindInvalid { get; init; }
    public required string DevicePhoneInvalid { get; init; }
    public required string DeviceQuota { get; init; }
    public required string DeviceUnknown { get; init; }
    public required string DevicesTooMany { get; init; }
    public required string BareIdTaken { get; init; }
    public required string UnregisteredUnknown { get; init; }
    public required string RequestTooLarge { get; init; }

    /// <summary>Null for a code that is not ours to say.</summary>
    public string? Of(string? code) => code switch
    {
        "auth.forbidden" => Forbidden,
        "auth.antiforgery" => PageTooOld,
        "rate.limited" => TooMany,
        "server.unreachable" => Unreachable,
        "server.unavailable" => Unavailable,
        "server.error" => Defect,
        "server.not-understood" => NotUnderstood,
        "user.name-invalid" => UserNameInvalid,
        "user.name-taken" => UserNameTaken,
        "user.quota-reached" => UserQuota,
        "user.last-admin" => LastAdmin,
        "user.disabled" => UserDisabled,
        "user.external" => UserExternal,
        "user.unknown" => UserUnknown,
        "user.role-unknown" => RoleUnknown,
        "token.name-invalid" => TokenNameInvalid,
        "token.expiry-invalid" => TokenExpiry,
        "token.quota-reached" => TokenQuota,
        "token.unknown" => TokenUnknown,
        "tenant.name-invalid" => TenantNameInvalid,
        "tenant.name-taken" => TenantNameTaken,
        "tenant.unknown" => TenantUnknown,
        "tenant.settings-out-of-range" => SettingsOutOfRange,
        "tenant.retention-too-short" => RetentionTooShort,
        "device.id-invalid" => DeviceIdInvalid,
        "device.id-taken" => DeviceIdTaken,
        "device.name-invalid" => DeviceNameInvalid,
        "device.kind-invalid" => DeviceKindInvalid,
        "device.phone-invalid" => DevicePhoneInvalid,
        "device.quota-reached" => DeviceQuota,
        "device.unknown" => DeviceUnknown,
        "device.too-many" => DevicesTooMany,
        "device.bare-id-taken" => BareIdTaken,
        "unregistered.unknown" => UnregisteredUnknown,
        "request.too-large" => RequestTooLarge,
        _ => null,
    };
}
