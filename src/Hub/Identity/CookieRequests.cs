using FieldCrm.Core;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Pages;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.SignalR;

namespace FieldCrm.Hub.Identity;

/// <summary>
/// What a browser may be made to send by somebody else's page: every request that changes something on the strength of a
/// cookie needs the token that only our own pages know, in a form or in <see cref="HeaderName"/>. Before that, and for what
/// needs no session yet, the browser's own word of where the request comes from (Sec-Fetch-Site, Origin) must be good.
/// </summary>
internal static class CookieRequests
{
    public const string HeaderName = "X-CSRF-TOKEN";

    public static readonly Failure CrossSite = new("auth.cross-site", "This request comes from another site's page.");

    public static readonly Failure NoToken = new("auth.antiforgery",
        $"The page is too old, or the header {HeaderName} is missing: load the page again (programs: GET /session names the token).");

    /// <summary>After authentication and authorization.</summary>
    public static void UseCookieRequestChecks(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (await CheckAsync(context) is not { } refusal)
        {
            await next(context);
            return;
        }
        await (PageAnswer.IsForPeople(context)
            ? PageAnswer.Message(context, Problems.StatusOf(refusal.Code), "Not done", refusal.Message, refusal.Code).ExecuteAsync(context)
            : Problems.WriteAsync(context, refusal));
    });

    private static async Task<Failure?> CheckAsync(HttpContext context)
    {
        var isHub = context.GetEndpoint()?.Metadata.GetMetadata<HubMetadata>() is not null;
        var isSession = context.User.Identity is { IsAuthenticated: true, AuthenticationType: SessionCookie.SchemeName };
        if (isHub)
            return isSession && !IsOurs(context, isOriginNeeded: true) ? CrossSite : null;
        var isSafe = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || HttpMethods.IsOptions(context.Request.Method);
        if (isSafe || !(isSession || context.GetEndpoint()?.Metadata.GetMetadata<FromOurPages>() is not null))
            return null;
        if (!IsOurs(context, isOriginNeeded: false))
            return CrossSite;
        try
        {
            return await context.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(context) ? null : NoToken;
        }
        catch (Exception damaged) when (damaged is AntiforgeryValidationException or InvalidDataException)
        {
            return NoToken; // a form that cannot be read
        }
    }

    private static bool IsOurs(HttpContext context, bool isOriginNeeded)
    {
        var request = context.Request;
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0 && site is not ("same-origin" or "none"))
            return false;
        var origin = request.Headers.Origin.ToString();
        // A form on a page that sends no referrer has the origin "null"; no page can make a browser say same-origin.
        if (origin.Length == 0 || origin == "null" && site == "same-origin")
            return !isOriginNeeded;
        return string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase)
            || context.RequestServices.GetRequiredService<PublicUrls>().IsPublicOrigin(origin);
    }
}

/// <summary>An endpoint without a session that our own pages alone may call.</summary>
internal sealed record FromOurPages;
