namespace FieldCrm.Core.Devices;

/// <summary>
/// The fold's constants. They decide what was stored as events, so a change of any is a change of
/// <see cref="DeviceFold.Version"/>; none is configurable for a device or a tenant.
/// </summary>
public static class FoldLimits
{
    /// <summary>150 m/s (540 km/h): faster than any road or rail; following aircraft is not our business.</summary>
    public const long MaxSpeedMmps = 150_000;

    /// <summary>Allowed on top of speed and accuracy: rounding of times to seconds, antenna and map offsets.</summary>
    public const long JumpSlackMm = 200_000;

    /// <summary>Most of one fix's accuracy that excuses a jump; cell positions are good to kilometres.</summary>
    public const int MaxAccuracyAllowanceMm = 5_000_000;

    /// <summary>Assumed where a device reports no accuracy, for jumps only.</summary>
    public const int AssumedAccuracyMm = 50_000;

    /// <summary>From here on any place on earth is reachable at <see cref="MaxSpeedMmps"/>.</summary>
    public const long AnywhereAfterMicros = 2 * UtcMicros.PerDay;

    /// <summary>Marked fixes in a row that agree with one another before they are believed.</summary>
    public const int AgreeingFixes = 3;

    /// <summary>Half the side of the square around 0, 0 that counts as null island.</summary>
    public const int NullIslandE7 = 100_000;

    /// <summary>Half the side of the square from which a device may come to null island by moving: about 5.5 km.</summary>
    public const int NullIslandReachE7 = 500_000;

    /// <summary>Leaving a circle of this radius, and the fix's accuracy on top, is moving.</summary>
    public const long CircleMm = 50_000;

    /// <summary>A fix with a worse accuracy says where a device is about, not whether it moves.</summary>
    public const int PoorAccuracyMm = 200_000;

    /// <summary>A reported speed from here on (10.8 km/h) is moving even inside the circle.</summary>
    public const int FastMmps = 3_000;

    /// <summary>Fixes in a row outside the circle that confirm moving.</summary>
    public const int LeavingFixes = 2;

    /// <summary>Fixes in a row outside or fast that confirm moving.</summary>
    public const int FastFixes = 3;

    public const long IdleAfterMicros = UtcMicros.PerMinute;
    public const long StoppedAfterMicros = 5 * UtcMicros.PerMinute;

    /// <summary>A still fix older than this is not the start of a trip: the first moving one is.</summary>
    public const long TripStartReachMicros = 5 * UtcMicros.PerMinute;

    /// <summary>Silence after which a fix elsewhere joins no trip and adds no distance.</summary>
    public const long GapMicros = 15 * UtcMicros.PerMinute;

    /// <summary>A leg shorter than the accuracy, held between these two, is noise and waits for the next fix.</summary>
    public const int MinNoiseMm = 10_000;
    public const int MaxNoiseMm = 50_000;

    /// <summary>Fixes with one alarm kind no further apart than this are one alarm.</summary>
    public const long AlarmJoinMicros = UtcMicros.PerMinute;
}
