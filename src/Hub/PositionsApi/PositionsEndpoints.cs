using FieldCrm.Core;
using FieldCrm.Core.People;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.People;
using FieldCrm.Silo;
using FieldCrm.Silo.Positions;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Storage.Model;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Hub.PositionsApi;

/// <param name="Box">minLon,minLat,maxLon,maxLat in degrees; minLon greater than maxLon crosses the antimeridian.</param>
/// <param name="Limit">1 … 1000, 200 unless given.</param>
internal sealed record BoxParameters(string? Box, string? Limit, string? Cursor);

/// <param name="Count">1 … 100, 10 unless given.</param>
/// <param name="MaxAgeSeconds">Only devices whose last fix is not older.</param>
internal sealed record NearestParameters(string? Lat, string? Lon, string? Count, string? MaxAgeSeconds);

internal sealed record PageParameters(string? Limit, string? Cursor);

internal sealed record SearchParameters(string? Search, string? Limit, string? Cursor);

/// <summary>Where devices are now, from memory, and the list of devices.</summary>
internal static class PositionsEndpoints
{
    private const int MaxLimit = 1_000;
    private const int DefaultLimit = 200;

    public static void MapPositionsApi(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1").RequireAuthorization(Policies.ReadPositions).RequireTenant().WithTags("Positions")
            .ProducesProblem(StatusCodes.Status400BadRequest);
        group.MapGet("/positions", BoxAsync).WithName("GetPositions").WithSummary("Devices inside a box");
        group.MapGet("/positions/nearest", NearestAsync).WithName("GetNearest").WithSummary("Devices nearest to a point, nearest first");
        group.MapGet("/devices", DevicesAsync).WithName("ListDevices").WithSummary("Devices in the order of their ids, with their last positions");
        group.MapGet("/devices/{id}", DeviceAsync).WithName("GetDevice").WithSummary("One device")
            .NeedsReason().ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Results<Ok<PlacedPage>, ProblemHttpResult>> BoxAsync(
        [AsParameters] BoxParameters parameters, RequestTenant tenant, LastPositions positions, DeviceNames deviceNames,
        [FromKeyedServices(SiloServices.ProductClock)] TimeProvider clock, HttpContext http, CancellationToken cancellationToken)
    {
        _ = parameters;
        var query = new QueryText(http.Request.Query);
        var box = query.Box("box");
        var limit = query.Int("limit", DefaultLimit, 1, MaxLimit);
        var after = query.Cursor("cursor", PageCursor.DeviceOf);
        if (query.Failure is { } failure || box is not { } inside)
            return Problems.Of(query.Failure ?? throw new InvalidOperationException("A missing box is a refusal."));
        var found = positions.InBox(tenant.Id, inside, after, limit);
        var now = UtcMicros.From(clock.GetUtcNow());
        var names = await deviceNames.OfAsync(tenant.Id, found.Select(f => f.Device.Value), cancellationToken);
        return TypedResults.Ok(new PlacedPage(
            [.. found.Where(f => names.ContainsKey(f.Device.Value)).Select(f => Placed(f.Device, names[f.Device.Value], f.HeardAt, f.Last, null, now))],
            found.Count == limit ? PageCursor.Of(found[^1].Device) : null, positions.IsFilled));
    }

    private static async Task<Results<Ok<PlacedPage>, ProblemHttpResult>> NearestAsync(
        [AsParameters] NearestParameters parameters, RequestTenant tenant, LastPositions positions, DeviceNames deviceNames,
        [FromKeyedServices(SiloServices.ProductClock)] TimeProvider clock, HttpContext http, CancellationToken cancellationToken)
    {
        _ = parameters;
        var query = new QueryText(http.Request.Query);
        var point = query.Point("lat", "lon");
        var count = query.Int("count", 10, 1, 100);
        var maxAge = query.OptionalInt("maxAgeSeconds", 1, 366 * 86_400);
        if (query.Failure is { } failure || point is not { } near)
            return Problems.Of(query.Failure ?? throw new InvalidOperationException("A missing point is a refusal."));
        var now = UtcMicros.From(clock.GetUtcNow());
        var since = maxAge is { } seconds ? now.Minus(TimeSpan.FromSeconds(seconds)) : (UtcMicros?)null;
        var found = positions.Nearest(tenant.Id, near, count, since);
        var names = await deviceNames.OfAsync(tenant.Id, found.Select(f => f.Device.Value), cancellationToken);
        return TypedResults.Ok(new PlacedPage(
            [.. found.Where(f => names.ContainsKey(f.Device.Value))
                .Select(f => Placed(f.Device, names[f.Device.Value], f.HeardAt, f.Last, f.DistanceMm / 1_000.0, now))],
            null, positions.IsFilled));
    }

    private static async Task<Results<Ok<DevicePage>, ProblemHttpResult>> DevicesAsync(
        [AsParameters] SearchParameters parameters, RequestTenant tenant, LastPositions positions, FieldCrmDatabase database,
        [FromKeyedServices(SiloServices.ProductClock)] TimeProvider clock, HttpContext http, CancellationToken cancellationToken)
    {
        _ = parameters;
        var query = new QueryText(http.Request.Query);
        var limit = query.Int("limit", DefaultLimit, 1, MaxLimit);
        var after = query.Cursor("cursor", PageCursor.TextOf)?.Value ?? "";
        var search = query.Search("search");
        if (query.Failure is { } failure)
            return Problems.Of(failure);
        var (rows, hasMore) = await ListAsync(database, tenant.Id, search, after, limit, cancellationToken);
        var now = UtcMicros.From(clock.GetUtcNow());
        return TypedResults.Ok(new DevicePage(
            [.. rows.Select(d => DeviceView.Of(d, positions, now))], hasMore ? PageCursor.OfText(rows[^1].UniqueId) : null));
    }

    private static async Task<Results<Ok<DeviceView>, ProblemHttpResult>> DeviceAsync(
        string id, RequestTenant tenant, LastPositions positions, DeviceFinder devices, PersonalAccess people,
        [FromKeyedServices(SiloServices.ProductClock)] TimeProvider clock, HttpContext http, CancellationToken cancellationToken)
    {
        if (await devices.FindAsync(tenant.Id, id, cancellationToken) is not { } device)
            return Problems.Of(DeviceFinder.Unknown);
        return await people.OpenAsync(http, tenant, new DeviceId(device.DeviceId), LookedAt.Unit) is { } refusal
            ? Problems.Of(refusal) : TypedResults.Ok(DeviceView.Of(device, positions, UtcMicros.From(clock.GetUtcNow())));
    }

    /// <summary>A page of devices in the order of their own ids (byte order).</summary>
    public static async Task<(List<DeviceRow> Rows, bool HasMore)> ListAsync(
        FieldCrmDatabase database, TenantId tenant, string? search, string after, int limit, CancellationToken cancellationToken)
    {
        var pattern = QueryText.LikePattern(search);
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var rows = await scope.Context.Devices.Where(d => string.Compare(d.UniqueId, after) > 0 && (pattern == null
                || EF.Functions.ILike(d.UniqueId, pattern, QueryText.LikeEscape) || EF.Functions.ILike(d.Name, pattern, QueryText.LikeEscape)))
            .OrderBy(d => d.UniqueId).Take(limit + 1).ToListAsync(cancellationToken);
        var hasMore = rows.Count > limit;
        if (hasMore)
            rows.RemoveAt(limit);
        return (rows, hasMore);
    }

    private static PlacedDevice Placed(DeviceId number, DeviceName device, UtcMicros heardAt, in LastPosition last, double? distanceM, UtcMicros now) =>
        new(device.UniqueId, number.Value, device.Name, heardAt.ToDateTimeOffset(), PositionView.Of(last, now), distanceM);
}
