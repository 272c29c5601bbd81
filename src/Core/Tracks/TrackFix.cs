using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Tracks;

/// <summary>A stored fix as a track shows it: with when we heard it and what the fold thinks of it.</summary>
public readonly record struct TrackFix(Fix Fix, UtcMicros ReceivedAt, FixMark Mark)
{
    /// <summary>Kept out of track, distance and alarms: shown only on request, and flagged.</summary>
    public bool IsImplausible => Mark is not (FixMark.None or FixMark.BeyondWindow);
}
