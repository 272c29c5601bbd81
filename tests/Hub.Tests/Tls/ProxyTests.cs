using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.TestKit;
using Microsoft.Extensions.Configuration;

namespace FieldCrm.Hub.Tests.Tls;

public sealed class ProxiedServer : IAsyncLifetime
{
    public static readonly IPAddress Proxy = IPAddress.Parse("127.9.9.9");

    private InProcessServer? _server;

    public InProcessServer Server => _server ?? throw new InvalidOperationException("Not started.");

    public async Task InitializeAsync() => _server = await InProcessServer.StartAsync(
        settings: """{ "Proxy": { "Known": ["127.9.9.9", "127.8.0.0/16"], "Hosts": ["crm.example.org"] } }""");

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

/// <summary>Whose word on client, scheme and host is taken: of a proxy that is named, and of nobody else.</summary>
public sealed class ProxyTests(ProxiedServer shared) : IClassFixture<ProxiedServer>
{
    // SignIn's pages: so many a minute for each client.
    private const int PagesPerMinute = 120;

    private InProcessServer Server => shared.Server;

    [Theory]
    [InlineData("127.9.9.9", true)]
    [InlineData("127.8.3.4", true)]
    [InlineData("127.7.0.1", false)]
    [InlineData("127.0.0.1", false)]
    public async Task Given_forwarded_headers_Then_scheme_and_host_are_theirs_when_the_proxy_is_known(string from, bool isKnown)
    {
        using var http = From(IPAddress.Parse(from));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in/passkey/options");
        using var page = await SendAsync(http, HttpMethod.Get, "/sign-in", "203.0.113.5");
        var token = (await page.Content.ReadAsStringAsync()).Split("name=\"__RequestVerificationToken\" value=\"")[1].Split('"')[0];
        var form = page.Headers.GetValues("Set-Cookie").Single(c => c.Contains(".form=", StringComparison.Ordinal));
        Assert.Equal(isKnown, form.Contains("; secure", StringComparison.OrdinalIgnoreCase));

        using var options = await SendAsync(http, HttpMethod.Post, "/sign-in/passkey/options", "203.0.113.5", token, cookie: form.Split(';')[0]);

        Assert.True(options.IsSuccessStatusCode, await options.Content.ReadAsStringAsync());
        using var json = JsonDocument.Parse(await options.Content.ReadAsStringAsync());
        Assert.Equal(isKnown ? "crm.example.org" : "127.0.0.1", json.RootElement.GetProperty("rpId").GetString());
    }

