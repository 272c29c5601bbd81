using FieldCrm.Core.Tracks;
using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.Tests.Leaks.Probes;

internal static class PositionProbes
{
    private const string Reading = Policies.ReadPositions;

    public static readonly Probe[] All =
    [
        Probe.Get("/api/v1/positions", Reading) with { Address = _ => "/api/v1/positions?box=-180,-90,180,90", Shows = a => Latitude(a.World) },
        Probe.Get("/api/v1/positions", Reading, "the box that the van is in") with { Address = a => $"/api/v1/positions?box={Around(a.World)}", Shows = a => Latitude(a.World) },
        Probe.Get("/api/v1/positions", Reading, "from another page on") with
        {
            Address = a => $"/api/v1/positions?box=-180,-90,180,90&cursor={Http.PageCursor.Of(new Core.DeviceId(a.World.Van.Number - 1))}", Shows = a => Latitude(a.World),
        },
        Probe.Get("/api/v1/positions/nearest", Reading) with
        {
            Address = a => $"/api/v1/positions/nearest?lat={Latitude(a.World)}&lon={Degrees(a.World.Home.LongitudeE7)}&count=100", Shows = a => Latitude(a.World),
        },
        Probe.Get("/api/v1/devices", Reading) with { Shows = a => a.World.Van.Id[..20] },
        Probe.Get("/api/v1/devices", Reading, "from another page on") with
        {
            Address = a => $"/api/v1/devices?cursor={Http.PageCursor.OfText(a.World.Van.Id[..^1])}", Shows = a => a.World.Van.Id[..20],
        },
        Probe.Get("/api/v1/devices", Reading, "found by name") with
        {
            Address = a => $"/api/v1/devices?search={Uri.EscapeDataString(a.World.Van.Name)}", Shows = a => a.World.Van.Id[..20],
        },
        Probe.Get("/api/v1/devices/{id}", Reading) with { Target = Van, Shows = a => Latitude(a.World), Elsewhere = Elsewhere.NotFound },
    ];

    public static Task<string> Van(TenantWorld world) => Task.FromResult(world.Van.Id);

    public static string Latitude(TenantWorld world) => Degrees(world.Home.LatitudeE7);

    public static string Degrees(int e7) => TrackText.Number(TrackText.Degrees(e7));

    private static string Around(TenantWorld world) => string.Join(',',
        Degrees(world.Home.LongitudeE7 - 100_000), Degrees(world.Home.LatitudeE7 - 100_000), Degrees(world.Home.LongitudeE7 + 1_000_000), Degrees(world.Home.LatitudeE7 + 100_000));
}
