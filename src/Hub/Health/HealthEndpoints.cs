using FieldCrm.Core;

namespace FieldCrm.Hub.Health;

/// <summary>
/// GET /health/live: this process answers. GET /health/ready: it can store what it is sent; 503 with the reasons' codes
/// when not. Neither says anything about an instance's content.
/// </summary>
internal static class HealthEndpoints
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    public static void AddHealth(this IServiceCollection services) =>
        services.AddSingleton<IReadiness, DatabaseReadiness>();

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Text("live\n"));
        routes.MapGet("/health/ready", ReadyAsync);
    }

    private static async Task<IResult> ReadyAsync(
        IEnumerable<IReadiness> conditions, CancellationToken cancellationToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(Deadline);
        var failures = new List<Failure>();
        foreach (var condition in conditions)
        {
            if (await condition.CheckAsync(bounded.Token) is { } failure)
                failures.Add(failure);
        }
        return failures.Count == 0
            ? Results.Text("ready\n")
            : Results.Text(string.Join('\n', failures.Select(f => f.Code)) + "\n", statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
