namespace FieldCrm.Core.Ledger;

/// <summary>How streams are called; the prefix is the feature, the rest the id.</summary>
public static class StreamName
{
    public static string Of(DeviceId device) => $"device/{device}";

    /// <summary>What people say of the unit that carries the device; what the device itself says is in the stream above.</summary>
    public static string OfUnit(DeviceId device) => $"unit/{device}";

    public static string Of(TenantId tenant) => $"tenant/{tenant}";

    public static string OfPerson(Guid user) => $"person/{user:D}";
}
