using FieldCrm.Core;
using FieldCrm.Hub.Identity;
using FieldCrm.Silo.Feed;

namespace FieldCrm.Hub.Tests.Leaks.Probes;

internal static class EventProbes
{
    private const string Reading = Policies.ReadPositions;

    public static readonly Probe[] All =
    [
        Probe.Get("/api/v1/events", Reading) with
        {
            Target = FromTheBeginningAsync, Address = a => $"/api/v1/events?limit=1000&after={a.Target}",
            Shows = a => $"device/{a.World.Van.Number}",
        },
        Probe.Get("/api/v1/events", Reading, "where to begin") with { Shows = _ => "\"token\"" },
        Probe.Get("/api/v1/alarms", Reading) with { Shows = a => a.World.VanPhone },
        Probe.Get("/api/v1/alarms", Reading, "open ones") with { Address = _ => "/api/v1/alarms?states=open&limit=1000", Shows = a => a.World.Van.Id[..20] },
        Probe.Get("/api/v1/alarms", Reading, "from another page on") with
        {
            Address = _ => $"/api/v1/alarms?limit=1000&cursor={Http.PageCursor.Of(UtcMicros.From(TimeProvider.System.GetUtcNow()), Guid.AllBitsSet.ToString("D"))}",
            Shows = a => a.World.Van.Id[..20],
        },
        Probe.Post("/api/v1/alarms/{alarmId}/acknowledge", Policies.Dispatch) with { Target = w => w.NewAlarmAsync() },
        Probe.Get("/api/v1/devices/{id}/events", Reading) with { Target = PositionProbes.Van, Shows = a => $"{a.World.Home.LatitudeE7}", Elsewhere = Elsewhere.NotFound },
        Probe.Get("/api/v1/devices/{id}/quarantine", Reading) with { Target = PositionProbes.Van, Shows = _ => "fix.future", Elsewhere = Elsewhere.NotFound },
    ];

    /// <summary>The token of a reader who has read nothing of this life of the database.</summary>
    public static async Task<string> FromTheBeginningAsync(TenantWorld world)
    {
        var next = (await world.Tenant.GetAsync("/api/v1/events")).GetProperty("token").GetString();
        return FeedToken.TryParse(next, out var token) ? (token with { Tx = 0, Seq = 0 }).ToString() : throw new InvalidOperationException($"{next} is no token.");
    }
}
