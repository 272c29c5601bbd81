namespace FieldCrm.Dispatch.Administration;

/// <summary>
/// What Traccar Client wants of an address that we give a device (it ends with a question mark, for parameters to follow): the server
/// URL that a person types, and what its QR reader takes: that URL, and the settings as parameters behind it.
/// </summary>
public static class TraccarClient
{
    public static string ServerUrl(string url) => url.TrimEnd('?');

    /// <param name="deviceId">Set as the client's identifier; null leaves its own, as enrolment wants it.</param>
    public static string QrText(string url, string? deviceId) =>
        deviceId is null ? ServerUrl(url) : $"{ServerUrl(url)}?id={Uri.EscapeDataString(deviceId)}";
}
