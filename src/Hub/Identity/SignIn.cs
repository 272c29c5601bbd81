using System.Security.Claims;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity.Accounts;
using FieldCrm.Hub.Pages;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Tenants;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Hub.Identity;

/// <summary>
/// Signing in: by a one-time link the first time, by password or passkey after that. GET of a link only shows a button, so
/// that a mail program's preview does not use it up; POST redeems it, for the browser that was shown the page.
/// </summary>
internal static class SignIn
{
    public const string Path = "/sign-in";
    public const string RateLimit = "sign-in";
    public const string PageRateLimit = "sign-in-page";

    private const int MaxPasskeyBody = 16 * 1024;

    public static void MapSignIn(this IEndpointRouteBuilder app)
    {
        var pages = app.MapGroup(Path).WithMetadata(new ForPeople()).RequireRateLimiting(PageRateLimit).ExcludeFromDescription();
        pages.MapGet("", (HttpContext context) => Page(context));
        pages.MapGet("/{link}", (HttpContext context) => PageAnswer.Of<SignInFormPage>(context, []));
        var posts = app.MapGroup(Path).WithMetadata(new ForPeople(), new FromOurPages()).RequireRateLimiting(RateLimit).ExcludeFromDescription();
        posts.MapPost("", ByPasswordAsync).DisableAntiforgery(); // checked for all of them in CookieRequests
        posts.MapPost("/{link}", RedeemAsync).DisableAntiforgery();
        var passkeys = app.MapGroup(Path + "/passkey").WithMetadata(new FromOurPages()).ExcludeFromDescription();
        passkeys.MapPost("/options", PasskeyOptionsAsync).RequireRateLimiting(PageRateLimit);
        passkeys.MapPost("", ByPasskeyAsync).RequireRateLimiting(RateLimit).WithMetadata(new RequestSizeLimitAttribute(MaxPasskeyBody));
        app.MapPost("/sign-out", (Delegate)SignOutAsync).WithMetadata(new ForPeople()).RequireAuthorization(policy => policy
            .AddAuthenticationSchemes(SessionCookie.SchemeName).RequireAuthenticatedUser()).ExcludeFromDescription();
        app.MapGet("/session", SessionAsync).RequireAuthorization().ExcludeFromDescription();
    }

    /// <summary>Also what <c>/</c> shows to who is not signed in.</summary>
    public static RazorComponentResult Page(HttpContext context, Failure? refusal = null, string? name = null, int status = StatusCodes.Status200OK) =>
        PageAnswer.Of<SignInPage>(
            context,
            new()
            {
                [nameof(SignInPage.Refusal)] = refusal,
                [nameof(SignInPage.Name)] = name,
            },
            status);

    private static async Task<IResult> ByPasswordAsync(
        [FromForm] string? name, [FromForm] string? password, HttpContext context, PasswordSignIn passwords)
    {
        if (await passwords.TryAsync(name ?? "", password ?? "", context.RequestAborted) is not { } user
            || !await SessionCookie.BeginAsync(context, user.Tenant, user.UserId))
            return Page(context, PasswordSignIn.Refused, name, Problems.StatusOf(PasswordSignIn.Refused.Code));
        return SeeOther(context, "/");
    }

    private static async Task<IResult> PasskeyOptionsAsync(HttpContext context, Account account, PasskeyState state) =>
        Results.Content(await account.RequestOptionsAsync(context, state), "application/json");

    private static async Task<IResult> ByPasskeyAsync(HttpContext context, Account account, PasskeyState state)
    {
        using var body = new StreamReader(context.Request.Body);
        if (await account.ProveAsync(context, state, await body.ReadToEndAsync(context.RequestAborted)) is not { } user
            || !await SessionCookie.BeginAsync(context, user.Tenant, user.UserId))
            return Problems.Of(Account.PasskeyRefused);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> RedeemAsync(
        string link, HttpContext context, FieldCrmDatabase database, IGrainFactory grains, Account account)
    {
        var hash = SecretHash.Of(link.Length <= SecretToken.MaxLength ? link : "");
        if (await OwnerOfAsync(database, hash, context.RequestAborted) is not var (user, tenant))
            return Refused(context, new Failure("link.unknown", "This link is not known: ask for a new one."));
        var outcome = await grains.GetGrain<ITenantGrain>(tenant.Value).DecideAsync(new RedeemLink(hash), Actor.User(user));
        if (outcome.Refusal is { } refusal)
            return Refused(context, refusal);
        if (!await SessionCookie.BeginAsync(context, tenant, user))
            return Refused(context, new Failure("user.disabled", "This user may not sign in any more."));
        return SeeOther(context, await HasOwnSecretAsync(account, tenant, user, context.RequestAborted) ? "/" : AccountEndpoints.Welcome);
    }

    private static async Task<bool> HasOwnSecretAsync(Account account, TenantId tenant, Guid user, CancellationToken cancellationToken) =>
        await account.ReadAsync(tenant, user, cancellationToken) is not { } known || known.PasswordHash is not null
        || (await account.PasskeysAsync(known, cancellationToken)).Count > 0;

    private static async Task<IResult> SignOutAsync(HttpContext context)
    {
        await context.SignOutAsync(SessionCookie.SchemeName);
        return SeeOther(context, "/");
    }

    private static async Task<SessionAnswer> SessionAsync(
        HttpContext context, ClaimsPrincipal user, IAntiforgery antiforgery, Account account, IGrainFactory grains)
    {
        var tenant = SessionCookie.TenantOf(user);
        var name = SessionCookie.UserOf(user) is { } id && tenant is { } his ? (await account.ReadAsync(his, id, context.RequestAborted))?.Name : null;
        var tenantName = tenant is { } known ? (await grains.GetGrain<ITenantGrain>(known.Value).GetStateAsync())?.Name : null;
        var isSession = user.Identity?.AuthenticationType == SessionCookie.SchemeName;
        return new SessionAnswer(
            SessionCookie.UserOf(user), user.FindFirstValue(ClaimTypes.Role) ?? "",
            isSession ? antiforgery.GetAndStoreTokens(context).RequestToken : null, isSession ? CookieRequests.HeaderName : null, name, tenantName);
    }

    public static IResult SeeOther(HttpContext context, string address)
    {
        context.Response.Headers.Location = address;
        return TypedResults.StatusCode(StatusCodes.Status303SeeOther);
    }

    private static async Task<(Guid User, TenantId Tenant)?> OwnerOfAsync(
        FieldCrmDatabase database, SecretHash hash, CancellationToken cancellationToken)
    {
        await using var find = database.Api.CreateCommand("SELECT user_id, tenant_id FROM user_by_link($1)");
        find.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = hash.ToBytes(), NpgsqlDbType = NpgsqlDbType.Bytea });
        await using var row = await find.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? (row.GetGuid(0), new TenantId(row.GetInt32(1))) : null;
    }

    private static RazorComponentResult Refused(HttpContext context, Failure refusal) => PageAnswer.Message(
        context, Problems.StatusOf(refusal.Code), "Not signed in", refusal.Message, refusal.Code);
}

/// <summary>Who is signed in: <c>GET /session</c>.</summary>
/// <param name="User">Null for the operator and for programs.</param>
/// <param name="AntiforgeryToken">A browser's session sends it with every request that changes something.</param>
/// <param name="AntiforgeryHeader">The header that it goes in.</param>
/// <param name="Tenant">The name of the tenant whose user or program it is; for a person who operates the instance, the operator's own.</param>
internal sealed record SessionAnswer(
    Guid? User, string Role, string? AntiforgeryToken = null, string? AntiforgeryHeader = null, string? Name = null, string? Tenant = null);
