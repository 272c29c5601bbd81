using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace FieldCrm.Core.Devices;

/// <summary>
/// The content half of a fix's identity. The layout below is stored for ever in the rows' hashes:
/// changing it makes every repeated fix look new, so it never changes; a new field goes into the attributes.
/// </summary>
public static class FixHash
{
    // lat, lon, altitude, speed, heading, accuracy, battery: i32 little-endian each (absent = int.MinValue);
    // alarm u8; flags u8; then the attributes in UTF-8.
    private const int FixedPartBytes = 7 * sizeof(int) + 2;

    public static long Of(in Fix fix)
    {
        Span<byte> head = stackalloc byte[FixedPartBytes];
        var at = 0;
        Put(head, ref at, fix.Position.LatitudeE7);
        Put(head, ref at, fix.Position.LongitudeE7);
        Put(head, ref at, fix.AltitudeMm ?? int.MinValue);
        Put(head, ref at, fix.SpeedMmps ?? int.MinValue);
        Put(head, ref at, fix.HeadingCdeg ?? int.MinValue);
        Put(head, ref at, fix.AccuracyMm ?? int.MinValue);
        Put(head, ref at, fix.BatteryPermille ?? int.MinValue);
        head[at++] = (byte)fix.Alarm;
        head[at] = fix.IsDeclaredInvalid ? (byte)1 : (byte)0;
        if (string.IsNullOrEmpty(fix.AttributesJson))
            return unchecked((long)XxHash64.HashToUInt64(head));

        var hash = new XxHash64();
        hash.Append(head);
        hash.Append(Encoding.UTF8.GetBytes(fix.AttributesJson));
        return unchecked((long)hash.GetCurrentHashAsUInt64());
    }

    private static void Put(Span<byte> target, ref int at, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target[at..], value);
        at += sizeof(int);
    }
}
