using System.Collections.Concurrent;
using System.Security.Claims;
using FieldCrm.Core;
using FieldCrm.Hub.Identity;
using Microsoft.AspNetCore.SignalR;

namespace FieldCrm.Hub.Live;

/// <summary>Who holds a live connection: his tenant, how many he may hold, and that it ends with his session.</summary>
internal sealed class LiveCallers(TenantNames tenants, SessionEndings sessions)
{
    /// <summary>Connections of one person or program: a dozen windows with both hubs, and what reconnects leave behind.</summary>
    public const int MaxConnections = 32;

    /// <summary>With the instance's credential: nobody's own, but its programs'.</summary>
    public const int MaxOperatorConnections = 1_024;

    public const string TooMany = "live.too-many-connections";

    private static readonly object Key = new();

    private readonly ConcurrentDictionary<string, int> _connections = new();

    /// <exception cref="HubException">He holds too many, or there is no such tenant; the connection is closed.</exception>
    public async Task<TenantId> AdmitAsync(HubCallerContext context)
    {
        var user = context.User ?? throw new HubException("auth.required");
        var tenant = await TenantOfAsync(context, user) ?? throw new HubException("tenant.unknown");
        var caller = CallerOf(user);
        if (_connections.AddOrUpdate(caller, 1, static (_, held) => held + 1)
            > (caller == Policies.OperatorRole ? MaxOperatorConnections : MaxConnections))
        {
            Release(caller);
            throw new HubException(TooMany);
        }
        context.Items[Key] = new Place(this, caller, sessions.Watch(user, context.Abort));
        return tenant;
    }

    /// <summary>A user's id or that of a program's token; the operator where it is neither.</summary>
    public static string CallerOf(ClaimsPrincipal user) =>
        SessionCookie.UserOf(user) is null && user.IsInRole(Policies.OperatorRole) ? Policies.OperatorRole
        : user.FindFirstValue(ClaimTypes.NameIdentifier) ?? user.FindFirstValue(SessionCookie.TokenClaim) ?? throw new HubException("auth.required");

    public static void Leave(HubCallerContext context)
    {
        if (context.Items.Remove(Key, out var held) && held is Place place)
            place.Dispose();
    }

    private async ValueTask<TenantId?> TenantOfAsync(HubCallerContext context, ClaimsPrincipal user)
    {
        if (!user.IsInRole(Policies.OperatorRole))
            return SessionCookie.TenantOf(user);
        var name = context.GetHttpContext()?.Request.Query[RequestTenant.QueryParameter].ToString();
        return await tenants.FindAsync(string.IsNullOrEmpty(name) ? RequestTenant.DefaultName : name, context.ConnectionAborted);
    }

    private void Release(string caller)
    {
        var held = _connections.AddOrUpdate(caller, 0, static (_, held) => held - 1);
        if (held <= 0)
            _connections.TryRemove(KeyValuePair.Create(caller, held));
    }

    private sealed class Place(LiveCallers callers, string caller, IDisposable watch) : IDisposable
    {
        public void Dispose()
        {
            watch.Dispose();
            callers.Release(caller);
        }
    }
}
