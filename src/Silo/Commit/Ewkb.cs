using System.Buffers.Binary;
using FieldCrm.Core.Geo;

namespace FieldCrm.Silo.Commit;

/// <summary>
/// Points in PostGIS' extended well-known binary (little-endian, with SRID 4326): what its binary input takes as it
/// is, so that no geometry object is made. Source: PostGIS documentation, ST_AsEWKB; type 1 = point, flag 0x20000000 = SRID.
/// </summary>
internal static class Ewkb
{
    public const int PointBytes = 25;

    public static byte[] Point(GeoPoint point)
    {
        var bytes = new byte[PointBytes];
        Write(bytes, point);
        return bytes;
    }

    public static void Write(Span<byte> bytes, GeoPoint point)
    {
        bytes[0] = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[1..], 0x2000_0001);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[5..], 4326);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes[9..], point.LongitudeDeg);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes[17..], point.LatitudeDeg);
    }

    /// <summary>What <see cref="Write"/> wrote, bit for bit; off the globe as well, which is the fold's to judge.</summary>
    /// <exception cref="FormatException">Not a point with SRID 4326 in this layout.</exception>
    public static GeoPoint ReadPoint(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != PointBytes || bytes[0] != 1)
            throw new FormatException("Not an EWKB point.");
        return new GeoPoint(LatitudeE7: ReadE7(bytes[17..]), LongitudeE7: ReadE7(bytes[9..]));
    }

    private static int ReadE7(ReadOnlySpan<byte> degrees) => checked((int)Math.Round(
        BinaryPrimitives.ReadDoubleLittleEndian(degrees) * GeoPoint.UnitsPerDegree, MidpointRounding.AwayFromZero));
}
