using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Replay;

/// <summary>A believed fix as a replay carries it; the chunk says whose it is.</summary>
/// <param name="SpeedMmps">Null = not reported.</param>
public readonly record struct ReplayFix(UtcMicros FixedAt, GeoPoint Position, int? SpeedMmps);
