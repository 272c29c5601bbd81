using FieldCrm.Hub.Ingest.Protocols;
using Microsoft.AspNetCore.Mvc;

namespace FieldCrm.Hub.Ingest;

/// <summary>The listeners of trackers and of our own apps.</summary>
internal static class IngestServices
{
    public static IServiceCollection AddIngest(this IServiceCollection services)
    {
        services.AddSingleton<IngestMetrics>();
        services.AddSingleton<UnregisteredDevices>();
        services.AddHostedService(services => services.GetRequiredService<UnregisteredDevices>());
        services.AddSingleton<IngestPipeline>();
        services.AddSingleton<OsmAndEndpoint>();
        services.AddSingleton<FixesEndpoint>();
        return services;
    }

    public static void MapIngest(this IEndpointRouteBuilder routes)
    {
        var osmAnd = routes.ServiceProvider.GetRequiredService<OsmAndEndpoint>();
        var fixes = routes.ServiceProvider.GetRequiredService<FixesEndpoint>();
        routes.MapMethods("/osmand/{token}", [HttpMethods.Get, HttpMethods.Post],
            http => osmAnd.HandleAsync(http, (string?)http.Request.RouteValues["token"]));
        routes.MapPost("/api/v1/fixes", fixes.HandleAsync)
            .WithMetadata(new RequestSizeLimitAttribute(FixesJsonDecoder.MaxBytes));
    }

    /// <summary>
    /// The plain tracker port serves trackers and nothing else: <c>/osmand/TOKEN</c>, or <c>/</c> with a bare id.
    /// </summary>
    public static void UseTrackerPort(this WebApplication app, int? trackerPort)
    {
        if (trackerPort is not { } port)
            return;
        var osmAnd = app.Services.GetRequiredService<OsmAndEndpoint>();
        app.MapWhen(http => http.Connection.LocalPort == port, branch => branch.Run(http =>
        {
            var path = http.Request.Path.Value ?? "/";
            if (path == "/")
                return osmAnd.HandleAsync(http, token: null);
            if (path.StartsWith("/osmand/", StringComparison.Ordinal) && path.IndexOf('/', "/osmand/".Length) < 0)
                return osmAnd.HandleAsync(http, path["/osmand/".Length..]);
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }));
    }
}
