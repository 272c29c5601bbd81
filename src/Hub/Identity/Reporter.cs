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
/// <param name="IsPerson">What it sends is somebody's own position: taken in on his shift alone.</param>
/// <param name="Holder">The user who carries it; null when nobody was named, and nobody can have said yes.</param>
internal readonly record struct Reporter(ReporterStatus Status, TenantId Tenant, DeviceId Device, bool IsPerson, Guid? Holder)
{
    public static Reporter Unregistered(TenantId tenant) => new(ReporterStatus.Unregistered, tenant, default, IsPerson: false, Holder: null);
}
