using FieldCrm.Core;
using FieldCrm.Core.People;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.People;
using FieldCrm.Hub.PositionsApi;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FieldCrm.Hub.EventsApi;

/// <param name="From">Received at or after this; ISO 8601.</param>
/// <param name="To">Received before this.</param>
internal sealed record QuarantineParameters(string? From, string? To, string? Limit, string? Cursor);

/// <summary>What happened: a device's net events, what of it lies in quarantine.</summary>
internal static class EventsEndpoints
{
    private const int MaxLimit = 1_000;
    private const int DefaultLimit = 100;

    public static IServiceCollection AddEventsApi(this IServiceCollection services) =>
        services.AddSingleton<EventsReader>().AddSingleton<FeedEndpoint>();

    public static void MapEventsApi(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1").RequireAuthorization(Policies.ReadPositions).RequireTenant().WithTags("Events")
            .ProducesProblem(StatusCodes.Status400BadRequest);
        group.MapGet("/events", (
                [AsParameters] FeedParameters parameters, HttpContext http, RequestTenant tenant, FeedEndpoint feed) => feed.HandleAsync(http, tenant))
            .WithName("FollowEvents").WithSummary("Everything that happened, in an order that never grows a hole; waits for the next event if asked to");
        group.MapGet("/devices/{id}/events", DeviceEventsAsync).WithName("ListDeviceEvents")
            .WithSummary("A device's trips, stands and alarms as its fixes tell them now, newest first")
            .NeedsReason().ProducesProblem(StatusCodes.Status404NotFound);
        group.MapGet("/devices/{id}/quarantine", QuarantineAsync).WithName("ListQuarantine")
            .WithSummary("What a device sent that cannot be true by itself, newest first")
            .NeedsReason().ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Results<Ok<DeviceEventPage>, ProblemHttpResult>> DeviceEventsAsync(
        string id, [AsParameters] PageParameters parameters, RequestTenant tenant, DeviceFinder devices, EventsReader events,
        PersonalAccess people, HttpContext http, CancellationToken cancellationToken)
    {
        _ = parameters;
        var query = new QueryText(http.Request.Query);
        var limit = query.Int("limit", DefaultLimit, 1, MaxLimit);
        var before = query.Cursor("cursor", PageCursor.TimeAndGuidOf);
        if (query.Failure is { } failure)
            return Problems.Of(failure);
        if (await devices.FindAsync(tenant.Id, id, cancellationToken) is not { } device)
            return Problems.Of(DeviceFinder.Unknown);
        if (await people.OpenAsync(http, tenant, new DeviceId(device.DeviceId), LookedAt.Events) is { } refusal)
            return Problems.Of(refusal);
        var found = await events.OfDeviceAsync(tenant.Id, new DeviceId(device.DeviceId), before, limit, cancellationToken);
        return TypedResults.Ok(new DeviceEventPage(
            found, found.Count == limit ? CursorOf(found[^1].StartedAt, found[^1].Id) : null));
    }

    private static async Task<Results<Ok<QuarantinePage>, ProblemHttpResult>> QuarantineAsync(
        string id, [AsParameters] QuarantineParameters parameters, RequestTenant tenant, DeviceFinder devices, EventsReader events,
        PersonalAccess people, HttpContext http, CancellationToken cancellationToken)
    {
        _ = parameters;
        var query = new QueryText(http.Request.Query);
        var (from, to) = (query.Time("from"), query.Time("to"));
        var limit = query.Int("limit", DefaultLimit, 1, MaxLimit);
        var before = query.Cursor("cursor", PageCursor.TimeAndNumberOf);
        if (query.Failure is { } failure)
            return Problems.Of(failure);
        if (await devices.FindAsync(tenant.Id, id, cancellationToken) is not { } device)
            return Problems.Of(DeviceFinder.Unknown);
        if (await people.OpenAsync(http, tenant, new DeviceId(device.DeviceId), LookedAt.Events) is { } refusal)
            return Problems.Of(refusal);
        var (found, hasMore) = await events.QuarantineAsync(
            tenant.Id, new DeviceId(device.DeviceId), from, to, before, limit, cancellationToken);
        return TypedResults.Ok(new QuarantinePage(
            found,
            hasMore ? PageCursor.Of(UtcMicros.From(found[^1].ReceivedAt), $"{found[^1].Id}") : null));
    }

    private static string CursorOf(DateTimeOffset time, Guid id) => PageCursor.Of(UtcMicros.From(time), id.ToString("D"));
}
