using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace FieldCrm.Hub.Tests.Api;

/// <summary>A tenant of a test's own on a running server, with its devices, its people and what it reads.</summary>
internal sealed class TestTenant(InProcessServer server, string name, TenantId id)
{
    /// <summary>Midnight UTC some days ago: inside retention and refold window, and before now.</summary>
    public static UtcMicros Day { get; } =
        UtcMicros.From(new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero).AddDays(-3));

    public TenantId Id => id;

    public StoredRows Rows { get; } = new(server.Get<FieldCrmDatabase>());

    public static async Task<TestTenant> CreateAsync(InProcessServer server, string name)
    {
        var (outcome, id) = await server.Get<TenantAdministration>().AddAsync(name, Actor.Operator, CancellationToken.None);
        Assert.Null(outcome.Refusal);
        return new TestTenant(server, name, id);
    }

    public static string Iso(UtcMicros time) => Uri.EscapeDataString(Core.Tracks.TrackText.Time(time));

    public static Fix At(long second, int latitudeE7, int longitudeE7) =>
        new() { FixedAt = Day.Plus(TimeSpan.FromSeconds(second)), Position = new GeoPoint(latitudeE7, longitudeE7) };

    public async Task<DeviceCredentials> DeviceAsync(string uniqueId, string? deviceName = null)
    {
        using var answer = await server.Operator.PostAsJsonAsync(
            $"/operator/devices?tenant={name}", new DeviceToAdd(uniqueId, deviceName), AdministrationJson.Default.DeviceToAdd);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync(AdministrationJson.Default.DeviceCredentials))!;
    }

    /// <summary>The number that the store knows the device by.</summary>
    public async Task<int> NumberAsync(string uniqueId) =>
        (await server.Get<DeviceAdministration>().FindAsync(id, uniqueId, CancellationToken.None))!.DeviceId;

    /// <summary>Sends fixes as an app of ours does and expects each to be taken.</summary>
    public async Task ReportAsync(DeviceCredentials device, params string[] fixes)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/fixes")
        {
            Content = new StringContent($$"""{"fixes":[{{string.Join(',', fixes)}}]}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", device.Token);
        using var answer = await server.Visitor.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A browser with the session that a one-time link would have given (links are limited a minute).</summary>
    /// <param name="called">His name; the tenant's and the role's unless given.</param>
    public async Task<HttpClient> SignedInAsync(string role, string? called = null)
    {
        var user = called ?? $"{name}-{role}";
        using var added = await server.Operator.PostAsJsonAsync(
            $"/operator/users?tenant={name}", new UserToAdd(user, role), AdministrationJson.Default.UserToAdd);
        added.EnsureSuccessStatusCode();
        return await BrowserAsync(user);
    }

    /// <summary>A browser with a session of somebody who is there.</summary>
    public async Task<HttpClient> BrowserAsync(string user)
    {
        var row = (await server.Get<TenantAdministration>().FindUserAsync(id, user, CancellationToken.None))!;
        var cookie = server.Get<IOptionsMonitor<CookieAuthenticationOptions>>().Get(SessionCookie.SchemeName);
        var principal = SessionCookie.Principal(row.UserId, id, row.Role, row.SessionStamp);
        var ticket = new AuthenticationTicket(principal, SessionCookie.SchemeName);
        var antiforgery = server.Get<IAntiforgery>().GetTokens(new DefaultHttpContext { User = principal, RequestServices = server.App.Services });
        var form = server.Get<IOptions<AntiforgeryOptions>>().Value.Cookie.Name;
        var browser = new HttpClient(new HttpClientHandler { UseCookies = false }) { BaseAddress = server.Address };
        browser.DefaultRequestHeaders.Add("Cookie", $"{cookie.Cookie.Name}={cookie.TicketDataFormat.Protect(ticket)}; {form}={antiforgery.CookieToken}");
        browser.DefaultRequestHeaders.Add(CookieRequests.HeaderName, antiforgery.RequestToken);
        return browser;
    }

    /// <summary>Asks as the operator for this tenant; expects 200.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await AskAsync(path);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }

    public Task<HttpResponseMessage> AskAsync(string path) =>
        server.Operator.GetAsync(new Uri($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}tenant={name}", UriKind.Relative));
}
