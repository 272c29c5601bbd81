using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Silo.Positions;

/// <summary>Where a device was last believed to be. Null means "not reported".</summary>
public readonly record struct LastPosition
{
    /// <summary>The device's own time.</summary>
    public required UtcMicros FixedAt { get; init; }

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

/// <summary>What memory has of a device.</summary>
/// <param name="HeardAt">
/// When anything was last accepted of it, believed or not, kept to the millisecond; null when never or not known yet.
/// </param>
/// <param name="Last">Null while nothing believable was received.</param>
public readonly record struct Sighting(UtcMicros? HeardAt, LastPosition? Last);

/// <summary>A device, when it was last heard (see <see cref="Sighting"/>) and its last position.</summary>
public readonly record struct DevicePosition(DeviceId Device, UtcMicros HeardAt, LastPosition Last);

/// <summary>As <see cref="DevicePosition"/>, with the great-circle distance from the point asked for in millimetres.</summary>
public readonly record struct NearDevice(DeviceId Device, UtcMicros HeardAt, LastPosition Last, long DistanceMm);
