using System.Net;
using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.Tests.Leaks.Probes;

/// <summary>Pages that people read. They look at the capability themselves, so that what they refuse is a page as well.</summary>
internal static class PageProbes
{
    public static readonly Probe[] All =
    [
        Of("/") with { Shows = a => a.World.Van.Id[..20], ToNobody = HttpStatusCode.OK },
        Of("/devices") with { Shows = a => a.World.Van.Id[..20], ToNobody = HttpStatusCode.OK },
        Of("/devices/{uniqueId}") with { Target = PositionProbes.Van, Shows = a => a.World.Van.Name, Elsewhere = Elsewhere.NotFound },
        Probe.Get("/dispatch/settings", Policies.ReadPositions) with { Shows = _ => "builtin", Elsewhere = Elsewhere.Instance },
    ];

    private static Probe Of(string route) => Probe.Get(route, Policies.ReadPositions) with { IsGuardedInside = true, IsForSessionsOnly = true };
}
