using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Live;

namespace FieldCrm.Silo.Positions;

/// <summary>What is known of a unit besides where it is.</summary>
public readonly record struct UnitMarks(UnitKind Kind, AvailabilityStatus Availability, UnitFlags Flags);

/// <summary>A unit as a live picture shows it.</summary>
public readonly record struct BoardUnit(DeviceId Device, UtcMicros HeardAt, LastPosition Last, UnitMarks Marks)
{
    public UnitRecord ToRecord() => new()
    {
        Unit = (uint)Device.Value, Position = Last.Position, FixedAt = Last.FixedAt, HeardAt = HeardAt, SpeedMmps = Last.SpeedMmps,
        HeadingCdeg = Last.HeadingCdeg, AccuracyMm = Last.AccuracyMm, BatteryPermille = Last.BatteryPermille,
        Kind = Marks.Kind, Availability = Marks.Availability, Motion = Last.Motion, Flags = Marks.Flags,
    };
}

/// <summary>A unit that changed.</summary>
/// <param name="Before">Where it was shown at the version asked from; null when it was not.</param>
/// <param name="Now">Null when it is not shown any more.</param>
public readonly record struct UnitChange(DeviceId Device, GeoPoint? Before, BoardUnit? Now);

/// <param name="Version">Ask from here the next time.</param>
/// <param name="IsLapped">
/// The changes since are not all known: look at everything. So it is at the first question, after
/// <see cref="IPositionBoard.Forget"/>, and when more changed than is kept.
/// </param>
/// <param name="Changes">Each unit once.</param>
public readonly record struct BoardChanges(long Version, bool IsLapped, IReadOnlyList<UnitChange> Changes);

/// <summary>
/// Where live pictures are pulled from (docs/adr/0006-boards-are-pulled.md): here a call in the process, for a silo
/// elsewhere one bounded call a tick.
/// </summary>
public interface IPositionBoard
{
    /// <summary>The tenant's units that changed after a version. From the first question on the board keeps track of them.</summary>
    BoardChanges Changes(TenantId tenant, long after);

    /// <summary>Nobody watches the tenant any more.</summary>
    void Forget(TenantId tenant);

    /// <summary>Adds everything inside the box.</summary>
    void Collect(TenantId tenant, in GeoBox box, List<BoardUnit> units);

    /// <summary>How many are inside the box.</summary>
    int CountIn(TenantId tenant, in GeoBox box);
}
