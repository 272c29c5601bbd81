using System.Security.Cryptography;
using System.Text;
using FieldCrm.Hub.Demonstration;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.Pages;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace FieldCrm.Hub.Dispatch;

/// <summary>
/// Serves the dispatch console (<c>/dispatch/</c>) and the base map (<c>/basemap/</c>). The files hold nothing of anybody and need no
/// session; the page does, and everything it asks for afterwards.
/// </summary>
internal static class ConsoleEndpoints
{
    public const string Path = "/dispatch/";

    private const string ForEver = "public, max-age=31536000, immutable";
    private const string AskAgain = "no-cache";
    private const string WorkerEnding = "-worker.js";

    public static IServiceCollection AddConsole(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(provider => new ConsoleFiles(System.IO.Path.Combine(WebRoot(provider.GetRequiredService<IConfiguration>()), "dispatch")));
        services.AddSingleton(provider => new BaseMapFiles(System.IO.Path.Combine(WebRoot(provider.GetRequiredService<IConfiguration>()), "basemap")));
        return services.AddSingleton(MapSources.Read(configuration));
    }

    public static void MapConsole(this WebApplication app)
    {
        var files = app.Services.GetRequiredService<ConsoleFiles>();
        var sources = app.Services.GetRequiredService<MapSources>();
        var policies = new PagePolicies(
            files.Index is { } page ? ContentSecurity.PolicyOf(page.Span, sources.Origins) : "", ContentSecurity.PolicyOfWorkers(sources.Origins));
        string[] reading = [HttpMethods.Get, HttpMethods.Head];
        app.MapMethods("/dispatch/{**path}", reading, (HttpContext http, string? path, IAuthorizationService authorization) =>
            AnswerAsync(http, path ?? "", files, policies, authorization)).WithMetadata(new ForPeople()).ExcludeFromDescription();
        // A delegate: else this would be taken for a handler that writes its answer itself.
        app.MapGet("/dispatch/settings", (Delegate)(async (HttpContext http) => TypedResults.Json(
            sources.Settings with { ShowsDemonstration = await ShowMeEndpoints.IsForAsync(http) }, ConsoleJson.Default.MapSettings)))
            .RequireAuthorization(Policies.ReadPositions).RequireTenant().ExcludeFromDescription();
        app.MapMethods("/basemap/{**path}", reading, (HttpContext http, string? path, BaseMapFiles map) =>
            BaseMap(http, map.Find(path ?? ""))).ExcludeFromDescription();
    }

    private static string WebRoot(IConfiguration configuration) =>
        configuration["Console:Root"] ?? System.IO.Path.Combine(AppContext.BaseDirectory, "wwwroot");

    private static async Task<IResult> AnswerAsync(
        HttpContext http, string path, ConsoleFiles files, PagePolicies policies, IAuthorizationService authorization)
    {
        if (files.Find(path) is { } file)
            return path.EndsWith(WorkerEnding, StringComparison.Ordinal) ? SendWorker(http, file, policies) : Send(http, file, file.IsImmutable ? ForEver : AskAgain);
        // An address of the console has no dot in its last part; a file that is not there must not turn into a page.
        if (path.AsSpan(path.LastIndexOf('/') + 1).Contains('.'))
            return TypedResults.NotFound();
        if (files.Index is not { } index)
        {
            return PageAnswer.Message(http, StatusCodes.Status404NotFound, "No console in this build",
                "The server was built without the console: ./run builds it. The plain pages work.", "console.not-built");
        }
        // Routing does not tell the two apart; what the page loads beside itself does.
        if (path.Length == 0 && http.Request.Path.Value is not Path)
            return TypedResults.LocalRedirect(Path);
        if (SessionCookie.TenantOf(http.User) is null)
            return TypedResults.LocalRedirect("/");
        if (!(await authorization.AuthorizeAsync(http.User, Policies.ReadPositions)).Succeeded)
        {
            return PageAnswer.Message(http, StatusCodes.Status403Forbidden, "Not for your role",
                "Your role does not see positions. Ask an admin for another one.", "auth.forbidden");
        }
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = policies.OfPage;
        headers.CacheControl = AskAgain;
        headers["Permissions-Policy"] = "camera=(), microphone=(), payment=(), usb=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return TypedResults.Bytes(index, "text/html; charset=utf-8");
    }

    // Its policy changes with the settings while its content stays: a browser asks each time, and a tag of another policy is another one.
    private static PhysicalFileHttpResult SendWorker(HttpContext http, ConsoleFile file, PagePolicies policies)
    {
        http.Response.Headers.ContentSecurityPolicy = policies.OfWorkers;
        return Send(http, file, AskAgain, policies.WorkersTag);
    }

    private static PhysicalFileHttpResult Send(HttpContext http, ConsoleFile file, string caching, string? variant = null)
    {
        var (path, encoding) = file.For(http.Request.GetTypedHeaders().AcceptEncoding);
        var headers = http.Response.Headers;
        headers.CacheControl = caching;
        headers.Vary = HeaderNames.AcceptEncoding;
        if (encoding is not null)
            headers.ContentEncoding = encoding;
        return TypedResults.PhysicalFile(path, file.ContentType, lastModified: file.ModifiedAt, entityTag: file.EntityTag(encoding, variant));
    }

    private static IResult BaseMap(HttpContext http, BaseMapFile? file)
    {
        if (file is null)
            return TypedResults.NotFound();
        var headers = http.Response.Headers;
        headers.CacheControl = file.IsTile && http.Request.Query.ContainsKey("v") ? ForEver : AskAgain;
        if (file.IsGzip)
            headers.ContentEncoding = "gzip";
        return TypedResults.PhysicalFile(file.Path, file.ContentType, lastModified: file.ModifiedAt);
    }

    private sealed record PagePolicies(string OfPage, string OfWorkers)
    {
        public string WorkersTag { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(OfWorkers)).AsSpan(0, 8));
    }
}
