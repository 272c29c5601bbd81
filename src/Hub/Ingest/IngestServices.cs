using FieldCrm.Hub.Ingest.Protocols;
using Microsoft.AspNetCore.Mvc;

namespace FieldCrm.Hub.Ingest;

/// <summary>Metadata of an endpoint that devices report to.</summary>
internal sealed record FromDevices;

/// <summary>The listeners of trackers and of our own apps.</summary>
internal static class IngestServices
{
    public static IServiceCollection AddIngest(this IServiceCollection services)
    {
        services.AddSingleton<IngestMetrics>();
        services.AddSingleton<IngestLimits>();
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
        // Delegates, so that they stand in the description of the API.
        routes.MapGet("/osmand/{token}", (HttpContext http, string token) => osmAnd.HandleAsync(http, token)).Described("GetOsmAnd");
        routes.MapPost("/osmand/{token}", (HttpContext http, string token) => osmAnd.HandleAsync(http, token)).Described("PostOsmAnd");
        routes.MapPost("/api/v1/fixes", (Delegate)fixes.HandleAsync)
            .WithMetadata(new RequestSizeLimitAttribute(FixesJsonDecoder.MaxBytes), new FromDevices())
            .WithName("PostFixes").WithTags("Ingest").WithSummary("Fixes of one device, its token as Bearer (docs/wire/FIXES.md)")
            .Accepts<FixesBody>("application/json").Produces<FixesAnswer>()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static void Described(this RouteHandlerBuilder osmAnd, string name) => osmAnd
        .WithMetadata(new FromDevices()).WithName(name).WithTags("Ingest").WithSummary("One position of a tracker that speaks OsmAnd (docs/wire/OSMAND.md)")
        .Produces(StatusCodes.Status200OK).ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    /// <summary>
    /// A device shows its own token and nothing else: what people are looked at for (session, role, tenant, where the
    /// request comes from) is not looked for in its reports. That is an eighth of what a report costs the server.
    /// </summary>
    public static void UseDeviceReports(this IApplicationBuilder app) => app.Use((http, next) =>
        http.GetEndpoint() is { RequestDelegate: { } answer } endpoint && endpoint.Metadata.GetMetadata<FromDevices>() is not null
            ? answer(http) : next(http));

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
            if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsPost(http.Request.Method))
            {
                http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                http.Response.Headers.Allow = "GET, POST";
                return Task.CompletedTask;
            }
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
