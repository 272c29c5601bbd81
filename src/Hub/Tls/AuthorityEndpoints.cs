using System.Security.Cryptography.X509Certificates;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.Pages;

namespace FieldCrm.Hub.Tls;

/// <summary>
/// <c>GET /ca</c>: what certificate this instance shows and how a phone or a browser is taught to trust it; the root itself beside
/// it. For everybody: who must install it cannot sign in before.
/// </summary>
internal static class AuthorityEndpoints
{
    public const string Path = "/ca";

    /// <summary>The root as phones want it: DER, and a name that says whose it is in a list of downloads.</summary>
    public const string File = Path + "/fieldcrm-ca.crt";

    public static void MapAuthority(this IEndpointRouteBuilder app)
    {
        var pages = app.MapGroup(Path).WithMetadata(new ForPeople()).RequireRateLimiting(SignIn.PageRateLimit).ExcludeFromDescription();
        pages.MapGet("", (HttpContext http, ServedCertificate served, PublicUrls urls) => Show(http, served, urls));
        pages.MapGet("/fieldcrm-ca.crt", Download);
    }

    private static IResult Show(HttpContext http, ServedCertificate served, PublicUrls urls) => PageAnswer.Of<AuthorityPage>(http, new()
    {
        [nameof(AuthorityPage.Root)] = served.Root,
        [nameof(AuthorityPage.Leaf)] = served.Leaf,
        [nameof(AuthorityPage.Address)] = urls.OfAuthority(http.Request),
        [nameof(AuthorityPage.IsSignedIn)] = http.User.Identity?.IsAuthenticated ?? false,
    });

    private static IResult Download(HttpContext http, ServedCertificate served)
    {
        if (served.Root is not { } root)
        {
            return PageAnswer.Message(http, StatusCodes.Status404NotFound, "Nothing to install",
                "This instance has no certificate authority of its own.", "ca.none");
        }
        http.Response.Headers.CacheControl = "no-store";
        return Results.File(root.Export(X509ContentType.Cert), "application/x-x509-ca-cert", System.IO.Path.GetFileName(File));
    }
}
