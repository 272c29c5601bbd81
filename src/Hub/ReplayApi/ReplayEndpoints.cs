using System.Globalization;
using FieldCrm.Core;
using FieldCrm.Core.People;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.People;
using FieldCrm.Hub.UnitsApi;
using FieldCrm.Silo.Positions;
using FieldCrm.Silo.Replay;
using Microsoft.Extensions.Options;

namespace FieldCrm.Hub.ReplayApi;

/// <param name="From">First moment, ISO 8601.</param>
/// <param name="To">First moment no longer meant.</param>
/// <param name="Unit">Numbers of units; all of them unless given.</param>
/// <param name="Reason">Why people are looked at; without one they are left out. Instead of the header X-Reason.</param>
internal sealed record ReplayParameters(string? From, string? To, string[]? Unit, string? Reason);

/// <summary>Where the fleet was in a span of time: <c>GET /api/v1/replay</c>, in the format of docs/wire/REPLAY.md.</summary>
internal static class ReplayEndpoints
{
    /// <summary>A week with a change of clocks in it.</summary>
    public static readonly TimeSpan MaxSpan = TimeSpan.FromHours(7 * 24 + 1);

    /// <summary>As many as fit into an address.</summary>
    public const int MaxUnits = 200;

    /// <summary>How many people had a shift in the span and are not in the answer, for want of a reason.</summary>
    public const string PeopleLeftOutHeader = "X-People-Left-Out";

    private static readonly Failure TooLong = new(
        "replay.span-too-long", $"A replay spans at most {MaxSpan.TotalHours:0} hours: ask for a part of it.");

    public static IServiceCollection AddReplayApi(this IServiceCollection services)
    {
        services.AddOptions<ReplayOptions>().BindConfiguration("Replay").ValidateDataAnnotations().ValidateOnStart();
        return services;
    }

    public static void MapReplayApi(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/replay", ReplayAsync).RequireAuthorization(Policies.ReadPositions).RequireTenant()
            .WithTags("Tracks").WithName("GetReplay")
            .WithSummary("Where units were in a span of time, an hour after the other (docs/wire/REPLAY.md)")
            .Produces<Stream>(StatusCodes.Status200OK, ReplayAnswer.ContentType).Produces(StatusCodes.Status304NotModified)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status413PayloadTooLarge);

    private static async Task<IResult> ReplayAsync(
        [AsParameters] ReplayParameters parameters, RequestTenant tenant, UnitDirectory units, LastPositions positions, ReplayReader reader,
        PersonalAccess access, IOptions<ReplayOptions> options, HttpContext http, CancellationToken cancellationToken)
    {
        _ = parameters; // documents the query; QueryText reads it, so that each refusal has its own code
        var text = new QueryText(http.Request.Query);
        var (from, to) = (UnixMs(text, "from"), UnixMs(text, "to"));
        var asked = text.Numbers("unit", MaxUnits);
        if (text.Failure is null && from >= to)
            text.Refuse("to", "later than from");
        if (text.Failure is { } failure)
            return Problems.Of(failure);
        if (to - from > MaxSpan.TotalMilliseconds)
            return Problems.Of(TooLong);
        var (refusal, people) = await access.OpenManyAsync(
            http, tenant, LookedAt.Replay, UtcMicros.FromUnixMilliseconds(from), UtcMicros.FromUnixMilliseconds(to), asked);
        if (refusal is not null)
            return Problems.Of(refusal);
        http.Response.Headers[PeopleLeftOutHeader] = people.LeftOut.ToString(CultureInfo.InvariantCulture);
        var query = new ReplayQuery(from, to, await UnitsAsync(tenant.Id, asked, people, units, positions, cancellationToken));
        var extent = await reader.MeasureAsync(tenant.Id, query, options.Value.MaxFixes, cancellationToken);
        if (extent.Fixes > options.Value.MaxFixes)
            return Problems.Of(TooLarge(options.Value.MaxFixes));
        var tag = ReplayAnswer.TagOf(query, extent);
        if (!ReplayAnswer.IsKnown(http.Request, tag))
            return new ReplayAnswer(reader, tenant.Id, query, tag);
        ReplayAnswer.SetHeaders(http.Response, tag);
        return TypedResults.StatusCode(StatusCodes.Status304NotModified);
    }

    /// <summary>The tenant's units that may be shown; of those that were asked for, where some were. What is not there is not told.</summary>
    private static async Task<IReadOnlyList<ReplayUnit>> UnitsAsync(
        TenantId tenant, HashSet<int>? asked, PersonalSpan people, UnitDirectory units, LastPositions positions, CancellationToken cancellationToken) =>
        [.. (await units.OfAsync(tenant, cancellationToken)).Where(u => (asked?.Contains(u.Device.Value) ?? true) && people.Includes(u.Device))
            .Select(u => new ReplayUnit(u.Device, positions.MarksOf(tenant, u.Device).Kind)).OrderBy(u => u.Device.Value)];

    private static Failure TooLarge(int maxFixes) => new("replay.too-large", string.Create(
        CultureInfo.InvariantCulture, $"A replay holds at most {maxFixes:#,0} fixes: ask for a shorter span or for fewer units."));

    // 0 where there is none, which is refused.
    private static long UnixMs(QueryText text, string name)
    {
        if (text.Time(name) is { } time)
            return time.Value / UtcMicros.PerMillisecond;
        text.Refuse(name, "given: a time in ISO 8601");
        return 0;
    }
}
