namespace FieldCrm.Core.Geo;

/// <summary>
/// Great-circle distance on a sphere of the mean earth radius (IUGG R1, 6,371,008.8 m) in whole millimetres, by
/// integer arithmetic only, so that the server and the browser agree bit for bit. Against the exact haversine:
/// within 0.01 % + 2 mm up to 100 km everywhere, poles and antimeridian included, and within 0.01 % beyond.
/// The sphere itself differs from the WGS 84 ellipsoid by up to 0.56 %.
/// </summary>
public static class GeoDistance
{
    /// <summary>Half a great circle: no two points lie further apart.</summary>
    public const long MaxMm = 20_015_114_442;

    private const long DiameterMm = 12_742_017_600;
    private const long NearE7 = GeoPoint.UnitsPerDegree;
    private const long NearMaxLatitudeE7 = 85L * GeoPoint.UnitsPerDegree;

    // Millimetres in 1/64 of 1e-7° of a great circle, times 2^32: π · 6,371,008,800 / 1.8e9 / 64 · 2^32.
    private const long MmPerSixtyFourthE7 = 746_217_552;

    /// <summary>Both positions must be within ±90° / ±180°. Symmetric; zero only for the same point.</summary>
    public static long Mm(GeoPoint from, GeoPoint to)
    {
        var north = Math.Abs((long)to.LatitudeE7 - from.LatitudeE7);
        var east = Math.Abs((long)to.LongitudeE7 - from.LongitudeE7);
        if (east > GeoPoint.MaxLongitudeE7) // the short way round, across the antimeridian
            east = 2L * GeoPoint.MaxLongitudeE7 - east;
        var isNear = north <= NearE7 && east <= NearE7
            && Math.Abs((long)from.LatitudeE7) <= NearMaxLatitudeE7 && Math.Abs((long)to.LatitudeE7) <= NearMaxLatitudeE7;
        return isNear ? Near(from, to, north, east) : Far(from, to, north, east);
    }

    /// <summary>At least <see cref="Mm"/> and much cheaper: both legs as if on the equator.</summary>
    internal static long UpperBoundMm(GeoPoint from, GeoPoint to) =>
        12 * (Math.Abs((long)to.LatitudeE7 - from.LatitudeE7) + Math.Abs((long)to.LongitudeE7 - from.LongitudeE7));

    // Plane triangle at the middle latitude, in 1/64 of 1e-7°; every product fits 63 bits.
    private static long Near(GeoPoint from, GeoPoint to, long north, long east)
    {
        var cosine = FixedTrig.CosHalfE7((long)from.LatitudeE7 + to.LatitudeE7) >> 30;
        var x = (east * cosine + (1L << 23)) >> 24;
        var y = north << 6;
        var r = FixedTrig.Sqrt((ulong)(x * x + y * y));
        return (r * MmPerSixtyFourthE7 + (1L << 31)) >> 32;
    }

    // Haversine: sin²(Δφ/2) + cos φ1 cos φ2 sin²(Δλ/2) is the square of half the chord.
    private static long Far(GeoPoint from, GeoPoint to, long north, long east)
    {
        var sinNorth = FixedTrig.SinHalfE7(north);
        var sinEast = FixedTrig.SinHalfE7(east);
        var cosines = FixedTrig.Multiply(
            FixedTrig.CosHalfE7(2L * from.LatitudeE7), FixedTrig.CosHalfE7(2L * to.LatitudeE7));
        var square = (UInt128)sinNorth * (UInt128)sinNorth
            + (UInt128)FixedTrig.Multiply(cosines, sinEast) * (UInt128)sinEast;
        var halfChord = Math.Min(FixedTrig.Sqrt(square), FixedTrig.One);
        var arc = (Int128)FixedTrig.Asin(halfChord) * DiameterMm;
        return Math.Min((long)((arc + (Int128.One << 59)) >> FixedTrig.FractionBits), MaxMm);
    }
}
