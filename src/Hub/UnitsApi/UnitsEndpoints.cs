using FieldCrm.Core;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.People;
using FieldCrm.Silo;
using FieldCrm.Silo.Positions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FieldCrm.Hub.UnitsApi;

/// <param name="Search">Part of a name or an id, in any case.</param>
/// <param name="Kinds">vehicle, person, asset; several with commas.</param>
/// <param name="Availabilities">unknown, available, busy, onBreak, offDuty, outOfService; several with commas.</param>
/// <param name="Motions">unknown, moving, idle, stopped; several with commas.</param>
/// <param name="NearLat">With nearLon a place in degrees; each unit says how far from it it was last.</param>
/// <param name="NearLon">See nearLat.</param>
/// <param name="Sort">
/// name, heard, availability, motion or distance; distance where a place is given, else name. By distance, units that were never seen are
/// left out, and of equally distant ones the lower number comes first.
/// </param>
/// <param name="Offset">Units to leave out at the beginning.</param>
internal sealed record UnitsParameters(
    string? Search, string? Kinds, string? Availabilities, string? Motions, string? MaxAgeSeconds, string? Box, string? NearLat, string? NearLon,
    string? Sort, string? Offset, string? Limit);

/// <summary>The list of units beside the map: names and positions from memory, what people said of a page's units by their keys.</summary>
internal static class UnitsEndpoints
{
    public const int MaxLookup = 500;
    private const int MaxLimit = 500;
    private const int DefaultLimit = 100;

    public static IServiceCollection AddUnitsApi(this IServiceCollection services) => services
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<UnitDirectory>(
            provider, provider.GetRequiredKeyedService<TimeProvider>(SiloServices.ProductClock)))
        .AddSingleton<AvailabilityReader>()
        .AddSingleton<UnitAdministration>()
        .AddSingleton<UnitDayReader>();

    public static void MapUnitsApi(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/api/v1/units").RequireAuthorization(Policies.ReadPositions).RequireTenant().WithTags("Units")
            .ProducesProblem(StatusCodes.Status400BadRequest);
        group.MapGet("", ListAsync).WithName("ListUnits").WithSummary("Units with their last positions: filtered, sorted, a page of them and how many there are");
        group.MapPost("/lookup", LookUpAsync).WithName("LookUpUnits").WithSummary("Units by the numbers that the live picture calls them");
    }

    private static async Task<Results<Ok<UnitsPage>, ProblemHttpResult>> ListAsync(
        [AsParameters] UnitsParameters parameters, RequestTenant tenant, UnitDirectory units, PersonalAccess people, LastPositions positions, AvailabilityReader availabilities,
        [FromKeyedServices(SiloServices.ProductClock)] TimeProvider clock, HttpContext http, CancellationToken cancellationToken)
    {
        _ = parameters; // documents the query; QueryText reads it, so that each refusal has its own code
        var now = UtcMicros.From(clock.GetUtcNow());
        var text = new QueryText(http.Request.Query);
        var query = UnitQuery.Read(text, now, DefaultLimit, MaxLimit);
        if (text.Failure is { } failure)
            return Problems.Of(failure);
        var (page, total) = query.Answer(tenant.Id, await ShownAsync(tenant.Id, units, people, cancellationToken), positions, now);
        return TypedResults.Ok(new UnitsPage(await WithAsync(tenant.Id, page, availabilities, cancellationToken), total, positions.IsFilled));
    }

    private static async Task<Results<Ok<UnitsPage>, ProblemHttpResult>> LookUpAsync(
        UnitsToLookUp wanted, RequestTenant tenant, UnitDirectory units, PersonalAccess people, LastPositions positions, AvailabilityReader availabilities,
        [FromKeyedServices(SiloServices.ProductClock)] TimeProvider clock, CancellationToken cancellationToken)
    {
        if (wanted.Numbers.Count > MaxLookup)
            return Problems.Of(new Failure("query.numbers-invalid", $"At most {MaxLookup} numbers at once."));
        var now = UtcMicros.From(clock.GetUtcNow());
        var numbers = wanted.Numbers.ToHashSet();
        UnitView[] found = [.. (await ShownAsync(tenant.Id, units, people, cancellationToken)).Where(u => numbers.Contains(u.Device.Value))
            .Select(u => UnitQuery.View(tenant.Id, u, positions, now))];
        return TypedResults.Ok(new UnitsPage(await WithAsync(tenant.Id, found, availabilities, cancellationToken), found.Length, positions.IsFilled));
    }

    private static async Task<IReadOnlyList<UnitView>> WithAsync(
        TenantId tenant, IReadOnlyList<UnitView> page, AvailabilityReader availabilities, CancellationToken cancellationToken)
    {
        var said = await availabilities.OfAsync(tenant, [.. page.Select(u => u.Number)], cancellationToken);
        return [.. page.Select(u => u.With(said.GetValueOrDefault(u.Number)))];
    }

    // Who is not on shift is nobody's unit.
    private static async ValueTask<IReadOnlyList<UnitName>> ShownAsync(
        TenantId tenant, UnitDirectory units, PersonalAccess people, CancellationToken cancellationToken)
    {
        var personal = await people.PeopleAsync(tenant, cancellationToken);
        var all = await units.OfAsync(tenant, cancellationToken);
        return personal.Count == 0
            ? all : [.. all.Where(u => !personal.TryGetValue(u.Device.Value, out var person) || person.OnShiftSince is not null)];
    }
}
