namespace FieldCrm.Core;

/// <summary>A customer organisation of the operator; every stored row belongs to exactly one.</summary>
public readonly record struct TenantId(int Value)
{
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A device as this instance numbers it. What the device calls itself is its <c>unique_id</c>.</summary>
public readonly record struct DeviceId(int Value)
{
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
