namespace FieldCrm.Core.Geo;

/// <summary>
/// A WGS 84 position in whole 1e-7 degrees (about 11 mm of latitude). Integers, so that the server and the
/// browser compare, hash and store the same value bit for bit.
/// </summary>
public readonly record struct GeoPoint(int LatitudeE7, int LongitudeE7)
{
    public const int UnitsPerDegree = 10_000_000;
    public const int MaxLatitudeE7 = 90 * UnitsPerDegree;
    public const int MaxLongitudeE7 = 180 * UnitsPerDegree;

    public double LatitudeDeg => LatitudeE7 / (double)UnitsPerDegree;

    public double LongitudeDeg => LongitudeE7 / (double)UnitsPerDegree;

    /// <summary>Rounds half away from zero. Null when either is not finite or outside ±90° / ±180°.</summary>
    public static GeoPoint? FromDegrees(double latitudeDeg, double longitudeDeg)
    {
        if (!(Math.Abs(latitudeDeg) <= 90.0) || !(Math.Abs(longitudeDeg) <= 180.0)) // NaN fails both
            return null;
        return new GeoPoint(
            (int)Math.Round(latitudeDeg * UnitsPerDegree, MidpointRounding.AwayFromZero),
            (int)Math.Round(longitudeDeg * UnitsPerDegree, MidpointRounding.AwayFromZero));
    }
}
