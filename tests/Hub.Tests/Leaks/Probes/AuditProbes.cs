using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.Tests.Leaks.Probes;

internal static class AuditProbes
{
    public static readonly Probe[] All =
    [
        Probe.Get("/api/v1/audit", Policies.ReadAudit) with { Address = _ => "/api/v1/audit?limit=1000", Shows = a => a.World.Keeper.Name },
        Probe.Get("/api/v1/audit", Policies.ReadAudit, "by somebody") with
        {
            Target = w => Task.FromResult(w.Keeper.Name), Address = a => $"/api/v1/audit?actor={Uri.EscapeDataString(a.Target)}", Shows = _ => "\"entries\"", Elsewhere = Elsewhere.NotFound,
        },
    ];
}
