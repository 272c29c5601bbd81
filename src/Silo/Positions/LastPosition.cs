using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Silo.Positions;

/// <summary>Where a device was last believed to be. Null means "not reported".</summary>
public readonly record struct LastPosition
{
    /// <summary>The device's own time.</summary>
    public required UtcMicros FixedAt { get; init; }

    /// <summary>When we heard of it, kept to the millisecond.</summary>
    public required UtcMicros ReceivedAt { get; init; }

    public required GeoPoint Position { get; init; }

    /// <summary>Millimetres a second.</summary>
    public int? SpeedMmps { get; init; }

    /// <summary>Hundredths of a degree clockwise from true north, 0 … 35,999.</summary>
    public int? HeadingCdeg { get; init; }

    public int? AccuracyMm { get; init; }

    /// <summary>0 … 1,000.</summary>
    public int? BatteryPermille { get; init; }

    public MotionState Motion { get; init; }
}

/// <summary>A device and its last position.</summary>
public readonly record struct DevicePosition(DeviceId Device, LastPosition Last);

/// <summary>A device, its last position and its great-circle distance from the point asked for, in millimetres.</summary>
public readonly record struct NearDevice(DeviceId Device, LastPosition Last, long DistanceMm);
