using FieldCrm.Core.Geo;

namespace FieldCrm.Silo.Positions;

/// <summary>
/// A box in 1e-7°, edges included. <see cref="WestE7"/> greater than <see cref="EastE7"/> means that it crosses the
/// antimeridian, as in GeoJSON (RFC 7946, section 5.2).
/// </summary>
public readonly record struct GeoBox(int SouthE7, int WestE7, int NorthE7, int EastE7)
{
    // The sphere of GeoDistance: IUGG mean radius.
    private const double RadiusMm = 6_371_008_800.0;

    // Above the relative error of GeoDistance (0.01 %), so that no point of the circle is missed.
    private const double Margin = 1.001;

    public static readonly GeoBox World = new(
        -GeoPoint.MaxLatitudeE7, -GeoPoint.MaxLongitudeE7, GeoPoint.MaxLatitudeE7, GeoPoint.MaxLongitudeE7);

    public bool Contains(GeoPoint point) =>
        point.LatitudeE7 >= SouthE7 && point.LatitudeE7 <= NorthE7
        && (WestE7 <= EastE7
            ? point.LongitudeE7 >= WestE7 && point.LongitudeE7 <= EastE7
            : point.LongitudeE7 >= WestE7 || point.LongitudeE7 <= EastE7);

    /// <summary>The smallest box, and a little more, around every point within <paramref name="radiusMm"/>.</summary>
    public static GeoBox Around(GeoPoint centre, long radiusMm)
    {
        var angle = (radiusMm * Margin + 1_000) / RadiusMm;
        if (angle >= Math.PI)
            return World;
        var latitude = centre.LatitudeDeg * Math.PI / 180;
        var south = latitude - angle;
        var north = latitude + angle;
        if (south <= -Math.PI / 2 || north >= Math.PI / 2) // a pole lies inside: every longitude does too
        {
            return World with
            {
                SouthE7 = south <= -Math.PI / 2 ? -GeoPoint.MaxLatitudeE7 : Floor(south),
                NorthE7 = north >= Math.PI / 2 ? GeoPoint.MaxLatitudeE7 : Ceiling(north),
            };
        }
        var east = Math.Asin(Math.Min(1, Math.Sin(angle) / Math.Cos(latitude)));
        var halfWidthE7 = (long)Math.Ceiling(east * 180 / Math.PI * GeoPoint.UnitsPerDegree) + 1;
        if (halfWidthE7 >= GeoPoint.MaxLongitudeE7)
            return World with { SouthE7 = Floor(south), NorthE7 = Ceiling(north) };
        return new GeoBox(
            Floor(south), Wrap(centre.LongitudeE7 - halfWidthE7), Ceiling(north), Wrap(centre.LongitudeE7 + halfWidthE7));
    }

    private static int Floor(double radians) =>
        Math.Max(-GeoPoint.MaxLatitudeE7, (int)Math.Floor(radians * 180 / Math.PI * GeoPoint.UnitsPerDegree));

    private static int Ceiling(double radians) =>
        Math.Min(GeoPoint.MaxLatitudeE7, (int)Math.Ceiling(radians * 180 / Math.PI * GeoPoint.UnitsPerDegree));

    private static int Wrap(long longitudeE7) => (int)(
        longitudeE7 > GeoPoint.MaxLongitudeE7 ? longitudeE7 - 2L * GeoPoint.MaxLongitudeE7
        : longitudeE7 < -GeoPoint.MaxLongitudeE7 ? longitudeE7 + 2L * GeoPoint.MaxLongitudeE7
        : longitudeE7);
}