    [Fact]
    public async Task Given_a_host_that_is_not_configured_When_the_proxy_names_it_Then_it_is_not_taken()
    {
        using var http = From(ProxiedServer.Proxy);
        using var page = await SendAsync(http, HttpMethod.Get, "/dispatch", "203.0.113.9", host: "evil.example");

        Assert.DoesNotContain("evil.example", page.Headers.Location?.ToString() ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_many_clients_behind_the_known_proxy_Then_each_has_his_own_limit_and_who_invents_clients_has_one()
    {
        using var proxy = From(ProxiedServer.Proxy);
        using var spoofer = From(IPAddress.Parse("127.7.7.7"));

        for (var i = 0; i < PagesPerMinute; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await GetPageAsync(proxy, "198.51.100.1"));
            Assert.Equal(HttpStatusCode.OK, await GetPageAsync(spoofer, $"198.51.100.{i}"));
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, await GetPageAsync(proxy, "198.51.100.1"));
        Assert.Equal(HttpStatusCode.OK, await GetPageAsync(proxy, "198.51.100.2"));
        // What a client wrote himself stands left of what the proxy adds, and is not looked at.
        Assert.Equal(HttpStatusCode.TooManyRequests, await GetPageAsync(proxy, "198.51.100.3, 198.51.100.1"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await GetPageAsync(spoofer, "198.51.100.250"));
    }

    [Fact]
    public async Task Given_the_operators_credential_When_it_comes_through_a_proxy_Then_it_does_not_count_even_for_a_client_of_this_machine()
    {
        foreach (var from in new[] { "127.9.9.9", "127.0.0.1" })
        {
            using var http = From(IPAddress.Parse(from));
            http.DefaultRequestHeaders.Authorization = Server.Operator.DefaultRequestHeaders.Authorization;
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/operator/tenants", UriKind.Relative))).StatusCode);

            using var handedOn = await SendAsync(http, HttpMethod.Get, "/operator/tenants", "127.0.0.1");

            Assert.Equal(HttpStatusCode.Unauthorized, handedOn.StatusCode);
        }
    }

    [Fact]
    public async Task Given_no_proxy_in_the_settings_Then_no_header_says_anything()
    {
        // Not even with the framework's own switch, which would believe everybody.
        await using var server = await InProcessServer.StartAsync(settings: """{ "ForwardedHeaders_Enabled": "true" }""");
        using var http = new HttpClient(LoopbackAddress.Handler(IPAddress.Loopback)) { BaseAddress = server.Address };

        using var page = await SendAsync(http, HttpMethod.Get, "/sign-in", "203.0.113.5");

        Assert.DoesNotContain("; secure", string.Concat(page.Headers.GetValues("Set-Cookie")), StringComparison.OrdinalIgnoreCase);
        using var added = await server.Operator.PostAsJsonAsync("/operator/users", new UserToAdd("p", "admin"), AdministrationJson.Default.UserToAdd);
        Assert.StartsWith(server.Address.ToString(), (await added.Content.ReadFromJsonAsync(AdministrationJson.Default.LinkAnswer))!.Url, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "Limit": 1 }""", "Known is missing: the addresses or networks of your proxies.")]
    [InlineData("""{ "Known": ["proxy.example"] }""", "proxy.example in Known is neither an address nor a network such as 10.0.3.0/24.")]
    [InlineData("""{ "Known": ["0.0.0.0/0"] }""", "0.0.0.0/0 in Known is everybody, who could then claim to be anybody.")]
    [InlineData("""{ "Known": ["::/0"] }""", "::/0 in Known is everybody, who could then claim to be anybody.")]
    [InlineData("""{ "Known": ["10.0.0.1"], "Limit": 0 }""", "Limit is how many proxies a request comes through, 1 to 10.")]
    public void Given_settings_that_cannot_be_meant_Then_the_start_is_refused_by_one_line(string section, string problem)
    {
        using var content = new MemoryStream(System.Text.Encoding.UTF8.GetBytes($$"""{ "Proxy": {{section}} }"""));
        var configuration = new ConfigurationBuilder().AddJsonStream(content).Build();

        var refused = Assert.Throws<StartRefusedException>(() => ProxySettings.Read(configuration));

        Assert.Equal("settings.proxy-invalid", refused.Failure.Code);
        Assert.Equal($"settings.proxy-invalid: Settings, section Proxy: {problem}", refused.Message);
    }

    private HttpClient From(IPAddress address) => new(Plain(address)) { BaseAddress = Server.Address };

    private static SocketsHttpHandler Plain(IPAddress address)
    {
        var handler = LoopbackAddress.Handler(address);
        handler.UseCookies = false;
        return handler;
    }

    private static async Task<HttpStatusCode> GetPageAsync(HttpClient http, string client)
    {
        using var answer = await SendAsync(http, HttpMethod.Get, "/sign-in", client);
        return answer.StatusCode;
    }

    private static async Task<HttpResponseMessage> SendAsync(
        HttpClient http, HttpMethod method, string path, string client, string? token = null, string? cookie = null, string host = "crm.example.org")
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("X-Forwarded-For", client);
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-Host", host);
        if (token is not null)
            request.Headers.Add("X-CSRF-TOKEN", token);
        if (cookie is not null)
            request.Headers.Add("Cookie", cookie);
        return await http.SendAsync(request);
    }
}
