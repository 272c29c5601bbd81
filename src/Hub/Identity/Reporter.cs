using FieldCrm.Core;

namespace FieldCrm.Hub.Identity;

internal enum ReporterStatus : byte
{
    /// <summary>No device and no tenant has this token.</summary>
    UnknownToken,

    /// <summary>The tenant is known and the device is not: note it as unregistered.</summary>
    Unregistered,

    /// <summary>Its tenant does not want to hear it any more.</summary>
    Disabled,

    Known,
}

/// <summary>Who reports. <see cref="Device"/> counts when known or disabled, <see cref="Tenant"/> unless the token is unknown.</summary>
internal readonly record struct Reporter(ReporterStatus Status, TenantId Tenant, DeviceId Device)
{
    public static Reporter Unregistered(TenantId tenant) => new(ReporterStatus.Unregistered, tenant, default);
}
