using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Devices;

/// <summary>
/// The binary layout of a batch of fixes between processes (hub to silo, offline store to server).
/// Little-endian: version u8 = 1, count u16, then for each fix: presence u8 (bit 0 altitude, 1 speed, 2 heading,
/// 3 accuracy, 4 battery, 5 declared invalid, 6 attributes), alarm u8, time i64 (µs since 1970), latitude i32,
/// longitude i32 (1e-7°), each present number i32, attributes u16 length and UTF-8. The hash is computed again on
/// reading: a batch cannot claim another identity.
/// </summary>
public static class FixBatchCodec
{
    /// <summary>Most fixes of one batch; a longer list is sent as several.</summary>
    public const int MaxFixes = 1_000;

    private const byte Version = 1;
    private const int HeadBytes = 3;
    private const int FixHeadBytes = 2 + 8 + 4 + 4;

    public static byte[] Encode(ReadOnlySpan<Fix> fixes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fixes.Length, MaxFixes);
        var writer = new ArrayBufferWriter<byte>(HeadBytes + fixes.Length * 40);
        var head = writer.GetSpan(HeadBytes);
        head[0] = Version;
        BinaryPrimitives.WriteUInt16LittleEndian(head[1..], (ushort)fixes.Length);
        writer.Advance(HeadBytes);
        foreach (ref readonly var fix in fixes)
            EncodeFix(writer, fix);
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>False for a layout that is damaged, cut short, too long or of another version.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out Fix[] fixes)
    {
        fixes = [];
        if (bytes.Length < HeadBytes || bytes[0] != Version)
            return false;
        int count = BinaryPrimitives.ReadUInt16LittleEndian(bytes[1..]);
        if (count > MaxFixes || bytes.Length < HeadBytes + count * FixHeadBytes)
            return false;
        bytes = bytes[HeadBytes..];
        var decoded = new Fix[count];
        for (var i = 0; i < count; i++)
        {
            if (!TryDecodeFix(ref bytes, out decoded[i]))
                return false;
        }
        if (bytes.Length != 0)
            return false;
        fixes = decoded;
        return true;
    }

    private static void EncodeFix(ArrayBufferWriter<byte> writer, in Fix fix)
    {
        var attributes = fix.AttributesJson is null ? [] : Encoding.UTF8.GetBytes(fix.AttributesJson);
        var target = writer.GetSpan(FixHeadBytes + 5 * sizeof(int) + sizeof(ushort) + attributes.Length);
        target[0] = (byte)(
            (fix.AltitudeMm is null ? 0 : 1) | (fix.SpeedMmps is null ? 0 : 2) | (fix.HeadingCdeg is null ? 0 : 4)
            | (fix.AccuracyMm is null ? 0 : 8) | (fix.BatteryPermille is null ? 0 : 16)
            | (fix.IsDeclaredInvalid ? 32 : 0) | (fix.AttributesJson is null ? 0 : 64));
        target[1] = (byte)fix.Alarm;
        BinaryPrimitives.WriteInt64LittleEndian(target[2..], fix.FixedAt.Value);
        BinaryPrimitives.WriteInt32LittleEndian(target[10..], fix.Position.LatitudeE7);
        BinaryPrimitives.WriteInt32LittleEndian(target[14..], fix.Position.LongitudeE7);
        var at = FixHeadBytes;
        Put(target, ref at, fix.AltitudeMm);
        Put(target, ref at, fix.SpeedMmps);
        Put(target, ref at, fix.HeadingCdeg);
        Put(target, ref at, fix.AccuracyMm);
        Put(target, ref at, fix.BatteryPermille);
        if (fix.AttributesJson is not null)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(target[at..], checked((ushort)attributes.Length));
            at += sizeof(ushort);
            attributes.CopyTo(target[at..]);
            at += attributes.Length;
        }
        writer.Advance(at);
    }

    private static void Put(Span<byte> target, ref int at, int? value)
    {
        if (value is not { } present)
            return;
        BinaryPrimitives.WriteInt32LittleEndian(target[at..], present);
        at += sizeof(int);
    }

    private static bool TryDecodeFix(ref ReadOnlySpan<byte> bytes, out Fix fix)
    {
        fix = default;
        if (bytes.Length < FixHeadBytes)
            return false;
        int presence = bytes[0];
        var alarm = (AlarmKind)bytes[1];
        var fixedAt = new UtcMicros(BinaryPrimitives.ReadInt64LittleEndian(bytes[2..]));
        var position = new GeoPoint(
            BinaryPrimitives.ReadInt32LittleEndian(bytes[10..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[14..]));
        bytes = bytes[FixHeadBytes..];
        if (!TryTake(ref bytes, presence, 1, out var altitude) || !TryTake(ref bytes, presence, 2, out var speed)
            || !TryTake(ref bytes, presence, 4, out var heading) || !TryTake(ref bytes, presence, 8, out var accuracy)
            || !TryTake(ref bytes, presence, 16, out var battery) || !TryTakeText(ref bytes, presence, out var attributes))
            return false;
        fix = new Fix
        {
            FixedAt = fixedAt, Position = position, AltitudeMm = altitude, SpeedMmps = speed, HeadingCdeg = heading,
            AccuracyMm = accuracy, BatteryPermille = battery, Alarm = alarm, IsDeclaredInvalid = (presence & 32) != 0,
            AttributesJson = attributes,
        }.Hashed();
        return true;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> bytes, int presence, int bit, out int? value)
    {
        value = null;
        if ((presence & bit) == 0)
            return true;
        if (bytes.Length < sizeof(int))
            return false;
        value = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        bytes = bytes[sizeof(int)..];
        return true;
    }

    private static bool TryTakeText(ref ReadOnlySpan<byte> bytes, int presence, out string? text)
    {
        text = null;
        if ((presence & 64) == 0)
            return true;
        if (bytes.Length < sizeof(ushort))
            return false;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        if (bytes.Length < sizeof(ushort) + length)
            return false;
        text = Encoding.UTF8.GetString(bytes.Slice(sizeof(ushort), length));
        bytes = bytes[(sizeof(ushort) + length)..];
        return true;
    }
}
