using FieldCrm.Core;
using FieldCrm.Core.People;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.People;
using FieldCrm.Silo;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FieldCrm.Hub.UnitsApi;

/// <param name="From">The day's first moment where its reader is, ISO 8601; a day before <paramref name="To"/> unless given.</param>
/// <param name="To">The first moment of the next; now unless given. At most 48 hours after <paramref name="From"/>.</param>
internal sealed record DayParameters(string? From, string? To);

internal sealed record MarkedParameters(string? From, string? To, string? Limit, string? Cursor);

/// <summary>A unit's day, whose bounds its reader's zone decides: <c>/api/v1/units/{id}/day</c>.</summary>
internal static class UnitDayEndpoints
{
    private const int MaxLimit = 1_000;
    private const int DefaultLimit = 200;

    private static readonly UtcMicros Earliest = UtcMicros.From(new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero));
    // A day has 25 hours at most; two of them leave room for who asks a little more.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(48);

    public static void MapUnitDayApi(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/units/{id}/day").RequireAuthorization(Policies.ReadPositions).RequireTenant().WithTags("Units")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
        group.MapGet("", DayAsync).WithName("GetUnitDay").WithSummary("What a unit did between two moments: figures, trips, stops and a simplified track")
            .NeedsReason()
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group.MapGet("/marked", MarkedAsync).WithName("ListMarkedFixes").WithSummary("Positions of that time that are thought implausible, oldest first").NeedsReason();
    }

    private static async Task<Results<Ok<UnitDayView>, ProblemHttpResult>> DayAsync(
        string id, [AsParameters] DayParameters parameters, RequestTenant tenant, DeviceFinder devices, UnitDayReader days, PersonalAccess people,
        [FromKeyedServices(SiloServices.ProductClock)] TimeProvider clock, HttpContext http, CancellationToken cancellationToken)
    {
        _ = parameters; // documents the query; QueryText reads it, so that each refusal has its own code
        var query = new QueryText(http.Request.Query);
        var (from, to) = Bounds(query, clock);
        if (query.Failure is { } failure)
            return Problems.Of(failure);
        if (await devices.FindAsync(tenant.Id, id, cancellationToken) is not { DisabledAt: null } device)
            return Problems.Of(DeviceFinder.Unknown);
        if (await people.OpenAsync(http, tenant, new DeviceId(device.DeviceId), LookedAt.Day, from, to) is { } refusal)
            return Problems.Of(refusal);
        return await days.ReadAsync(tenant.Id, new DeviceId(device.DeviceId), from, to, cancellationToken) is { } day
            ? TypedResults.Ok(day) : Problems.Of(Problems.Unavailable);
    }

    private static async Task<Results<Ok<MarkedPage>, ProblemHttpResult>> MarkedAsync(
        string id, [AsParameters] MarkedParameters parameters, RequestTenant tenant, DeviceFinder devices, UnitDayReader days, PersonalAccess people,
        [FromKeyedServices(SiloServices.ProductClock)] TimeProvider clock, HttpContext http, CancellationToken cancellationToken)
    {
        _ = parameters;
        var query = new QueryText(http.Request.Query);
        var (from, to) = Bounds(query, clock);
        var limit = query.Int("limit", DefaultLimit, 1, MaxLimit);
        var after = query.Cursor("cursor", PageCursor.FixKeyOf);
        if (query.Failure is { } failure)
            return Problems.Of(failure);
        if (await devices.FindAsync(tenant.Id, id, cancellationToken) is not { DisabledAt: null } device)
            return Problems.Of(DeviceFinder.Unknown);
        if (await people.OpenAsync(http, tenant, new DeviceId(device.DeviceId), LookedAt.Day, from, to) is { } refusal)
            return Problems.Of(refusal);
        var found = await days.MarkedAsync(tenant.Id, new DeviceId(device.DeviceId), from, to, after, limit, cancellationToken);
        return TypedResults.Ok(new MarkedPage(
            [.. found.Select(f => f.View)], found.Count == limit ? PageCursor.Of(found[^1].Key) : null));
    }

    private static (UtcMicros From, UtcMicros To) Bounds(QueryText query, TimeProvider clock)
    {
        var now = UtcMicros.From(clock.GetUtcNow());
        var to = query.Time("to") ?? now;
        var from = query.Time("from") ?? to.Minus(TimeSpan.FromDays(1));
        if (from < Earliest || from > now.Plus(Longest))
            query.Refuse("from", "a moment since 2000 and not in the future");
        else if (from >= to || to.Value - from.Value > (long)Longest.TotalMicroseconds)
            query.Refuse("to", $"later than from, by {Longest.TotalHours:0} hours at most");
        return (from, to);
    }
}
