using FieldCrm.Hub.Identity;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace FieldCrm.Hub.Live;

/// <summary>Where units are, as they move: the latest value of each, never a replay.</summary>
[Authorize(Policies.ReadPositions)]
internal sealed class UnitsHub(LiveUnits units, LiveCallers callers) : Microsoft.AspNetCore.SignalR.Hub
{
    public const string Path = "/live/units";

    /// <summary>To the client: watch, mode (1 snapshot, 2 changes), baseUnixMs, blocks.</summary>
    public const string UnitsMessage = "units";

    /// <summary>To the client: watch, baseUnixMs, level, cells.</summary>
    public const string CountsMessage = "counts";

    /// <summary>The view from now on; the latest one holds, at most ten a second are taken.</summary>
    [HubMethodName("watch")]
    public void Watch(WatchRequest request) => units.Watch(Context.ConnectionId, request);

    public override async Task OnConnectedAsync()
    {
        var tenant = await callers.AdmitAsync(Context);
        units.Connect(Context.ConnectionId, tenant, Context.Abort);
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        units.Disconnect(Context.ConnectionId);
        LiveCallers.Leave(Context);
        return Task.CompletedTask;
    }
}
