using System.Runtime.InteropServices;
using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Live;

namespace FieldCrm.Silo.Positions;

/// <summary>What is known of an entry.</summary>
[Flags]
internal enum PositionFlags : byte
{
    None = 0,

    /// <summary>Latitude, longitude and what goes with them are set, and the entry is linked in its cell.</summary>
    HasPosition = 1,

    /// <summary>Its grain has spoken since the start: what the fill finds is the same or older.</summary>
    FromGrain = 2,

    /// <summary>The fill or the tenant has said whether it is disabled.</summary>
    IsAdmissionKnown = 4,

    /// <summary>Kept up to date but never shown, until it is enabled again.</summary>
    IsDisabled = 8,

    /// <summary>Only a refold spoke of it before the fill came by: it may be disabled, so it is not shown yet.</summary>
    IsUnproven = 16,

    IsSignalLost = 32,

    HasOpenAlarm = 64,

    /// <summary>The tenant has said what kind it is since the start.</summary>
    IsKindKnown = 128,
}

/// <summary>
/// One device in <see cref="PositionStripe"/>: 52 bytes, its links in both indexes included. Absent numbers are the
/// greatest of their type.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct PositionEntry
{
    private const ushort AbsentShort = ushort.MaxValue;
    private const int AbsentInt = int.MaxValue;
    private const int MotionBits = 3;
    private const int KindShift = 2;
    private const int KindMask = 3;
    private const int AvailabilityShift = 4;
    private const int AvailabilityMask = 7;
    private const int AvailabilityKnownBit = 128;
    private const ushort OnShiftBit = 0x8000;

    public long FixedAtMicros;
    public int LatitudeE7;
    public int LongitudeE7;
    private int _speedMmps;
    private int _accuracyMm;
    private uint _heardLow;
    private ushort _heardHigh; // 47 bits of milliseconds since 1970 reach the year 6429; 0 is never; the highest bit: on shift
    private ushort _headingCdeg;
    private ushort _batteryPermille;
    private byte _state; // motion in bits 0–1, kind in 2–3, availability in 4–6; bit 7: its grain has said the availability
    public PositionFlags Flags;
    public int Device;

    /// <summary>Next entry of the same device bucket; −1 ends it.</summary>
    public int NextDevice;

    /// <summary>Neighbours in the same cell bucket; −1 ends it.</summary>
    public int NextInCell;
    public int PreviousInCell;

    public readonly GeoPoint Position => new(LatitudeE7, LongitudeE7);

    public readonly bool HasPosition => (Flags & PositionFlags.HasPosition) != 0;

    /// <summary>A person is hidden unless we were told that he is on shift.</summary>
    public readonly bool IsHidden =>
        (Flags & (PositionFlags.IsDisabled | PositionFlags.IsUnproven)) != 0 || (Kind == UnitKind.Person && !IsOnShift);

    public readonly UnitKind Kind => (UnitKind)((_state >> KindShift) & KindMask);

    public bool IsOnShift
    {
        readonly get => (_heardHigh & OnShiftBit) != 0;
        set => _heardHigh = (ushort)(value ? _heardHigh | OnShiftBit : _heardHigh & ~OnShiftBit);
    }

    /// <summary>Whether queries by place see it.</summary>
    public readonly bool IsShown => HasPosition && !IsHidden;

    public readonly UtcMicros HeardAt => UtcMicros.FromUnixMilliseconds((long)HeardMs);

    public readonly Sighting Sighting => IsHidden
        ? default : new Sighting(HeardMs == 0 ? null : HeardAt, HasPosition ? Get() : null);

    private readonly ulong HeardMs => _heardLow | ((ulong)(_heardHigh & ~OnShiftBit) << 32);

    /// <summary>Moves forward only.</summary>
    public void Heard(UtcMicros at)
    {
        var ms = (ulong)Math.Max(0, at.Value / UtcMicros.PerMillisecond);
        if (ms <= HeardMs)
            return;
        _heardLow = (uint)ms;
        _heardHigh = (ushort)((ms >> 32) | (uint)(_heardHigh & OnShiftBit));
    }

    /// <summary>As if it had never been heard.</summary>
    public void ForgetHeard()
    {
        _heardLow = 0;
        _heardHigh &= OnShiftBit;
    }

    public void Set(in LastPosition last)
    {
        FixedAtMicros = last.FixedAt.Value;
        LatitudeE7 = last.Position.LatitudeE7;
        LongitudeE7 = last.Position.LongitudeE7;
        _speedMmps = last.SpeedMmps ?? AbsentInt;
        _accuracyMm = last.AccuracyMm ?? AbsentInt;
        _headingCdeg = (ushort)(last.HeadingCdeg ?? AbsentShort);
        _batteryPermille = (ushort)(last.BatteryPermille ?? AbsentShort);
        _state = (byte)((_state & ~MotionBits) | (byte)last.Motion);
    }

    public readonly LastPosition Get() => new()
    {
        FixedAt = new UtcMicros(FixedAtMicros),
        Position = Position,
        SpeedMmps = _speedMmps == AbsentInt ? null : _speedMmps,
        AccuracyMm = _accuracyMm == AbsentInt ? null : _accuracyMm,
        HeadingCdeg = _headingCdeg == AbsentShort ? null : _headingCdeg,
        BatteryPermille = _batteryPermille == AbsentShort ? null : _batteryPermille,
        Motion = (MotionState)(_state & MotionBits),
    };

    public readonly UnitMarks Marks => new(
        Kind, (AvailabilityStatus)((_state >> AvailabilityShift) & AvailabilityMask),
        ((Flags & PositionFlags.IsSignalLost) != 0 ? UnitFlags.SignalLost : UnitFlags.None)
            | ((Flags & PositionFlags.HasOpenAlarm) != 0 ? UnitFlags.OpenAlarm : UnitFlags.None));

    public readonly bool IsAvailabilityKnown => (_state & AvailabilityKnownBit) != 0;

    public void SetKind(UnitKind kind) =>
        _state = (byte)((_state & ~(KindMask << KindShift)) | (((byte)kind & KindMask) << KindShift));

    public void SetAvailability(AvailabilityStatus availability, bool isFromGrain) =>
        _state = (byte)((_state & ~(AvailabilityMask << AvailabilityShift))
            | (((byte)availability & AvailabilityMask) << AvailabilityShift) | (isFromGrain ? AvailabilityKnownBit : 0));

    public void Set(PositionFlags flag, bool isSet) => Flags = isSet ? Flags | flag : Flags & ~flag;

    /// <summary>Of an entry that is shown. One that was never heard since counts as heard when it was measured.</summary>
    public readonly BoardUnit ToBoardUnit() =>
        new(new DeviceId(Device), HeardMs == 0 ? new UtcMicros(FixedAtMicros) : HeardAt, Get(), Marks);
}
