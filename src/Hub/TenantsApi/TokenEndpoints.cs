using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.PositionsApi;
using FieldCrm.Silo;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Storage.Model;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Hub.TenantsApi;

/// <param name="Role">What the program may do; never more than its maker may, now and later.</param>
/// <param name="Days">1 … 366 until it ends; 90 unless given.</param>
internal sealed record TokenToAdd(string Name, string Role, int? Days = null);

/// <param name="Token">Goes into <c>Authorization: Bearer …</c>; shown this once.</param>
internal sealed record TokenMade(Guid Id, string Name, string Role, string Token, DateTimeOffset ExpiresAt);

/// <param name="MadeBy">The id of the user who made it; absent for the operator.</param>
/// <param name="MadeByName">What he is called.</param>
/// <param name="LastUsedAt">To ten minutes or so; absent when it was never used.</param>
internal sealed record TokenView(
    Guid Id, string Name, string Role, Guid? MadeBy, string? MadeByName, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt,
    DateTimeOffset? LastUsedAt);

internal sealed record TokenPage(IReadOnlyList<TokenView> Tokens, string? NextCursor);

/// <summary><c>/api/v1/tokens</c>: bearer tokens for programs.</summary>
internal static class TokenEndpoints
{
    private const int DefaultDays = 90;
    private const int MaxLimit = 1_000;
    private const int DefaultLimit = 200;

    public static void MapTokens(this IEndpointRouteBuilder api)
    {
        var tokens = api.MapGroup("/tokens").RequireAuthorization(Policies.Administer).ForPeopleOnly().RequireTenant().WithTags("Tokens")
            .ProducesProblem(StatusCodes.Status400BadRequest);
        tokens.MapGet("", ListAsync).Produces<TokenPage>().WithName("ListTokens").WithSummary("Programs' tokens, oldest first; never the tokens themselves");
        tokens.MapPost("", AddAsync).Produces<TokenMade>().WithSummary("Makes a token for a program; it is shown this once")
            .ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status409Conflict);
        tokens.MapPost("/{tokenId:guid}/revoke", RevokeAsync).Produces(StatusCodes.Status204NoContent)
            .WithSummary("The token stops working within 5 s").ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> ListAsync(
        [AsParameters] PageParameters parameters, RequestTenant tenant, FieldCrmDatabase database, HttpContext http, CancellationToken cancellationToken)
    {
        _ = parameters;
        var query = new QueryText(http.Request.Query);
        var limit = query.Int("limit", DefaultLimit, 1, MaxLimit);
        var after = query.Cursor("cursor", PageCursor.TimeAndGuidOf);
        if (query.Failure is { } failure)
            return Problems.Of(failure);
        await using var scope = await TenantScope.OpenAsync(database, tenant.Id, cancellationToken);
        var afterId = after?.Id ?? Guid.Empty;
        var rows = await (
            from t in scope.Context.ApiTokens
            where t.TokenId.CompareTo(afterId) > 0
            orderby t.TokenId // version 7: by time
            from u in scope.Context.Users.Where(u => u.UserId == t.MadeBy).DefaultIfEmpty()
            select new { Token = t, Maker = u == null ? null : u.Name }).Take(limit).ToListAsync(cancellationToken);
        return TypedResults.Ok(new TokenPage(
            [.. rows.Select(r => View(r.Token, r.Maker))],
            rows.Count == limit ? PageCursor.Of(UtcMicros.From(rows[^1].Token.CreatedAt), rows[^1].Token.TokenId.ToString("D")) : null));
    }

    private static TokenView View(ApiTokenRow t, string? maker) =>
        new(t.TokenId, t.Name, t.Role, t.MadeBy, maker, t.CreatedAt, t.ExpiresAt, t.RevokedAt, t.LastUsedAt);

    private static async Task<IResult> AddAsync(
        TokenToAdd add, RequestTenant tenant, TenantAdministration tenants, HttpContext http,
        [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
    {
        // An operator is nobody of this tenant: his tokens do not hang on a person.
        var maker = http.User.IsInRole(Policies.OperatorRole) ? null : SessionCookie.UserOf(http.User);
        if (maker is not null && UserRole.All.Contains(add.Role) && !UserRole.All.Any(r => http.User.IsInRole(r) && Policies.Covers(r, add.Role)))
            return Problems.Of(Problems.Forbidden);
        var now = time.GetUtcNow();
        var text = ApiToken.Create();
        var days = Math.Clamp(add.Days ?? DefaultDays, 0, AddToken.LongestLife.Days + 1); // the decider says what is too long
        var id = Guid.CreateVersion7(now);
        var outcome = await tenants.Grain(tenant.Id).DecideAsync(
            new AddToken(id, SecretHash.Of(text), add.Name, add.Role, UtcMicros.From(now.AddDays(days)), maker), tenant.By);
        if (outcome.Refusal is { } refusal)
            return Problems.Of(refusal);
        var made = outcome.Events.OfType<TokenAdded>().Single();
        return TypedResults.Ok(new TokenMade(id, add.Name, add.Role, text, made.ExpiresAt.ToDateTimeOffset()));
    }

    private static async Task<IResult> RevokeAsync(Guid tokenId, RequestTenant tenant, TenantAdministration tenants, TokenDirectory tokens)
    {
        var outcome = await tenants.Grain(tenant.Id).DecideAsync(new RevokeToken(tokenId), tenant.By);
        tokens.Forget(tokenId);
        return outcome.Refusal is { } refusal ? Problems.Of(refusal) : TypedResults.NoContent();
    }
}
