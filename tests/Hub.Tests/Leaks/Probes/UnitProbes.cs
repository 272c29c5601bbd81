using System.Globalization;
using FieldCrm.Core.Availability;
using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.Tests.Leaks.Probes;

internal static class UnitProbes
{
    private const string Reading = Policies.ReadPositions;
    private const string Day = "/api/v1/units/{id}/day";
    private const string Availability = "/api/v1/units/{id}/availability";

    public static readonly Probe[] All =
    [
        Probe.Get("/api/v1/units", Reading) with { Shows = a => a.World.Van.Number.ToString(CultureInfo.InvariantCulture) },
        Probe.Get("/api/v1/units", Reading, "found by name") with
        {
            Address = a => $"/api/v1/units?search={Uri.EscapeDataString(a.World.Van.Name)}", Shows = a => a.World.Van.Number.ToString(CultureInfo.InvariantCulture),
        },
        Probe.Get("/api/v1/units", Reading, "who is busy") with { Address = _ => "/api/v1/units?availabilities=busy", Shows = a => a.World.VanNote },
        Probe.Post("/api/v1/units/lookup", Reading) with
        {
            Body = a => new { numbers = new[] { a.World.Van.Number, a.World.Disabled.Number } }, Shows = a => PositionProbes.Latitude(a.World), Elsewhere = Elsewhere.OwnTenant,
        },
        Probe.Get(Day, Reading) with { Target = PositionProbes.Van, Address = a => OfDay(a, ""), Shows = a => PositionProbes.Latitude(a.World), Elsewhere = Elsewhere.NotFound },
        Probe.Get(Day + "/marked", Reading) with
        {
            Target = PositionProbes.Van, Address = a => OfDay(a, "/marked"), Shows = a => PositionProbes.Latitude(a.World), Elsewhere = Elsewhere.NotFound,
        },
        new Probe("PUT", Availability, Policies.Dispatch)
        {
            Target = w => w.NewDeviceAsync(), Body = a => new { availability = "onBreak", note = a.World.Fresh(), expectedVersion = 0 },
        },
        Probe.Post(Availability + "/undo", Policies.Dispatch) with { Target = OutOfServiceAsync, Body = _ => new { version = 1 } },
    ];

    private static string OfDay(Asked asked, string what) =>
        $"/api/v1/units/{Uri.EscapeDataString(asked.Target)}/day{what}?from={TrackProbes.Day(0)}&to={TrackProbes.Day(1)}";

    private static async Task<string> OutOfServiceAsync(TenantWorld world)
    {
        var id = await world.NewDeviceAsync();
        await world.SetAvailabilityAsync(await world.Tenant.NumberAsync(id), AvailabilityStatus.OutOfService, world.Fresh());
        return id;
    }
}
