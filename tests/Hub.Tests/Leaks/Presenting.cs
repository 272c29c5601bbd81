using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using FieldCrm.Core;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.TestKit;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>Puts a text in each place that takes a credential, everything else of the request being right.</summary>
/// <param name="Admin">Whose antiforgery token is tried.</param>
internal sealed partial record Presenting(string SessionName, string Origin, Caller Admin, string FormCookie, string FormToken)
{
    /// <param name="stranger">Keeps no cookies.</param>
    public static async Task<Presenting> PrepareAsync(InProcessServer server, HttpClient stranger, Caller admin)
    {
        using var page = await stranger.GetAsync(new Uri("/sign-in/x", UriKind.Relative));
        return new Presenting(
            admin.Cookie.Split('=', 2)[0], server.Address.GetLeftPart(UriPartial.Authority), admin, page.Headers.GetValues("Set-Cookie").Single().Split(';')[0],
            WebUtility.HtmlDecode(Field().Match(await page.Content.ReadAsStringAsync()).Groups["value"].Value));
    }

    public HttpRequestMessage Request(Place place, string text) => place switch
    {
        Place.Bearer => Get("/api/v1/devices", ("Authorization", $"Bearer {text}")),
        Place.Operator => Get("/operator/enrolment", ("Authorization", $"Bearer {text}")),
        Place.Session => Get("/api/v1/devices", ("Cookie", $"{SessionName}={text}")),
        Place.Antiforgery => Post("/api/v1/units/lookup", Json("""{"numbers":[]}"""), ("Cookie", Admin.Cookie), (CookieRequests.HeaderName, text)),
        Place.OneTimeLink => Post(
            $"/sign-in/{Uri.EscapeDataString(text)}", new FormUrlEncodedContent([KeyValuePair.Create("__RequestVerificationToken", FormToken)]), ("Cookie", FormCookie), ("Origin", Origin)),
        Place.DeviceAddress => Get($"/osmand/{Uri.EscapeDataString(text)}?lat=1&lon=2&timestamp={Uri.EscapeDataString(Day)}"),
        Place.DeviceBearer => Post("/api/v1/fixes", Json($$"""{"fixes":[{"fixedAt":"{{Day}}","lat":1,"lon":2}]}"""), ("Authorization", $"Bearer {text}")),
        Place.HubNegotiation => Post("/live/units/negotiate?negotiateVersion=1", Json(""), ("Cookie", $"{SessionName}={text}"), ("Origin", Origin)),
        _ => throw new ArgumentOutOfRangeException(nameof(place)),
    };

    public static bool IsRefused(Place place, HttpStatusCode status) => place switch
    {
        Place.Bearer or Place.Operator or Place.Session or Place.DeviceBearer or Place.HubNegotiation => status is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests,
        Place.Antiforgery => status is HttpStatusCode.BadRequest,
        Place.OneTimeLink => status is HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestUriTooLong,
        Place.DeviceAddress => status is HttpStatusCode.NotFound or HttpStatusCode.RequestUriTooLong,
        _ => false,
    };

    /// <summary>A cookie that is taken back is set as well, to nothing.</summary>
    public bool BeginsSession(HttpResponseMessage answer) => answer.Headers.TryGetValues("Set-Cookie", out var set)
        && set.Any(c => c.StartsWith(SessionName + "=", StringComparison.Ordinal) && !c.StartsWith(SessionName + "=;", StringComparison.Ordinal));

    // One and the same fix, so that who is taken changes nothing after the first time.
    private static string Day { get; } = Core.Tracks.TrackText.Time(Api.TestTenant.Day);

    private static HttpRequestMessage Get(string path, params (string Name, string Value)[] headers) => With(new HttpRequestMessage(HttpMethod.Get, path), headers);

    private static HttpRequestMessage Post(string path, HttpContent body, params (string Name, string Value)[] headers) =>
        With(new HttpRequestMessage(HttpMethod.Post, path) { Content = body }, headers);

    private static HttpRequestMessage With(HttpRequestMessage request, (string Name, string Value)[] headers)
    {
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<value>[^\"]+)\"")]
    private static partial Regex Field();
}

/// <summary>Session cookies that the server itself made and must not take any more.</summary>
internal sealed class Sessions(InProcessServer server)
{
    private readonly ISecureDataFormat<AuthenticationTicket> _format =
        server.Get<IOptionsMonitor<CookieAuthenticationOptions>>().Get(SessionCookie.SchemeName).TicketDataFormat;

    public async Task<string> ExpiredAsync(TenantWorld world, WorldUser user)
    {
        var now = TimeProvider.System.GetUtcNow();
        return Protect(await PrincipalAsync(world, user, world.Id), new AuthenticationProperties { IssuedUtc = now.AddDays(-2), ExpiresUtc = now.AddSeconds(-1) });
    }

    /// <summary>What a mix-up of ours would make: the user's session, and the tenant that it names is not his.</summary>
    public async Task<string> InTenantAsync(TenantWorld world, WorldUser user, TenantId tenant) => Protect(await PrincipalAsync(world, user, tenant), new());

    public string OfNobody(TenantId tenant) => Protect(SessionCookie.Principal(Guid.CreateVersion7(), tenant, Core.Tenants.UserRole.Admin, Guid.Empty), new());

    private async Task<System.Security.Claims.ClaimsPrincipal> PrincipalAsync(TenantWorld world, WorldUser user, TenantId tenant)
    {
        var row = await server.Get<TenantAdministration>().FindUserAsync(world.Id, user.Name, CancellationToken.None) ?? throw new InvalidOperationException("The user is not there.");
        return SessionCookie.Principal(row.UserId, tenant, row.Role, row.SessionStamp);
    }

    private string Protect(System.Security.Claims.ClaimsPrincipal principal, AuthenticationProperties properties) =>
        _format.Protect(new AuthenticationTicket(principal, properties, SessionCookie.SchemeName));
}
