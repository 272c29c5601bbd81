using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using FieldCrm.Core.Tenants;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>
/// A session's hub connection belongs to our own pages: every step of every transport with a foreign, a null and no Origin is refused,
/// and a connection's token is of no use to anybody else.
/// </summary>
[Collection(LeakCollection.Name)]
public sealed class OriginTests(LeakWorlds worlds) : IDisposable
{
    private readonly HttpClient _http = Client(worlds.Server);

    private string Own => worlds.Server.Address.GetLeftPart(UriPartial.Authority);

    public static TheoryData<string> Hubs() => [.. HubProbe.All.Select(p => p.Path).Distinct()];

    public void Dispose() => _http.Dispose();

    [Fact]
    public void Given_every_hub_that_is_mapped_Then_it_is_asked_here() => Assert.Equal(
        Routes.Hubs(worlds.Server).Keys.Order(StringComparer.Ordinal), HubProbe.All.Select(p => p.Path).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Hubs))]
    public async Task Given_a_session_and_an_origin_that_is_not_ours_When_it_takes_any_step_of_any_transport_Then_refused(string hub)
    {
        var caller = worlds.Amber.Session(UserRole.Dispatcher);
        var connection = await NegotiatedAsync(hub, caller);
        var steps = Steps(hub, connection);
        foreach (var origin in Foreign())
        {
            foreach (var (name, method, address, accept) in steps)
            {
                using var answer = await SendAsync(method, address, caller, origin, accept);
                Assert.Equal((name, origin, HttpStatusCode.Forbidden), (name, origin, answer.StatusCode));
                Assert.Contains("auth.cross-site", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }
            Assert.Equal((origin, HttpStatusCode.Forbidden), (origin, await UpgradeAsync(hub, caller, origin)));
            Assert.Equal((origin, HttpStatusCode.Forbidden), (origin, await UpgradeAsync($"{hub}?id={connection}", caller, origin)));
        }
        // All of it was refused for its origin: our own page goes on with the same connection.
        await GoesOnAsync(hub, caller, connection);
    }

    [Theory]
    [MemberData(nameof(Hubs))]
    public async Task Given_a_session_of_our_own_page_When_it_asks_for_server_sent_events_Then_there_are_none(string hub)
    {
        var caller = worlds.Amber.Session(UserRole.Dispatcher);
        using var events = await SendAsync(HttpMethod.Get, $"{hub}?id={await NegotiatedAsync(hub, caller)}", caller, Own, "text/event-stream");
        Assert.Equal(HttpStatusCode.NotFound, events.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Hubs))]
    public async Task Given_a_connection_s_token_When_anybody_else_takes_it_up_Then_refused_and_its_owner_goes_on(string hub)
    {
        var owner = worlds.Amber.Session(UserRole.Dispatcher);
        var connection = await NegotiatedAsync(hub, owner);
        using var first = await SendAsync(HttpMethod.Get, $"{hub}?id={connection}", owner, Own, null);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        foreach (var thief in new[]
        {
            worlds.Birch.Session(UserRole.Dispatcher), worlds.Birch.Session(UserRole.Admin), worlds.Amber.Session(UserRole.Auditor), worlds.Birch.Program(UserRole.Dispatcher),
            worlds.Birch.Operator, worlds.Amber.Session(UserRole.Technician), worlds.Amber.DisabledAdmin, Caller.Anonymous,
        })
        {
            foreach (var (name, method, address, accept) in Steps(hub, connection).Where(s => s.Name != "negotiate"))
            {
                using var answer = await SendAsync(method, address, thief, Own, accept);
                Assert.True((int)answer.StatusCode is >= 400 and < 500, $"{thief}: {name} is answered {(int)answer.StatusCode}");
            }
            var status = await UpgradeAsync($"{hub}?id={connection}", thief, Own);
            Assert.True((int)status is >= 400 and < 500, $"{thief} is connected: {status}");
        }
        await ShakeHandsAsync(hub, owner, connection);
    }

    private string?[] Foreign() =>
    [
        null, "null", "", "https://evil.example", Own + ".evil.example", Own.Replace("http:", "https:", StringComparison.Ordinal), Own + "0", Own + "/",
        Own.Replace("127.0.0.1", "localhost", StringComparison.Ordinal), Own.Replace("//", "//evil.example@", StringComparison.Ordinal), $"{Own} {Own}", "file://", worlds.Server.Address.Authority,
    ];

    private static (string Name, HttpMethod Method, string Address, string? Accept)[] Steps(string hub, string connection) =>
    [
        ("negotiate", HttpMethod.Post, $"{hub}/negotiate?negotiateVersion=1", null),
        ("server-sent events", HttpMethod.Get, $"{hub}?id={connection}", "text/event-stream"),
        ("long polling", HttpMethod.Get, $"{hub}?id={connection}", null),
        ("send", HttpMethod.Post, $"{hub}?id={connection}", null),
        ("end", HttpMethod.Delete, $"{hub}?id={connection}", null),
    ];

    private async Task<string> NegotiatedAsync(string hub, Caller caller)
    {
        using var answer = await SendAsync(HttpMethod.Post, $"{hub}/negotiate?negotiateVersion=1", caller, Own, null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var negotiated = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(
            ["WebSockets", "LongPolling"], negotiated.GetProperty("availableTransports").EnumerateArray().Select(t => t.GetProperty("transport").GetString()));
        return Uri.EscapeDataString(negotiated.GetProperty("connectionToken").GetString() ?? "");
    }

    /// <summary>By long polling: the first poll begins it, the handshake is sent, and the next poll brings its answer.</summary>
    private async Task GoesOnAsync(string hub, Caller caller, string connection)
    {
        using var first = await SendAsync(HttpMethod.Get, $"{hub}?id={connection}", caller, Own, null);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        await ShakeHandsAsync(hub, caller, connection);
    }

    private async Task ShakeHandsAsync(string hub, Caller caller, string connection)
    {
        var protocol = HubProbe.All.First(p => p.Path == hub).Protocol;
        using var sent = await SendAsync(
            HttpMethod.Post, $"{hub}?id={connection}", caller, Own, null, $$"""{"protocol":"{{protocol.Name}}","version":{{protocol.Version}}}""" + '\x1e');
        Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
        using var shaken = await SendAsync(HttpMethod.Get, $"{hub}?id={connection}", caller, Own, null);
        Assert.StartsWith("{}\x1e", await shaken.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var ended = await SendAsync(HttpMethod.Delete, $"{hub}?id={connection}", caller, Own, null);
        Assert.Equal(HttpStatusCode.Accepted, ended.StatusCode);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string address, Caller caller, string? origin, string? accept, string? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(address, UriKind.Relative));
        if (method == HttpMethod.Post)
            request.Content = new StringContent(body ?? "", Encoding.UTF8, "text/plain");
        foreach (var (name, value) in Sent(caller, ("Origin", origin), ("Accept", accept)))
            request.Headers.TryAddWithoutValidation(name, value);
        return await _http.SendAsync(request);
    }

    private async Task<HttpStatusCode> UpgradeAsync(string address, Caller caller, string? origin)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        foreach (var (name, value) in Sent(caller, ("Origin", origin)))
            socket.Options.SetRequestHeader(name, value);
        try
        {
            var at = new Uri(worlds.Server.Address, address);
            await socket.ConnectAsync(new UriBuilder(at) { Scheme = "ws" }.Uri, CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // The status says why.
        }
        return socket.HttpStatusCode;
    }

    private static IEnumerable<(string Name, string Value)> Sent(Caller caller, params (string Name, string? Value)[] more) =>
        [.. caller.Headers, .. more.Where(h => h.Value is not null).Select(h => (h.Name, h.Value ?? ""))];

    private static HttpClient Client(InProcessServer server)
    {
        var handler = LoopbackAddress.Handler();
        handler.UseCookies = false;
        return new HttpClient(handler) { BaseAddress = server.Address };
    }
}
