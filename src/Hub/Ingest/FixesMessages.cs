using System.Text.Json;

namespace FieldCrm.Hub.Ingest;

/// <summary>What <see cref="FixesEndpoint"/> takes; for the API's description only, as the decoder reads the bytes themselves.</summary>
internal sealed record FixesBody(IReadOnlyList<FixOfBody> Fixes);

/// <inheritdoc cref="FixesBody"/>
internal sealed record FixOfBody(
    DateTimeOffset FixedAt, double Lat, double Lon, double? SpeedMps, double? HeadingDeg, double? AccuracyM, double? AltitudeM,
    double? BatteryPercent, string? Alarm, bool? Valid, IReadOnlyDictionary<string, JsonElement>? Attributes);

/// <summary>What <see cref="FixesEndpoint"/> answers; for the API's description only.</summary>
/// <param name="OffShift">A person's fixes that were not made on his shift: received and dropped. Left out when none was.</param>
internal sealed record FixesAnswer(int Accepted, IReadOnlyList<FixNotTaken> Quarantined, IReadOnlyList<FixNotTaken> Rejected, int? OffShift = null);

/// <param name="Index">The place in the sent list, from 0.</param>
internal sealed record FixNotTaken(int Index, string Code, string? Detail);
