using System.Globalization;
using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.Tests.Leaks.Probes;

internal static class TenantProbes
{
    public static readonly Probe[] All =
    [
        Probe.Get("/api/v1/settings", Policies.Administer) with { Target = w => w.ChooseSettingsAsync(), Shows = a => a.Target },
        new Probe("PUT", "/api/v1/settings", Policies.Administer)
        {
            // Any but the one that the tenant has: its own is a canary.
            Target = w => Task.FromResult(w.Fresh().Split('-')[^1]),
            Body = a => new { retentionDays = 40 + int.Parse(a.Target, CultureInfo.InvariantCulture) % 300, silenceAfterSeconds = 700, refoldWindowDays = 7 },
            Elsewhere = Elsewhere.OwnTenant,
        },
        Probe.Get("/api/v1/enrolment", Policies.Administer) with { Shows = _ => "\"isIssued\":true" },
        Probe.Post("/api/v1/enrolment/rotate", Policies.Administer) with { Elsewhere = Elsewhere.OwnTenant },
    ];
}
