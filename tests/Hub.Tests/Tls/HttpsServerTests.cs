using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Tests.Identity;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Hub.Tls;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Hub.Tests.Tls;

/// <summary>The whole server with an address for others (127.0.0.5), under its own CA.</summary>
public sealed class HttpsServer : IAsyncLifetime
{
    public static readonly IPAddress Outside = IPAddress.Parse("127.0.0.5");

    private InProcessServer? _server;
    private X509Certificate2? _root;

    public InProcessServer Server => _server ?? throw new InvalidOperationException("Not started.");

    public X509Certificate2 Root => _root ?? throw new InvalidOperationException("Not started.");

    public int Port => Server.Address.Port;

    public Uri Https => new($"https://{Outside}:{Port}");

    public async Task InitializeAsync()
    {
        _server = await InProcessServer.StartAsync(withTrackerPort: true, listen: Outside.ToString());
        _root = Server.Get<ServedCertificate>().Root;
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

public sealed class HttpsServerTests(HttpsServer shared) : IClassFixture<HttpsServer>
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_an_address_for_others_Then_it_speaks_TLS_to_who_trusts_the_root_and_loopback_stays_plain()
    {
        using var http = new HttpClient(Caller.Trusting(shared.Root)) { BaseAddress = shared.Https };
        Assert.Equal("live\n", await http.GetStringAsync(new Uri("/health/live", UriKind.Relative)));
        Assert.Equal("live\n", await Server.Visitor.GetStringAsync(new Uri("/health/live", UriKind.Relative)));

        using var stranger = new HttpClient(Caller.Trusting(root: null)) { BaseAddress = shared.Https };
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => stranger.GetAsync(new Uri("/health/live", UriKind.Relative)));
        Assert.IsType<AuthenticationException>(refused.InnerException);
    }

    [Fact]
    public async Task Given_old_protocols_When_offered_Then_only_TLS_1_2_and_1_3_are_spoken()
    {
        Assert.Equal(SslProtocols.Tls13, (await Caller.LookAsync(HttpsServer.Outside, shared.Port)).Protocol);
        Assert.Equal(SslProtocols.Tls12, (await Caller.LookAsync(HttpsServer.Outside, shared.Port, SslProtocols.Tls12)).Protocol);
#pragma warning disable SYSLIB0039, CA5397 // offered on purpose
        await Assert.ThrowsAnyAsync<Exception>(() => Caller.LookAsync(HttpsServer.Outside, shared.Port, SslProtocols.Tls11));
#pragma warning restore SYSLIB0039, CA5397
    }

