using System.Text.Json;
using System.Text.Json.Serialization;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Devices;

/// <summary>
/// The payloads of net events: integers only, members in the order written here, absent members left out. They are
/// compared byte for byte, so a change here is a change of <see cref="DeviceFold.Version"/>.
/// Times are µs since 1970, positions 1e-7°.
/// </summary>
public static class NetEventPayloads
{
    internal static string Json(TripStartedPayload payload) =>
        JsonSerializer.Serialize(payload, NetEventJsonContext.Default.TripStartedPayload);

    internal static string Json(TripEndedPayload payload) =>
        JsonSerializer.Serialize(payload, NetEventJsonContext.Default.TripEndedPayload);

    internal static string Json(RestPayload payload) =>
        JsonSerializer.Serialize(payload, NetEventJsonContext.Default.RestPayload);

    internal static string Json(AlarmRaisedPayload payload) =>
        JsonSerializer.Serialize(payload, NetEventJsonContext.Default.AlarmRaisedPayload);
}

/// <summary>Where and when it set off: the last still fix, or the first moving one when that is older than 5 minutes.</summary>
public sealed record TripStartedPayload(long StartedAtMicros, int LatitudeE7, int LongitudeE7);

/// <summary>What ended a trip. Stored numbers: append, never renumber.</summary>
public enum TripEnd : byte
{
    /// <summary>Stood for 5 minutes; the trip ended when it came to stand.</summary>
    Stopped = 1,

    /// <summary>Silent for more than 15 minutes and then elsewhere; the trip ended with the last fix before.</summary>
    Gap = 2,

    /// <summary>The device turned out to be elsewhere all the while (three agreeing fixes beyond a jump).</summary>
    Jump = 3,
}

public sealed record TripEndedPayload(
    long StartedAtMicros, int StartLatitudeE7, int StartLongitudeE7,
    long EndedAtMicros, int EndLatitudeE7, int EndLongitudeE7,
    long DistanceMm, long DurationMs, TripEnd EndedBy);

/// <summary>Of <see cref="NetEventKind.Idled"/> and <see cref="NetEventKind.Stopped"/>: since when and where it stands.</summary>
public sealed record RestPayload(long SinceMicros, int LatitudeE7, int LongitudeE7);

/// <summary>
/// An alarm that the device raised. <paramref name="PositionMarked"/> is 0 when the position is believed, else the
/// <see cref="FixMark"/>; the last believed position is then given too, when there is one.
/// </summary>
public sealed record AlarmRaisedPayload(
    AlarmKind Alarm, long RaisedAtMicros, int LatitudeE7, int LongitudeE7, int? AccuracyMm, FixMark PositionMarked,
    long? LastFixedAtMicros, int? LastLatitudeE7, int? LastLongitudeE7);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TripStartedPayload))]
[JsonSerializable(typeof(TripEndedPayload))]
[JsonSerializable(typeof(RestPayload))]
[JsonSerializable(typeof(AlarmRaisedPayload))]
public sealed partial class NetEventJsonContext : JsonSerializerContext;
