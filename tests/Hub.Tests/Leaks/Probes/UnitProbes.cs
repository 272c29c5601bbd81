using System.Globalization;
using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.Tests.Leaks.Probes;

internal static class UnitProbes
{
    private const string Reading = Policies.ReadPositions;

    public static readonly Probe[] All =
    [
        Probe.Get("/api/v1/units", Reading) with { Shows = a => a.World.Van.Number.ToString(CultureInfo.InvariantCulture) },
        Probe.Get("/api/v1/units", Reading, "found by name") with
        {
            Address = a => $"/api/v1/units?search={Uri.EscapeDataString(a.World.Van.Name)}", Shows = a => a.World.Van.Number.ToString(CultureInfo.InvariantCulture),
        },
        Probe.Post("/api/v1/units/lookup", Reading) with
        {
            Body = a => new { numbers = new[] { a.World.Van.Number, a.World.Disabled.Number } }, Shows = a => PositionProbes.Latitude(a.World), Elsewhere = Elsewhere.OwnTenant,
        },
    ];
}
