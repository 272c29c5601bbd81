using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Live;

/// <summary>A Web Mercator tile, numbered as map tiles are; the outermost rows reach to the poles.</summary>
public readonly record struct TileKey(int Level, int X, int Y)
{
    /// <summary>Finer cells would need more than 32 bits.</summary>
    public const int MaxLevel = 24;

    private const double Full = 2.0 * GeoPoint.MaxLongitudeE7;

    public static TileKey Of(GeoPoint point, int level)
    {
        var side = 1L << level;
        var x = (point.LongitudeE7 + (double)GeoPoint.MaxLongitudeE7) / Full * side;
        var sine = Math.Sin(point.LatitudeDeg * Math.PI / 180);
        var y = Math.Abs(sine) >= 1 ? (sine > 0 ? 0 : side) : (0.5 - Math.Log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * side;
        return new TileKey(level, Clamp(x, side), Clamp(y, side));
    }

    /// <summary>The tile of a lower level that it lies in.</summary>
    public TileKey At(int level) => new(level, X >> (Level - level), Y >> (Level - level));

    /// <summary>Edges in 1e-7°, each a little outside the tile: what is in it is decided by <see cref="Of"/>.</summary>
    public (int SouthE7, int WestE7, int NorthE7, int EastE7) Outline()
    {
        var side = 1L << Level;
        return (
            Y == side - 1 ? -GeoPoint.MaxLatitudeE7 : (int)Math.Floor(Latitude((Y + 1.0) / side)) - 1,
            (int)Math.Max(-GeoPoint.MaxLongitudeE7, Math.Floor(X * Full / side - GeoPoint.MaxLongitudeE7) - 1),
            Y == 0 ? GeoPoint.MaxLatitudeE7 : (int)Math.Ceiling(Latitude((double)Y / side)) + 1,
            (int)Math.Min(GeoPoint.MaxLongitudeE7, Math.Ceiling((X + 1.0) * Full / side - GeoPoint.MaxLongitudeE7) + 1));
    }

    private static int Clamp(double at, long side) => (int)Math.Clamp(Math.Floor(at), 0, side - 1);

    private static double Latitude(double y) =>
        Math.Atan(Math.Sinh(Math.PI * (1 - 2 * y))) * 180 / Math.PI * GeoPoint.UnitsPerDegree;
}
