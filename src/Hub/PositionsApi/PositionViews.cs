using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tracks;
using FieldCrm.Silo.Positions;
using FieldCrm.Silo.Storage.Model;

namespace FieldCrm.Hub.PositionsApi;

/// <summary>A last position as clients see it. Absent members were not reported.</summary>
/// <param name="AgeSeconds">Since it was measured, by our clock.</param>
/// <param name="Motion">unknown, moving, idle or stopped.</param>
internal sealed record PositionView(
    DateTimeOffset FixedAt, long AgeSeconds, double LatitudeDeg, double LongitudeDeg, double? SpeedMps,
    double? HeadingDeg, double? AccuracyM, double? BatteryPercent, string Motion)
{
    public static PositionView Of(in LastPosition last, UtcMicros now) => new(
        last.FixedAt.ToDateTimeOffset(), Math.Max(0, (now.Value - last.FixedAt.Value) / UtcMicros.PerSecond),
        last.Position.LatitudeDeg, last.Position.LongitudeDeg, (double?)TrackText.Metres(last.SpeedMmps),
        (double?)TrackText.DegreesOfHeading(last.HeadingCdeg), (double?)TrackText.Metres(last.AccuracyMm),
        (double?)TrackText.Percent(last.BatteryPermille), NameOf(last.Motion));

    public static string NameOf(MotionState motion) => motion switch
    {
        MotionState.Moving => "moving",
        MotionState.Idle => "idle",
        MotionState.Stopped => "stopped",
        _ => "unknown",
    };
}

/// <param name="Id">What the device's owner calls it.</param>
/// <param name="Kind">vehicle, person or asset.</param>
/// <param name="Phone">Of who is with it.</param>
/// <param name="HeardAt">When anything was last accepted of it, believed or not; null when never and when disabled.</param>
/// <param name="LastPosition">Null while nothing believable was received and when disabled.</param>
internal sealed record DeviceView(
    string Id, string Name, string Kind, string? Phone, bool IsDisabled, DateTimeOffset CreatedAt, DateTimeOffset? HeardAt, PositionView? LastPosition)
{
    public static DeviceView Of(DeviceRow device, LastPositions positions, UtcMicros now)
    {
        var sighting = positions.Of(new TenantId(device.TenantId), new DeviceId(device.DeviceId));
        return new DeviceView(
            device.UniqueId, device.Name, UnitKinds.WordOf(device.Kind), device.Phone, device.DisabledAt is not null, device.CreatedAt,
            sighting.HeardAt?.ToDateTimeOffset(), sighting.Last is { } last ? PositionView.Of(last, now) : null);
    }
}

/// <param name="NextCursor">For the next page; null on the last.</param>
internal sealed record DevicePage(IReadOnlyList<DeviceView> Devices, string? NextCursor);

/// <param name="Number">What the live picture calls it (docs/wire/LIVE.md).</param>
/// <param name="HeardAt">When anything was last accepted of it, believed or not.</param>
/// <param name="DistanceM">From the point that was asked for; absent in a box.</param>
internal sealed record PlacedDevice(string Id, int Number, string Name, DateTimeOffset HeardAt, PositionView Position, double? DistanceM);

/// <param name="IsFilled">False shortly after a start, while devices that were not heard since may be missing.</param>
internal sealed record PlacedPage(IReadOnlyList<PlacedDevice> Devices, string? NextCursor, bool IsFilled);
