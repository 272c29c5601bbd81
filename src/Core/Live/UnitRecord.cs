using System.Buffers.Binary;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Live;

/// <summary>A unit as a live block carries it (docs/wire/LIVE.md). Null means "not reported".</summary>
public readonly record struct UnitRecord
{
    /// <summary>Bytes of a record.</summary>
    public const int Size = 32;

    private const ushort Absent = ushort.MaxValue;

    /// <summary>The device's number.</summary>
    public required uint Unit { get; init; }

    public required GeoPoint Position { get; init; }

    public required UtcMicros FixedAt { get; init; }

    public required UtcMicros HeardAt { get; init; }

    /// <summary>Millimetres a second; sent as whole centimetres.</summary>
    public int? SpeedMmps { get; init; }

    /// <summary>Hundredths of a degree clockwise from true north.</summary>
    public int? HeadingCdeg { get; init; }

    /// <summary>Sent as whole decimetres.</summary>
    public int? AccuracyMm { get; init; }

    public int? BatteryPermille { get; init; }

    public UnitKind Kind { get; init; }

    public AvailabilityStatus Availability { get; init; }

    public MotionState Motion { get; init; }

    public UnitFlags Flags { get; init; }

    /// <summary>Writes <see cref="Size"/> bytes.</summary>
    /// <param name="baseUnixMs">What the record's times are relative to.</param>
    public void Write(Span<byte> target, long baseUnixMs)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Unit);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], Position.LatitudeE7);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], Position.LongitudeE7);
        BinaryPrimitives.WriteInt32LittleEndian(target[12..], Relative(FixedAt, baseUnixMs));
        BinaryPrimitives.WriteInt32LittleEndian(target[16..], Relative(HeardAt, baseUnixMs));
        BinaryPrimitives.WriteUInt16LittleEndian(target[20..], Short(SpeedMmps, 10));
        BinaryPrimitives.WriteUInt16LittleEndian(target[22..], Short(HeadingCdeg, 1));
        BinaryPrimitives.WriteUInt16LittleEndian(target[24..], Short(AccuracyMm, 100));
        target[26] = (byte)Kind;
        target[27] = (byte)Availability;
        target[28] = (byte)Motion;
        target[29] = (byte)Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(target[30..], Short(BatteryPermille, 1));
    }

    private static int Relative(UtcMicros time, long baseUnixMs) =>
        (int)Math.Clamp(time.Value / UtcMicros.PerMillisecond - baseUnixMs, int.MinValue, int.MaxValue);

    // The greatest value means "not reported": what is too great to say is one less.
    private static ushort Short(int? value, int divisor) =>
        value is { } known ? (ushort)Math.Clamp((known + divisor / 2L) / divisor, 0, Absent - 1) : Absent;
}
