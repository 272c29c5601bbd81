using FieldCrm.Core;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Tls;

/// <summary>Nothing is answered in the clear beyond loopback: a browser is led to HTTPS, everybody else told so.</summary>
internal static class TlsRequired
{
    private const string AYear = "max-age=31536000";

    public static readonly Failure Required = new("tls.required",
        "This port speaks HTTPS: use https:// in the address. What was sent was readable on the way and was not taken.");

    /// <summary>Before everything that answers.</summary>
    public static void UseTlsRequired(this WebApplication app)
    {
        var instance = app.Services.GetRequiredService<Instance>();
        var served = app.Services.GetRequiredService<ServedCertificate>();
        app.Use((http, next) =>
        {
            if (!TlsListening.IsPermitted(http, instance.TrackerPort))
                return RefuseAsync(http);
            // Not with a local CA: a browser that does not know it yet could then not even be shown where to get it.
            if (served.IsOperators && TlsListening.IsTls(http))
                http.Response.Headers.StrictTransportSecurity = AYear;
            return next(http);
        });
    }

    private static Task RefuseAsync(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (!IsBrowsersVisit(http.Request))
            return Problems.WriteAsync(http, Required, StatusCodes.Status403Forbidden);
        // To the start, not to the path: what stood in it went over the wire in the clear and may have been a secret.
        http.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
        http.Response.Headers.Location = $"https://{http.Request.Host}/";
        return Task.CompletedTask;
    }

    private static bool IsBrowsersVisit(HttpRequest request) => request.Host.HasValue && HttpMethods.IsGet(request.Method)
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal);
}
