using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.Tests.Leaks.Probes;

/// <summary>A track in each of its formats, whole and by page.</summary>
internal static class TrackProbes
{
    private const string Route = "/api/v1/devices/{id}/track";

    public static readonly Probe[] All = [.. new[] { "limit=2", "zoom=12", "format=geojson", "format=gpx", "format=csv", "includeMarked=true" }.Select(OfVan)];

    private static Probe OfVan(string variant) => Probe.Get(Route, Policies.ReadPositions, variant) with
    {
        Target = PositionProbes.Van,
        Address = a => $"/api/v1/devices/{Uri.EscapeDataString(a.Target)}/track?from={Day(0)}&to={Day(1)}&{variant}",
        Shows = a => PositionProbes.Latitude(a.World),
        Elsewhere = Elsewhere.NotFound,
    };

    public static string Day(int after) => Uri.EscapeDataString(Core.Tracks.TrackText.Time(Api.TestTenant.Day.Plus(TimeSpan.FromDays(after))));
}
