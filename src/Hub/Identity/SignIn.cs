using System.Security.Claims;
using System.Text.Encodings.Web;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
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
        var group = app.MapGroup("/sign-in").RequireRateLimiting(RateLimit).ExcludeFromDescription();
        group.MapGet("/{link}", Show);
        group.MapPost("/{link}", RedeemAsync).DisableAntiforgery(); // validated by hand, to answer with a page
        app.MapPost("/sign-out", (Delegate)SignOutAsync).RequireAuthorization(policy => policy
            .AddAuthenticationSchemes(SessionCookie.SchemeName).RequireAuthenticatedUser()).ExcludeFromDescription();
        app.MapGet("/session", Session).RequireAuthorization().ExcludeFromDescription();
    }

    private static async Task Show(HttpContext context, IAntiforgery antiforgery)
    {
        var tokens = antiforgery.GetAndStoreTokens(context);
        await SignInPage.WriteAsync(context, StatusCodes.Status200OK, $"""
            <p>This link signs you in once.</p>
            <form method="post"><input type="hidden" name="{tokens.FormFieldName}" value="{HtmlEncoder.Default.Encode(tokens.RequestToken!)}">
            <button>Sign in</button></form>
            """);
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
        if (await TenantOfAsync(database, hash, context.RequestAborted) is not { } tenant)
        {
            await RefuseAsync(context, new Failure("link.unknown", "This link is not known: ask for a new one."));
            return;
        }
        var outcome = await grains.GetGrain<ITenantGrain>(tenant.Value).DecideAsync(new RedeemLink(hash));
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

    private static async Task<NoContent> SignOutAsync(HttpContext context)
    {
        await context.SignOutAsync(SessionCookie.SchemeName);
        return TypedResults.NoContent();
    }

    private static SessionAnswer Session(ClaimsPrincipal user) => new(
        SessionCookie.UserOf(user), user.FindFirstValue(ClaimTypes.Role) ?? "");

    private static async Task<TenantId?> TenantOfAsync(
        FieldCrmDatabase database, SecretHash hash, CancellationToken cancellationToken)
    {
        await using var find = database.Api.CreateCommand("SELECT tenant_id FROM user_by_link($1)");
        find.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = hash.ToBytes(), NpgsqlDbType = NpgsqlDbType.Bytea });
        return await find.ExecuteScalarAsync(cancellationToken) is int tenant ? new TenantId(tenant) : null;
    }

    private static Task RefuseAsync(HttpContext context, Failure refusal) => SignInPage.WriteAsync(
        context, Problems.StatusOf(refusal.Code),
        $"<p>{HtmlEncoder.Default.Encode(refusal.Message)}</p><p><small>{refusal.Code}</small></p>");
}

/// <summary>Who is signed in: <c>GET /session</c>.</summary>
/// <param name="User">Null for the operator.</param>
internal sealed record SessionAnswer(Guid? User, string Role);

/// <summary>The one page of ours that stands before a session: no script, nothing from elsewhere, never stored.</summary>
internal static class SignInPage
{
    public static Task WriteAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        return context.Response.WriteAsync($$"""
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sign in</title>
            <style>body{font:1.1rem system-ui;margin:15vh auto;max-width:22rem;padding:0 1rem}button{font:inherit;padding:.6rem 1.4rem}</style></head>
            <body><h1>FieldCrm</h1>
            {{body}}
            </body></html>
            """, context.RequestAborted);
    }
}
