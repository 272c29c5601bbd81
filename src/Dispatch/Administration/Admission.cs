using FieldCrm.Core.Devices;
using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Fleet;

namespace FieldCrm.Dispatch.Administration;

/// <summary>What a device that reported unregistered is thought to be, before an admin says what it is.</summary>
public static class Admission
{
    private const string PhoneProtocol = "osmand";

    // A tracker calls itself by its modem's number; an app by one that it made up, or by what its owner typed.
    private const int ImeiDigits = 15;

    public static bool IsPhone(UnregisteredDevice device) =>
        device.Protocol == PhoneProtocol && !(device.Id.Length == ImeiDigits && device.Id.All(char.IsAsciiDigit));

    /// <summary>The kind's word. Somebody carries a phone as a rule, and of people nothing is taken in that they did not agree to.</summary>
    public static string KindFor(UnregisteredDevice device) => Codes.Kinds[(int)(IsPhone(device) ? UnitKind.Person : UnitKind.Vehicle)];
}
