using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FieldCrm.Hub.Pages;

/// <summary>An endpoint whose answers a person reads: what goes wrong on it is told as a page as well.</summary>
internal sealed record ForPeople;

/// <summary>Every page leaves through here, with the headers that all of them have.</summary>
internal static class PageAnswer
{
    /// <summary>Nothing from elsewhere and nothing inline: what a device or a user is called can never be a script.</summary>
    public const string ContentSecurityPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static RazorComponentResult Of<TPage>(
        HttpContext http, Dictionary<string, object?> parameters, int status = StatusCodes.Status200OK)
        where TPage : IComponent
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        // Never a path, as ours hold tokens; the origin alone, or the browser would say "null" where a form is sent from.
        headers["Referrer-Policy"] = "strict-origin";
        headers.CacheControl = "no-cache, no-store"; // as antiforgery wants it, or it warns of every page
        return new RazorComponentResult<TPage>(parameters) { StatusCode = status, PreventStreamingRendering = true };
    }

    public static RazorComponentResult Message(HttpContext http, int status, string title, string text, string? code = null) =>
        Of<MessagePage>(
            http,
            new()
            {
                [nameof(MessagePage.Title)] = title,
                [nameof(MessagePage.Text)] = text,
                [nameof(MessagePage.Code)] = code,
                [nameof(MessagePage.IsSignedIn)] = http.User.Identity?.IsAuthenticated ?? false,
            },
            status);

    /// <summary>Whether the request that went wrong was for a page: the endpoint is gone by then, but remembered.</summary>
    public static bool IsForPeople(HttpContext http) =>
        (http.Features.Get<IExceptionHandlerFeature>()?.Endpoint ?? http.GetEndpoint())?.Metadata.GetMetadata<ForPeople>() is not null;

    /// <summary>A browser that follows an address nobody answers gets a page; programs get the bare status.</summary>
    public static void UseNotFoundPage(this IApplicationBuilder app) => app.Use(async (http, next) =>
    {
        await next(http);
        if (http.Response is { StatusCode: StatusCodes.Status404NotFound, HasStarted: false } && http.GetEndpoint() is null
            && HttpMethods.IsGet(http.Request.Method) && http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
        {
            await Message(http, StatusCodes.Status404NotFound, "Nothing is here", "There is no page at this address.").ExecuteAsync(http);
        }
    });
}
