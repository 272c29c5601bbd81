using System.Text;
using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.Tests.Leaks.Probes;

/// <summary>A track in each of its formats, whole and by page; a replay of all and of one.</summary>
internal static class TrackProbes
{
    private const string Route = "/api/v1/devices/{id}/track";

    public static readonly Probe[] All =
    [
        .. new[] { "limit=2", "zoom=12", "format=geojson", "format=gpx", "format=csv", "includeMarked=true" }.Select(OfVan),
        Replay("all units", _ => ""),
        Replay("the van's number", w => $"&unit={w.Van.Number}"),
    ];

    private static Probe OfVan(string variant) => Probe.Get(Route, Policies.ReadPositions, variant) with
    {
        Target = PositionProbes.Van,
        Address = a => $"/api/v1/devices/{Uri.EscapeDataString(a.Target)}/track?from={Day(0)}&to={Day(1)}&{variant}",
        Shows = a => PositionProbes.Latitude(a.World),
        Elsewhere = Elsewhere.NotFound,
    };

    private static Probe Replay(string variant, Func<TenantWorld, string> units) => Probe.Get("/api/v1/replay", Policies.ReadPositions, variant) with
    {
        Address = a => $"/api/v1/replay?from={Day(0)}&to={Day(1)}{units(a.World)}",
        // The number's four bytes, little-endian; zeros before them and a small count behind them keep what reads them as UTF-8 apart.
        Shows = a => Encoding.UTF8.GetString(BitConverter.GetBytes(a.World.Van.Number)),
        IsAskedAfter = true,
    };

    public static string Day(int after) => Uri.EscapeDataString(Core.Tracks.TrackText.Time(Api.TestTenant.Day.Plus(TimeSpan.FromDays(after))));
}
