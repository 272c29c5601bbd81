using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.TenantsApi;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FieldCrm.Hub.AlarmsApi;

/// <param name="States">open, acknowledged, withdrawn; several with commas, all unless given.</param>
internal sealed record AlarmsParameters(string? States, string? Limit, string? Cursor);

/// <summary>What the whole fleet raised: <c>/api/v1/alarms</c>.</summary>
internal static class AlarmsEndpoints
{
    private const int MaxLimit = 1_000;
    private const int DefaultLimit = 100;

    private static readonly Failure Unknown = new("alarm.unknown", "There is no such alarm in this tenant.");

    public static IServiceCollection AddAlarmsApi(this IServiceCollection services) => services.AddSingleton<AlarmsReader>();

    public static void MapAlarmsApi(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/alarms").RequireTenant().WithTags("Alarms");
        group.MapGet("", ListAsync).RequireAuthorization(Policies.ReadPositions).WithName("ListAlarms").WithSummary("Alarms, newest first")
            .ProducesProblem(StatusCodes.Status400BadRequest);
        group.MapPost("/{alarmId}/acknowledge", AcknowledgeAsync).RequireAuthorization(Policies.Dispatch).WithName("AcknowledgeAlarm")
            .WithSummary("Somebody deals with it; who was first stays").ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<Results<Ok<AlarmPage>, ProblemHttpResult>> ListAsync(
        [AsParameters] AlarmsParameters parameters, RequestTenant tenant, AlarmsReader alarms, HttpContext http,
        CancellationToken cancellationToken)
    {
        _ = parameters; // documents the query; QueryText reads it, so that each refusal has its own code
        var query = new QueryText(http.Request.Query);
        var states = query.Mask("states", AlarmState.All);
        var limit = query.Int("limit", DefaultLimit, 1, MaxLimit);
        var before = query.Cursor("cursor", PageCursor.TimeAndGuidOf);
        if (query.Failure is { } failure)
            return Problems.Of(failure);
        var (page, open) = await alarms.PageAsync(tenant.Id, states, before, limit, cancellationToken);
        return TypedResults.Ok(new AlarmPage(
            page, open, page.Count == limit ? PageCursor.Of(UtcMicros.From(page[^1].StartedAt), page[^1].Id.ToString("D")) : null));
    }

    private static async Task<Results<Ok<AlarmView>, ProblemHttpResult>> AcknowledgeAsync(
        string alarmId, RequestTenant tenant, TenantAdministration tenants, AlarmsReader alarms, CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(alarmId, "D", out var id))
            return Problems.Of(Unknown);
        var outcome = await tenants.Grain(tenant.Id).DecideAsync(new AcknowledgeAlarm(id), tenant.By).WaitAsync(cancellationToken);
        if (outcome.Refusal is { } refusal)
            return Problems.Of(refusal);
        return await alarms.FindAsync(tenant.Id, id, cancellationToken) is { } alarm ? TypedResults.Ok(alarm) : Problems.Of(Unknown);
    }
}
