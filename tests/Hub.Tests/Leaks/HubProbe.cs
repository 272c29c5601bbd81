using FieldCrm.Core.Geo;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.Live;
using FieldCrm.Hub.Tests.Leaks.Probes;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>One method of a hub and how it is called. The sweep calls it as everybody, stirs both tenants and looks at every byte that comes.</summary>
internal sealed record HubProbe(string Path, string Method, string Capability)
{
    public required IHubProtocol Protocol { get; init; }

    /// <summary>About the tenant's things; whoever calls may be of another one.</summary>
    public required Func<TenantWorld, Task<object?[]>> Arguments { get; init; }

    public bool IsStream { get; init; }

    public string Call => $"{Path} {Method}";

    public override string ToString() => Call;

    public HubMessage Message(object?[] arguments) =>
        IsStream ? new StreamInvocationMessage("1", Method, arguments) : new InvocationMessage(null, Method, arguments);

    public static IReadOnlyList<HubProbe> All { get; } =
    [
        new(UnitsHub.Path, "watch", Policies.ReadPositions)
        {
            Protocol = new MessagePackHubProtocol(),
            Arguments = w => Task.FromResult<object?[]>([View(w.Home)]),
        },
        new(EventsHub.Path, "Follow", Policies.ReadPositions)
        {
            Protocol = new JsonHubProtocol(),
            Arguments = async w => [await EventProbes.FromTheBeginningAsync(w)],
            IsStream = true,
        },
    ];

    // A city around a place, in units and not in counts.
    private static object?[] View(GeoPoint at) =>
        [1, at.LatitudeE7 - 500_000, at.LongitudeE7 - 500_000, at.LatitudeE7 + 500_000, at.LongitudeE7 + 500_000, 12.0, null];
}
