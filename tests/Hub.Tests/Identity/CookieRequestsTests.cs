using System.Net;
using System.Net.Http.Json;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.TestKit;
using Microsoft.AspNetCore.Routing;

namespace FieldCrm.Hub.Tests.Identity;

[Collection(ServerCollection.Name)]
public sealed class CookieRequestsTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Theory]
    [InlineData(null, null, true, HttpStatusCode.NoContent)]
    [InlineData("same-origin", "self", true, HttpStatusCode.NoContent)]
    [InlineData(null, null, false, HttpStatusCode.BadRequest)]
    [InlineData("same-origin", "self", false, HttpStatusCode.BadRequest)]
    [InlineData("same-origin", "null", true, HttpStatusCode.NoContent)]
    [InlineData("cross-site", "null", true, HttpStatusCode.Forbidden)]
    [InlineData("cross-site", null, true, HttpStatusCode.Forbidden)]
    [InlineData("same-site", null, true, HttpStatusCode.Forbidden)]
    [InlineData(null, "https://evil.example", true, HttpStatusCode.Forbidden)]
    [InlineData(null, "null", true, HttpStatusCode.Forbidden)]
    public async Task Given_a_session_When_it_changes_something_Then_token_and_origin_must_be_ours(
        string? fetchSite, string? origin, bool hasToken, HttpStatusCode expected)
    {
        using var admin = await AdminAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/devices/disable")
        {
            Content = JsonContent.Create(new DeviceToName("csrf-van"), AdministrationJson.Default.DeviceToName),
        };
        if (fetchSite is not null)
            request.Headers.Add("Sec-Fetch-Site", fetchSite);
        if (origin is not null)
            request.Headers.Add("Origin", origin == "self" ? Server.Address.GetLeftPart(UriPartial.Authority) : origin);
        if (hasToken)
        {
            var session = await admin.Http.GetFromJsonAsync("/session", AdministrationJson.Default.SessionAnswer);
            request.Headers.Add(session!.AntiforgeryHeader!, session.AntiforgeryToken);
        }

        using var answer = await admin.Http.SendAsync(request);

        Assert.True(expected == answer.StatusCode, $"{answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    [Fact]
    public async Task Given_somebody_elses_token_When_sent_with_ones_own_session_Then_refused()
    {
        using var admin = await AdminAsync();
        using var other = await Person.AddAsync(Server, $"csrf-{Guid.NewGuid():N}");
        var session = await other.Http.GetFromJsonAsync("/session", AdministrationJson.Default.SessionAnswer);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-out");
        request.Headers.Add(CookieRequests.HeaderName, session!.AntiforgeryToken);

        using var answer = await admin.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(UserRole.Admin, await admin.RoleAsync());
    }

    /// <summary>Every address that takes anything but GET, whatever it does with it.</summary>
    [Fact]
    public async Task Given_every_endpoint_that_changes_something_When_a_session_asks_without_a_token_Then_none_does_it()
    {
        using var admin = await AdminAsync();
        var endpoints = Server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(e => (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).Select(method => (Method: method, Path: e.RoutePattern.RawText!)))
            .Where(e => e.Method is not ("GET" or "HEAD" or "OPTIONS"))
            // Ingest knows no session: a cookie is nothing to it.
            .Where(e => !e.Path.StartsWith("/osmand", StringComparison.Ordinal) && e.Path != "/api/v1/fixes").ToArray();
        Assert.True(endpoints.Length > 30, $"{endpoints.Length}");
        var done = new List<string>();
        foreach (var (method, path) in endpoints)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path.Replace("{link}", "x", StringComparison.Ordinal).Replace("{id}", Guid.Empty.ToString(), StringComparison.Ordinal));
            using var answer = await admin.Http.SendAsync(request);
            // 401: some of the operator's addresses do not even look at a session; 403: others want an operator's.
            var isOperators = path.StartsWith("/operator", StringComparison.Ordinal);
            if (answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized && isOperators)
                continue;
            if (answer.StatusCode is not HttpStatusCode.BadRequest
                || answer.StatusCode is HttpStatusCode.BadRequest && !(await answer.Content.ReadAsStringAsync()).Contains("auth.antiforgery", StringComparison.Ordinal))
                done.Add($"{method} {path} {answer.StatusCode}");
        }
        Assert.Empty(done);
    }

    private async Task<Person> AdminAsync()
    {
        var name = $"csrf-{Guid.NewGuid():N}";
        using var made = await Server.Operator.PostAsJsonAsync("/operator/tenants", new TenantToAdd(name), AdministrationJson.Default.TenantToAdd);
        using var device = await Server.Operator.PostAsJsonAsync(
            $"/operator/devices?tenant={name}", new DeviceToAdd("csrf-van"), AdministrationJson.Default.DeviceToAdd);
        device.EnsureSuccessStatusCode();
        return await Person.AddAsync(Server, name, UserRole.Admin, name);
    }
}
