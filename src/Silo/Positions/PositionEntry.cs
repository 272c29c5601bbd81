using System.Runtime.InteropServices;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Silo.Positions;

/// <summary>
/// One device in <see cref="PositionStripe"/>: 52 bytes, its links in both indexes included. Absent numbers are the
/// greatest of their type.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct PositionEntry
{
    private const ushort AbsentShort = ushort.MaxValue;
    private const int AbsentInt = int.MaxValue;

    public long FixedAtMicros;
    public int LatitudeE7;
    public int LongitudeE7;
    private int _speedMmps;
    private int _accuracyMm;
    private uint _receivedLow;
    private ushort _receivedHigh; // 48 bits of milliseconds since 1970 reach the year 10889
    private ushort _headingCdeg;
    private ushort _batteryPermille;
    private byte _motion;
    public byte IsUsed;
    public int Device;

    /// <summary>Next entry of the same device bucket, or of the free list; −1 ends it.</summary>
    public int NextDevice;

    /// <summary>Neighbours in the same cell bucket; −1 ends it.</summary>
    public int NextInCell;
    public int PreviousInCell;

    public readonly GeoPoint Position => new(LatitudeE7, LongitudeE7);

    public void Set(in LastPosition last)
    {
        FixedAtMicros = last.FixedAt.Value;
        LatitudeE7 = last.Position.LatitudeE7;
        LongitudeE7 = last.Position.LongitudeE7;
        _speedMmps = last.SpeedMmps ?? AbsentInt;
        _accuracyMm = last.AccuracyMm ?? AbsentInt;
        var receivedMs = (ulong)Math.Max(0, last.ReceivedAt.Value / UtcMicros.PerMillisecond);
        _receivedLow = (uint)receivedMs;
        _receivedHigh = (ushort)(receivedMs >> 32);
        _headingCdeg = (ushort)(last.HeadingCdeg ?? AbsentShort);
        _batteryPermille = (ushort)(last.BatteryPermille ?? AbsentShort);
        _motion = (byte)last.Motion;
    }

    public readonly LastPosition Get() => new()
    {
        FixedAt = new UtcMicros(FixedAtMicros),
        ReceivedAt = UtcMicros.FromUnixMilliseconds((long)(_receivedLow | ((ulong)_receivedHigh << 32))),
        Position = Position,
        SpeedMmps = _speedMmps == AbsentInt ? null : _speedMmps,
        AccuracyMm = _accuracyMm == AbsentInt ? null : _accuracyMm,
        HeadingCdeg = _headingCdeg == AbsentShort ? null : _headingCdeg,
        BatteryPermille = _batteryPermille == AbsentShort ? null : _batteryPermille,
        Motion = (MotionState)_motion,
    };
}
