using FieldCrm.Core.Devices;

namespace FieldCrm.LoadTests.Faults;

/// <summary>
/// A fix as the sender knows it. Compared by what it says, never by the product's own hash: that one is under test.
/// </summary>
/// <param name="SpeedMmps">mm/s; −1 when none is stored.</param>
internal readonly record struct PlannedFix(long FixedAtMicros, int LatitudeE7, int LongitudeE7, int SpeedMmps, AlarmKind Alarm)
{
    /// <summary>mm; null when the device does not say.</summary>
    public int? AccuracyMm { get; init; }

    /// <summary>0.01° clockwise from north, below 36,000; null when the device does not say.</summary>
    public int? HeadingCdeg { get; init; }

    /// <summary>0 … 1,000; null when the device does not say.</summary>
    public int? BatteryPermille { get; init; }
}
