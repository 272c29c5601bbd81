using FieldCrm.LoadTests.Fleet;

namespace FieldCrm.LoadTests.Live;

/// <summary>
/// Devices side by side along a parallel, each driving a circle of its own at 10 m/s: who is in which view is known beforehand, and
/// no fix is doubted.
/// </summary>
internal static class RoadRow
{
    public const int LatitudeE7 = -349_000_000;

    private const int WestE7 = -599_000_000;
    private const int StepE7 = 9_000; // 82 m of longitude at this latitude
    private const double RadiusE7 = 4_500; // 50 m
    private const double RadiansPerSecond = 0.2; // 10 m/s on a radius of 50 m
    private const int SpeedMmps = 10_000;

    public static TrackPoint At(int device, long fixedAtMicros)
    {
        var (sin, cos) = Math.SinCos(fixedAtMicros / 1e6 % 100_000 * RadiansPerSecond + device);
        return new TrackPoint(
            fixedAtMicros, LatitudeE7 + (int)(RadiusE7 * sin), WestE7 + device * StepE7 + (int)(RadiusE7 * cos), SpeedMmps);
    }

    /// <summary>The edges of a view that holds devices <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> - 1.</summary>
    public static (long SouthE7, long WestE7, long NorthE7, long EastE7) View(int first, int count) => (
        LatitudeE7 - 2 * StepE7, WestE7 + (long)first * StepE7 - StepE7 / 2, LatitudeE7 + 2 * StepE7, WestE7 + (long)(first + count) * StepE7 - StepE7 / 2);
}
