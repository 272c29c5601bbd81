using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using Microsoft.AspNetCore.SignalR;

namespace FieldCrm.Hub.Live;

/// <summary>
/// A connection's token belongs to whoever used it first. With long polling every request carries it, and takes what waits for the
/// connection: without this, whoever learnt the token would be handed what is another's.
/// </summary>
internal sealed class ConnectionOwners
{
    private const string QueryParameter = "id";

    // The server's own have 22 characters; a longer one is no connection's and is not remembered.
    private const int MaxLength = 64;

    // Twice what the server takes of connections; one that is polled stays remembered.
    private const int MaxTokens = 40_000;

    private readonly Lock _gate = new();
    private readonly GenerationalCache<string, string> _owners = new(MaxTokens);

    /// <summary>After authorization.</summary>
    public static void Use(IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<HubMetadata>() is not null && context.Request.Query[QueryParameter].ToString() is { Length: > 0 } token
            && !context.RequestServices.GetRequiredService<ConnectionOwners>().IsOf(token, LiveCallers.CallerOf(context.User)))
        {
            await Problems.WriteAsync(context, Problems.Forbidden);
            return;
        }
        await next(context);
    });

    private bool IsOf(string token, string caller)
    {
        if (token.Length > MaxLength)
            return true; // and answered as unknown
        lock (_gate)
        {
            if (_owners.Find(token) is { } owner)
                return owner == caller;
            _owners.Set(token, caller);
            return true;
        }
    }
}