    [Theory]
    [InlineData("GET", "/", "text/html,*/*", 307)]
    [InlineData("GET", "/sign-in/abc", "text/html", 307)]
    [InlineData("GET", "/", "*/*", 403)]
    [InlineData("GET", "/health/ready", "*/*", 403)]
    [InlineData("GET", "/ca", "*/*", 403)]
    [InlineData("POST", "/sign-in", "text/html", 403)]
    [InlineData("POST", "/osmand/abc", "*/*", 403)]
    public async Task Given_plain_HTTP_from_elsewhere_Then_browsers_are_led_to_HTTPS_and_nothing_is_answered(
        string method, string path, string accept, int expected)
    {
        using var http = new HttpClient(LoopbackAddress.Handler()) { BaseAddress = new Uri($"http://{HttpsServer.Outside}:{shared.Port}") };
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.TryAddWithoutValidation("Accept", accept);

        using var answer = await http.SendAsync(request);

        Assert.Equal(expected, (int)answer.StatusCode);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        if (expected == 307)
            Assert.Equal(new Uri($"https://{HttpsServer.Outside}:{shared.Port}/"), answer.Headers.Location);
        else
            Assert.Contains("\"code\":\"tls.required\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_phone_with_a_plain_address_of_the_main_port_Then_its_position_is_refused_and_the_other_ways_store_it()
    {
        var device = await AddAsync("tls-phone");
        var fix = $"osmand/{device.Token}?lat=-34.9&lon=-56.1&timestamp=1795374264";
        using var plain = new HttpClient(LoopbackAddress.Handler());
        using var secure = new HttpClient(Caller.Trusting(shared.Root));

        using var refused = await plain.GetAsync(new Uri($"http://{HttpsServer.Outside}:{shared.Port}/{fix}"));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal(0, await FixesAsync("tls-phone"));

        using var taken = await secure.GetAsync(new Uri(shared.Https, fix));
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.Equal(1, await FixesAsync("tls-phone"));
        using var tracker = await plain.GetAsync(new Uri($"http://{HttpsServer.Outside}:{Server.TrackerPort}/{fix}&speed=3"));
        Assert.Equal(HttpStatusCode.OK, tracker.StatusCode);
        Assert.Equal(2, await FixesAsync("tls-phone"));
        using var nothingElse = await plain.GetAsync(new Uri($"http://{HttpsServer.Outside}:{Server.TrackerPort}/health/live"));
        Assert.Equal(HttpStatusCode.NotFound, nothingElse.StatusCode);
    }

    [Fact]
    public async Task Given_a_device_added_on_this_machine_Then_it_is_told_what_a_phone_can_reach()
    {
        var device = await AddAsync("tls-urls");

        Assert.Equal($"{shared.Https}osmand/{device.Token}?", device.Url);
        Assert.Equal($"{shared.Https}ca", device.AuthorityUrl);
        Assert.Equal($"http://{HttpsServer.Outside}:{Server.TrackerPort}/osmand/{device.Token}?", device.PlainUrl);

        var (exit, output, error) = await Server.RunAsync("device", "rotate", "tls-urls");
        Assert.Equal(0, exit);
        Assert.StartsWith($"{shared.Https}osmand/", output, StringComparison.Ordinal);
        Assert.Equal(
            [
                "device tls-urls reports to this URL; it is not shown again",
                $"the phone must trust the local CA first: {shared.Https}ca (QR code and fingerprint: ./fieldcrm ca show)",
                $"a tracker that cannot: http://{HttpsServer.Outside}:{Server.TrackerPort}{new Uri(output.Trim()).AbsolutePath}? (plain HTTP, whoever is on the way can read it)",
            ], error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Given_a_link_from_this_machine_When_redeemed_elsewhere_Then_it_is_HTTPS_and_the_session_never_goes_in_the_clear()
    {
        using var added = await Server.Operator.PostAsJsonAsync(
            "/operator/users", new UserToAdd("tls-eve", "dispatcher"), AdministrationJson.Default.UserToAdd);
        var link = new Uri((await added.Content.ReadFromJsonAsync(AdministrationJson.Default.LinkAnswer))!.Url);
        Assert.Equal(shared.Https.Authority, link.Authority);
        Assert.Equal("https", link.Scheme);
        using var http = new HttpClient(Caller.Trusting(shared.Root)) { BaseAddress = shared.Https };
        using var eve = Person.With(http, "tls-eve");

        using var redeemed = await eve.SendAsync(link.AbsolutePath, link.AbsolutePath);

        Assert.Equal(HttpStatusCode.SeeOther, redeemed.StatusCode);
        var session = redeemed.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith($"fieldcrm-{shared.Port}=", StringComparison.Ordinal));
        Assert.Contains("; secure; samesite=strict; httponly", session, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("dispatcher", await eve.RoleAsync());
        Assert.False(redeemed.Headers.Contains("Strict-Transport-Security"));

        using var local = await Person.AddAsync(Server, "tls-local");
        Assert.Equal("dispatcher", await local.RoleAsync()); // on loopback the cookie works without TLS, as before
    }

    [Fact]
    public async Task Given_a_browser_under_TLS_When_a_hub_is_negotiated_Then_its_own_origin_counts_and_the_plain_one_does_not()
    {
        using var http = new HttpClient(Caller.Trusting(shared.Root)) { BaseAddress = shared.Https };
        using var added = await Server.Operator.PostAsJsonAsync(
            "/operator/users", new UserToAdd("tls-hub", "dispatcher"), AdministrationJson.Default.UserToAdd);
        var link = new Uri((await added.Content.ReadFromJsonAsync(AdministrationJson.Default.LinkAnswer))!.Url).AbsolutePath;
        using var person = Person.With(http, "tls-hub");
        using var redeemed = await person.SendAsync(link, link);

        Assert.Equal(HttpStatusCode.OK, await NegotiateAsync(shared.Https.GetLeftPart(UriPartial.Authority)));
        Assert.Equal(HttpStatusCode.Forbidden, await NegotiateAsync($"http://{shared.Https.Authority}"));

        async Task<HttpStatusCode> NegotiateAsync(string origin)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/live/events/negotiate?negotiateVersion=1");
            request.Headers.Add("Origin", origin);
            using var answer = await http.SendAsync(request);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Given_the_page_of_the_CA_Then_it_shows_the_fingerprint_and_hands_out_the_root()
    {
        using var http = new HttpClient(Caller.Trusting(shared.Root)) { BaseAddress = shared.Https };

        var page = await http.GetStringAsync(new Uri("/ca", UriKind.Relative));
        using var file = await http.GetAsync(new Uri("/ca/fieldcrm-ca.crt", UriKind.Relative));

        var shown = string.Concat(page.Split("<code>").Skip(1).Select(p => p.Split("</code>")[0])
            .Where(p => p.Length == 11 && p.Split(':').Length == 4)).Replace(":", "", StringComparison.Ordinal);
        Assert.Equal(LocalAuthority.FingerprintOf(shared.Root).Replace(":", "", StringComparison.Ordinal), shown);
        Assert.Contains($"{shared.Https}ca", page, StringComparison.Ordinal);
        Assert.Contains("<svg", page, StringComparison.Ordinal);
        Assert.Equal("application/x-x509-ca-cert", file.Content.Headers.ContentType!.MediaType);
        Assert.Equal("fieldcrm-ca.crt", file.Content.Headers.ContentDisposition!.FileName);
        Assert.Equal(shared.Root.RawData, await file.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Given_the_command_line_Then_it_prints_the_fingerprint_and_the_page_without_asking_the_server()
    {
        var (exit, output, error) = await Server.RunAsync("ca", "show");

        Assert.Equal((0, LocalAuthority.FingerprintOf(shared.Root) + "\n"), (exit, output));
        Assert.EndsWith($"phones and browsers install it from {shared.Https}ca; compare the fingerprint there with this one\n", error, StringComparison.Ordinal);
        var drawn = await Server.RunAsync("ca", "show", "--qr");
        Assert.Contains('█', drawn.Error);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Given_a_caller_that_says_nothing_Then_the_connection_ends_by_itself()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(HttpsServer.Outside, shared.Port);
        using var bounded = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1], bounded.Token));
    }

    [Fact]
    public async Task Given_noise_instead_of_a_handshake_Then_the_server_goes_on()
    {
        foreach (var noise in new[] { "\u0016garbage that is no handshake at all\r\n\r\n", "\0\0\0\0", "NONSENSE\r\n\r\n" })
        {
            using var client = new TcpClient();
            await client.ConnectAsync(HttpsServer.Outside, shared.Port);
            await using var stream = client.GetStream();
            await stream.WriteAsync(Encoding.Latin1.GetBytes(noise));
            client.Client.Shutdown(SocketShutdown.Send);
            using var bounded = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            var answer = await new StreamReader(stream, Encoding.Latin1).ReadToEndAsync(bounded.Token);
            Assert.DoesNotContain("200 OK", answer, StringComparison.Ordinal);
        }
        using var http = new HttpClient(Caller.Trusting(shared.Root)) { BaseAddress = shared.Https };
        Assert.Equal("live\n", await http.GetStringAsync(new Uri("/health/live", UriKind.Relative)));
    }

    [Fact]
    public async Task Given_the_operators_certificate_Then_links_carry_its_name_browsers_are_told_to_stay_and_there_is_nothing_to_install()
    {
        using var made = new MadeCertificate(host: "crm.example.org", address: HttpsServer.Outside);
        await using var server = await InProcessServer.StartAsync(
            withTrackerPort: true, listen: HttpsServer.Outside.ToString(), certificate: made.ChainPem + made.KeyPem);
        using var http = new HttpClient(Caller.Trusting(made.Root, MadeCertificate.Start.AddYears(1)))
        {
            BaseAddress = new Uri($"https://{HttpsServer.Outside}:{server.Address.Port}"),
        };

        using var page = await http.GetAsync(new Uri("/ca", UriKind.Relative));
        Assert.Equal("max-age=31536000", page.Headers.GetValues("Strict-Transport-Security").Single());
        Assert.Contains("crm.example.org", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var file = await http.GetAsync(new Uri("/ca/fieldcrm-ca.crt", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, file.StatusCode);
        using var local = await server.Visitor.GetAsync(new Uri("/ca", UriKind.Relative));
        Assert.False(local.Headers.Contains("Strict-Transport-Security"));

        using var added = await server.Operator.PostAsJsonAsync("/operator/devices", new DeviceToAdd("named"), AdministrationJson.Default.DeviceToAdd);
        var device = (await added.Content.ReadFromJsonAsync(AdministrationJson.Default.DeviceCredentials))!;
        Assert.Equal($"https://crm.example.org:{server.Address.Port}/osmand/{device.Token}?", device.Url);
        Assert.Equal((null, null), (device.AuthorityUrl, device.PlainUrl));
        var (exit, _, error) = await server.RunAsync("ca", "show");
        Assert.Equal(1, exit);
        Assert.StartsWith("ca.none: ", error, StringComparison.Ordinal);
    }

    private async Task<DeviceCredentials> AddAsync(string id)
    {
        using var added = await Server.Operator.PostAsJsonAsync("/operator/devices", new DeviceToAdd(id), AdministrationJson.Default.DeviceToAdd);
        return (await added.Content.ReadFromJsonAsync(AdministrationJson.Default.DeviceCredentials))!;
    }

    private async Task<long> FixesAsync(string id)
    {
        await using var database = NpgsqlDataSource.Create(Server.Database.Owner!);
        await using var count = database.CreateCommand(
            "SELECT (SELECT count(*) FROM fix f WHERE f.device_id = d.device_id) + (SELECT count(*) FROM quarantine q WHERE q.device_id = d.device_id) FROM device d WHERE d.unique_id = $1");
        count.Parameters.AddWithValue(id);
        return (long)(await count.ExecuteScalarAsync() ?? 0L);
    }
}
