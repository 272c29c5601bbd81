using System.Net;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.Tests.Leaks.Probes;

internal static class TokenProbes
{
    private const string Changing = Policies.Administer;

    public static readonly Probe[] All =
    [
        Probe.Get("/api/v1/tokens", Changing) with { Shows = _ => "\"lastUsedAt\"", ToPrograms = HttpStatusCode.Forbidden },
        Probe.Post("/api/v1/tokens", Changing) with
        {
            Target = DeviceProbes.Fresh, Body = a => new { name = a.Target, role = UserRole.Auditor }, Elsewhere = Elsewhere.OwnTenant, ToPrograms = HttpStatusCode.Forbidden,
        },
        Probe.Post("/api/v1/tokens/{tokenId}/revoke", Changing) with
        {
            Target = async w => (await w.NewTokenAsync(UserRole.Auditor)).Id.ToString("D"), ToPrograms = HttpStatusCode.Forbidden,
        },
    ];
}
