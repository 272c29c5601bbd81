using System.Net;
using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.Tests.Leaks.Probes;

/// <summary>
/// Pages that people read. They look at the capability themselves, so that what they refuse is a page as well. And what the console
/// asks beside the API.
/// </summary>
internal static class PageProbes
{
    public static readonly Probe[] All =
    [
        // Who may see no fleet is sent to his own page.
        Of("/") with { ToOtherSessions = HttpStatusCode.Redirect, Shows = a => a.World.Van.Id[..20], ToNobody = HttpStatusCode.OK },
        Of("/devices") with { Shows = a => a.World.Van.Id[..20], ToNobody = HttpStatusCode.OK },
        Of("/devices/{uniqueId}") with { Target = PositionProbes.Van, Shows = a => a.World.Van.Name, Elsewhere = Elsewhere.NotFound },
        Probe.Get("/dispatch/settings", Policies.ReadPositions) with { Shows = _ => "sources", Elsewhere = Elsewhere.Instance },
        ShowMe(Probe.Get("/dispatch/show-me", Policies.Administer)),
        ShowMe(Probe.Get("/dispatch/show-me/count", Policies.Administer)),
        ShowMe(Probe.Post("/dispatch/show-me/plug", Policies.Administer)),
    ];

    // Of a demonstration alone, which this server is not: nobody pulls its plug. ShowMeTests asks where it exists.
    private static Probe ShowMe(Probe probe) => probe with { Shows = _ => "demonstration.unknown", Status = HttpStatusCode.NotFound, Elsewhere = Elsewhere.NotFound };

    private static Probe Of(string route) => Probe.Get(route, Policies.ReadPositions) with { IsGuardedInside = true, IsForSessionsOnly = true };
}
