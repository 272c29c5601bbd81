using FieldCrm.Core.Live;
using Microsoft.AspNetCore.Http.Connections;

namespace FieldCrm.Hub.Live;

internal static class LiveServices
{
    // A watch with its longest text is below 1 KB, a token below 100 bytes.
    private const long MaxMessageBytes = 4 * 1024;

    // What one connection may hold on its way out before it counts as not read: a snapshot more, and it waits.
    private const long MaxBufferedBytes = 64 * 1024;

    public static IServiceCollection AddLive(this IServiceCollection services)
    {
        services.AddOptions<LiveOptions>().BindConfiguration("Live").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<LiveMetrics>();
        services.AddSingleton<LiveCallers>();
        services.AddSingleton<ConnectionOwners>();
        services.AddSingleton<LiveUnits>();
        services.AddHostedService(provider => provider.GetRequiredService<LiveUnits>());
        services.AddSignalR(hubs =>
            {
                hubs.MaximumReceiveMessageSize = MaxMessageBytes;
                hubs.EnableDetailedErrors = false;
                hubs.KeepAliveInterval = TimeSpan.FromSeconds(10);
                hubs.ClientTimeoutInterval = TimeSpan.FromSeconds(30);
                hubs.HandshakeTimeout = TimeSpan.FromSeconds(10);
            })
            .AddMessagePackProtocol(protocol => protocol.SerializerOptions = LiveMessagePack.Options)
            .AddJsonProtocol(protocol => protocol.PayloadSerializerOptions = new(LiveJson.Default.Options))
            .AddHubOptions<UnitsHub>(hub => hub.SupportedProtocols = ["messagepack"])
            .AddHubOptions<EventsHub>(hub => hub.SupportedProtocols = ["json"]);
        return services;
    }

    public static void MapLive(this IEndpointRouteBuilder app)
    {
        app.MapHub<UnitsHub>(UnitsHub.Path, Limit).ExcludeFromDescription();
        app.MapHub<EventsHub>(EventsHub.Path, Limit).ExcludeFromDescription();
    }

    private static void Limit(HttpConnectionDispatcherOptions connection)
    {
        connection.Transports = HttpTransportType.WebSockets | HttpTransportType.LongPolling;
        connection.TransportMaxBufferSize = MaxBufferedBytes;
        connection.ApplicationMaxBufferSize = MaxBufferedBytes;
        connection.CloseOnAuthenticationExpiration = true;
    }
}
