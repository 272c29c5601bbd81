using FieldCrm.Hub.Tests.Leaks.Probes;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>All probes, a file a feature.</summary>
internal static class ProbeTable
{
    public static IReadOnlyList<Probe> All { get; } =
    [
        .. PositionProbes.All,
        .. TrackProbes.All,
        .. EventProbes.All,
        .. UnitProbes.All,
        .. DeviceProbes.All,
        .. TenantProbes.All,
        .. UserProbes.All,
        .. TokenProbes.All,
        .. AuditProbes.All,
        .. OperatorProbes.All,
        .. PageProbes.All,
        .. PersonProbes.All,
    ];

    /// <summary>What has credentials of its own, and the test that asks it as everybody.</summary>
    public static IReadOnlyDictionary<string, string> ByHand { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["GET /osmand/{token}"] = nameof(IngestLeakTests),
        ["POST /osmand/{token}"] = nameof(IngestLeakTests),
        ["POST /api/v1/fixes"] = nameof(IngestLeakTests),
        ["POST /account/passkeys/rename"] = nameof(OwnAccountLeakTests),
        ["POST /account/passkeys/remove"] = nameof(OwnAccountLeakTests),
        ["POST /account/link"] = nameof(OwnAccountLeakTests),
        ["POST /account/sign-out-everywhere"] = nameof(OwnAccountLeakTests),
        ["POST /account/password"] = nameof(OwnAccountLeakTests),
        ["POST /account/passkeys/options"] = nameof(OwnAccountLeakTests),
        ["POST /account/passkeys"] = nameof(OwnAccountLeakTests),
        ["GET /me"] = nameof(OwnPagesLeakTests),
        ["GET /me/looks"] = nameof(OwnPagesLeakTests),
        ["GET /me/data"] = nameof(OwnPagesLeakTests),
        ["GET /me/withdraw"] = nameof(OwnPagesLeakTests),
        ["GET /me/delete"] = nameof(OwnPagesLeakTests),
        ["GET /me/track/{device}"] = nameof(OwnPagesLeakTests),
        ["POST /me/consent"] = nameof(OwnPagesLeakTests),
        ["POST /me/shift"] = nameof(OwnPagesLeakTests),
        ["POST /me/withdraw"] = nameof(OwnPagesLeakTests),
        ["POST /me/delete"] = nameof(OwnPagesLeakTests),
        ["GET /session"] = nameof(OwnAccountLeakTests),
        ["POST /sign-in/{link}"] = nameof(BadCredentialsTests),
    };
}
