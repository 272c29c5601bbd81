using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.TenantsApi;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FieldCrm.Hub.AuditApi;

/// <param name="Actor">A user's name or id, an API token's id, or operator, system, unknown.</param>
/// <param name="Kind">What happened, such as <c>UserAdded</c>.</param>
/// <param name="From">ISO 8601; the first moment meant.</param>
/// <param name="To">ISO 8601; the first moment no longer meant.</param>
/// <param name="Limit">1 … 1000 entries a page, 100 unless given.</param>
internal sealed record AuditParameters(string? Actor, string? Kind, string? From, string? To, string? Limit, string? Cursor);

/// <param name="Kind">user, token, operator, system, or unknown for what is older than this product's memory of it.</param>
internal sealed record AuditActor(string Kind, Guid? Id, string? Name);

/// <param name="Number">Of the tenant's ledger: rises by one with each event, so a missing one is seen.</param>
/// <param name="User">The name of the user whom it is about.</param>
/// <param name="Device">The id of the device that it is about.</param>
/// <param name="Details">The event's other members; absent when they were erased.</param>
internal sealed record AuditEntry(
    long Number, DateTimeOffset At, string Kind, AuditActor By, string? User, string? Device, JsonElement? Details);

/// <param name="NextCursor">For the next, older page. A page with a filter may be short, even empty, and have one.</param>
internal sealed record AuditPage(IReadOnlyList<AuditEntry> Entries, string? NextCursor);

/// <summary><c>GET /api/v1/audit</c>: who changed what in the tenant, from its ledger.</summary>
internal static class AuditEndpoints
{
    private const int MaxLimit = 1_000;
    private const int DefaultLimit = 100;

    public static readonly string[] Kinds =
        [.. typeof(TenantEvent).GetCustomAttributes(typeof(JsonDerivedTypeAttribute), inherit: false)
            .Cast<JsonDerivedTypeAttribute>().Select(t => t.DerivedType.Name)];

    public static IServiceCollection AddAuditApi(this IServiceCollection services) => services.AddSingleton<AuditReader>();

    public static void MapAuditApi(this IEndpointRouteBuilder app) => app.MapGet("/api/v1/audit", ListAsync)
        .RequireAuthorization(Policies.ReadAudit).RequireTenant().WithTags("Audit").WithName("ListAudit")
        .WithSummary("Who changed what, newest first").ProducesProblem(StatusCodes.Status400BadRequest);

    private static async Task<Results<Ok<AuditPage>, ProblemHttpResult>> ListAsync(
        [AsParameters] AuditParameters parameters, RequestTenant tenant, AuditReader audit, TenantAdministration tenants,
        HttpContext http, CancellationToken cancellationToken)
    {
        _ = parameters;
        var query = new QueryText(http.Request.Query);
        var kind = query.Word("kind", Kinds);
        var (from, to) = (query.Time("from"), query.Time("to"));
        var limit = query.Int("limit", DefaultLimit, 1, MaxLimit);
        var before = query.Cursor<long>("cursor", text => PageCursor.TextOf(text) is { } cursor
            && long.TryParse(cursor.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null);
        var actor = query.Text("actor");
        if (query.Failure is { } failure)
            return Problems.Of(failure);
        var question = new AuditQuestion(ActorKind: null, ActorId: null, kind, from, to, before, limit);
        switch (actor)
        {
            case null:
                break;
            case ActorKind.Operator or ActorKind.System or AuditQuestion.UnknownActor:
                question = question with { ActorKind = actor };
                break;
            case var _ when Guid.TryParse(actor, out var id):
                question = question with { ActorId = id };
                break;
            default:
                if (actor.Contains('\0', StringComparison.Ordinal) || await tenants.FindUserAsync(tenant.Id, actor, cancellationToken) is not { } user)
                    return Problems.Of(TenantAdministration.UnknownUser);
                question = question with { ActorId = user.UserId };
                break;
        }
        return TypedResults.Ok(await audit.ReadAsync(tenant.Id, question, cancellationToken));
    }
}
