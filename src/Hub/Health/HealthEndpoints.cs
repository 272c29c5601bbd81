namespace FieldCrm.Hub.Health;

/// <summary>
/// GET /health/live: this process answers. GET /health/ready: it can store what it is sent; 503 with the reasons' codes
/// when not. Neither says anything about an instance's content.
/// </summary>
internal static class HealthEndpoints
{
    public static void AddHealth(this IServiceCollection services)
    {
        services.AddSingleton<IReadiness, DatabaseReadiness>();
        services.AddSingleton<SharedReadiness>();
    }

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Text("live\n"));
        routes.MapGet("/health/ready", ReadyAsync);
    }

    private static async Task<IResult> ReadyAsync(SharedReadiness readiness, CancellationToken cancellationToken)
    {
        var failures = await readiness.CheckAsync(cancellationToken);
        return failures.Count == 0
            ? Results.Text("ready\n")
            : Results.Text(string.Join('\n', failures.Select(f => f.Code)) + "\n", statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
