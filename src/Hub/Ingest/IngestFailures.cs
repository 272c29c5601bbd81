using FieldCrm.Core;

namespace FieldCrm.Hub.Ingest;

/// <summary>The stable codes of ingest beyond what a decoder says; docs/wire/ lists them all.</summary>
internal static class IngestFailures
{
    /// <summary>All of them, for the test that holds docs/wire/ to it.</summary>
    public static IReadOnlyList<Failure> All =>
        [TokenUnknown, Disabled, Limited, Unregistered, IdMissing, TooLarge, Incomplete, MediaType, Unauthorized, Unavailable];

    public static readonly Failure Unavailable = new("ingest.unavailable", "Not stored. Send it again after a while.");

    public static readonly Failure Limited = new("ingest.rate-limited", "Too many requests: keep it and send it again after a minute.");

    public static readonly Failure TokenUnknown = new(
        "device.token-unknown", "No device or enrolment has this token. Copy the URL again, or have it rotated.");

    public static readonly Failure Disabled = new("device.disabled", "This device is disabled.");

    public static readonly Failure Unregistered = new(
        "device.unregistered", "This device is not registered yet. It was noted for admission.");

    public static readonly Failure IdMissing = new(
        "device.id-missing", "Without a token the request must say which device it is: id=…");

    public static readonly Failure TooLarge = new("request.too-large", "The request is larger than this endpoint takes.");

    public static readonly Failure Incomplete = new("request.incomplete", "The request's body ended too early.");

    public static readonly Failure MediaType = new(
        "request.media-type", "Send application/x-www-form-urlencoded or application/json in UTF-8, not compressed.");

    public static readonly Failure Unauthorized = new(
        "device.token-missing", "Send the device's token: Authorization: Bearer TOKEN.");
}
