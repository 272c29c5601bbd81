namespace FieldCrm.Core;

/// <summary>
/// The one place where units change. A protocol's number becomes a rounded integer in SI-derived units at the
/// edge (mm/s, mm, hundredths of a degree, permille); inside the product nothing is converted.
/// All rounding is half away from zero. Null means that the value is not finite or that the result lies outside the
/// range given with each <c>Min</c>/<c>Max</c> constant: not a number that hardware can have measured.
/// </summary>
public static class Units
{
    /// <summary>10 km/s: above it, a receiver would leave the Earth.</summary>
    public const int MaxSpeedMmps = 10_000_000;

    /// <summary>−100 km, as documented on <see cref="Devices.Fix.AltitudeMm"/>.</summary>
    public const int MinAltitudeMm = -100_000_000;

    /// <summary>1,000 km, as documented on <see cref="Devices.Fix.AltitudeMm"/>.</summary>
    public const int MaxAltitudeMm = 1_000_000_000;

    /// <summary>1,000 km: a wider circle says nothing about where a device is.</summary>
    public const int MaxAccuracyMm = 1_000_000_000;

    /// <summary>A full circle; a heading of exactly this is north and becomes 0.</summary>
    public const int FullCircleCdeg = 36_000;

    public const int MaxBatteryPermille = 1_000;

    /// <summary>An international knot is 1,852 m an hour, so 4,630/9 mm/s.</summary>
    public const int KnotMmpsNumerator = 4_630;

    public const int KnotMmpsDenominator = 9;

    /// <summary>A kilometre an hour is 2,500/9 mm/s.</summary>
    public const int KmhMmpsNumerator = 2_500;

    public const int KmhMmpsDenominator = 9;

    public static int? MmpsFromMps(double speedMps) => Rounded(speedMps * 1_000, 0, MaxSpeedMmps);

    public static int? MmpsFromKnots(double speedKnots) =>
        Rounded(speedKnots * KnotMmpsNumerator / KnotMmpsDenominator, 0, MaxSpeedMmps);

    public static int? MmpsFromKmh(double speedKmh) =>
        Rounded(speedKmh * KmhMmpsNumerator / KmhMmpsDenominator, 0, MaxSpeedMmps);

    public static int? AltitudeMmFromMetres(double altitudeMetres) =>
        Rounded(altitudeMetres * 1_000, MinAltitudeMm, MaxAltitudeMm);

    public static int? AccuracyMmFromMetres(double accuracyMetres) =>
        Rounded(accuracyMetres * 1_000, 0, MaxAccuracyMm);

    /// <summary>0 … 360 degrees clockwise from true north; 360 is 0.</summary>
    public static int? CdegFromDegrees(double headingDeg) =>
        Rounded(headingDeg * 100, 0, FullCircleCdeg) is { } cdeg ? WrapFullCircle(cdeg) : null;

    public static int? PermilleFromPercent(double percent) => Rounded(percent * 10, 0, MaxBatteryPermille);

    /// <summary>From 0 (empty) … 1 (full).</summary>
    public static int? PermilleFromFraction(double fraction) => Rounded(fraction * 1_000, 0, MaxBatteryPermille);

    public static double MpsFromMmps(int speedMmps) => speedMmps / 1_000.0;

    public static double KmhFromMmps(int speedMmps) => speedMmps * (double)KmhMmpsDenominator / KmhMmpsNumerator;

    public static double KnotsFromMmps(int speedMmps) => speedMmps * (double)KnotMmpsDenominator / KnotMmpsNumerator;

    public static double MetresFromMm(int lengthMm) => lengthMm / 1_000.0;

    public static double DegreesFromCdeg(int headingCdeg) => headingCdeg / 100.0;

    public static double PercentFromPermille(int permille) => permille / 10.0;

    /// <summary>0 … 35,999 for 0 … 36,000: both ends of the circle are north.</summary>
    public static int WrapFullCircle(int headingCdeg) => headingCdeg == FullCircleCdeg ? 0 : headingCdeg;

    private static int? Rounded(double value, int min, int max)
    {
        var rounded = Math.Round(value, MidpointRounding.AwayFromZero);
        return rounded >= min && rounded <= max ? (int)rounded : null; // NaN fails both
    }
}
