namespace FieldCrm.Core.Ledger;

/// <summary>How streams are called; the prefix is the feature, the rest the id.</summary>
public static class StreamName
{
    public static string Of(DeviceId device) => $"device/{device}";

    public static string Of(TenantId tenant) => $"tenant/{tenant}";
}
