using System.Security.Claims;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Pages;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Tenants;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Hub.Identity;

/// <summary>
/// Signing in by a one-time link. GET only shows a button, so that a mail program's preview does not use the link up;
/// POST redeems it, for the browser that was shown the page (antiforgery).
/// </summary>
internal static class SignIn
{
    public const string Path = "/sign-in/";
    public const string RateLimit = "sign-in";

    public static void MapSignIn(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/sign-in").WithMetadata(new ForPeople()).RequireRateLimiting(RateLimit).ExcludeFromDescription();
        group.MapGet("/{link}", Show);
        group.MapPost("/{link}", RedeemAsync).DisableAntiforgery(); // validated by hand, to answer with a page
        app.MapPost("/sign-out", (Delegate)SignOutAsync).RequireAuthorization(policy => policy
            .AddAuthenticationSchemes(SessionCookie.SchemeName).RequireAuthenticatedUser()).ExcludeFromDescription();
        app.MapGet("/session", Session).RequireAuthorization().ExcludeFromDescription();
    }

    private static RazorComponentResult Show(HttpContext context, IAntiforgery antiforgery)
    {
        var tokens = antiforgery.GetAndStoreTokens(context);
        return PageAnswer.Of<SignInFormPage>(context, new()
        {
            [nameof(SignInFormPage.FieldName)] = tokens.FormFieldName,
            [nameof(SignInFormPage.FieldValue)] = tokens.RequestToken,
        });
    }

    private static async Task RedeemAsync(
        string link, HttpContext context, IAntiforgery antiforgery, FieldCrmDatabase database, IGrainFactory grains)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            await RefuseAsync(context, new Failure("link.page-expired", "This page is too old: open the link again."));
            return;
        }
        var hash = SecretHash.Of(link.Length <= SecretToken.MaxLength ? link : "");
        if (await OwnerOfAsync(database, hash, context.RequestAborted) is not var (user, tenant))
        {
            await RefuseAsync(context, new Failure("link.unknown", "This link is not known: ask for a new one."));
            return;
        }
        var outcome = await grains.GetGrain<ITenantGrain>(tenant.Value).DecideAsync(new RedeemLink(hash), Actor.User(user));
        if (outcome.Refusal is { } refusal)
        {
            await RefuseAsync(context, refusal);
            return;
        }
        var redeemed = outcome.Events.OfType<LinkRedeemed>().Single();
        await context.SignInAsync(SessionCookie.SchemeName, SessionCookie.Principal(redeemed.UserId, tenant, redeemed.Role));
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = "/";
    }

    private static async Task SignOutAsync(HttpContext context)
    {
        await context.SignOutAsync(SessionCookie.SchemeName);
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = "/";
    }

    private static SessionAnswer Session(ClaimsPrincipal user) => new(
        SessionCookie.UserOf(user), user.FindFirstValue(ClaimTypes.Role) ?? "");

    private static async Task<(Guid User, TenantId Tenant)?> OwnerOfAsync(
        FieldCrmDatabase database, SecretHash hash, CancellationToken cancellationToken)
    {
        await using var find = database.Api.CreateCommand("SELECT user_id, tenant_id FROM user_by_link($1)");
        find.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = hash.ToBytes(), NpgsqlDbType = NpgsqlDbType.Bytea });
        await using var row = await find.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? (row.GetGuid(0), new TenantId(row.GetInt32(1))) : null;
    }

    private static Task RefuseAsync(HttpContext context, Failure refusal) => PageAnswer.Message(
        context, Problems.StatusOf(refusal.Code), "Not signed in", refusal.Message, refusal.Code).ExecuteAsync(context);
}

/// <summary>Who is signed in: <c>GET /session</c>.</summary>
/// <param name="User">Null for the operator.</param>
internal sealed record SessionAnswer(Guid? User, string Role);
