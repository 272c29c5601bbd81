using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Live;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.TestKit;
using System.Net.Http.Json;

namespace FieldCrm.Hub.Tests.Live;

/// <summary>Who may hold a live connection, from whose pages, and for how long.</summary>
[Collection(ServerCollection.Name)]
public sealed class LiveAccessTests(SharedServer shared)
{
    public static TheoryData<string> Hubs() => [UnitsHub.Path, EventsHub.Path];

    private InProcessServer Server => shared.Server;

    private string Own => Server.Address.GetLeftPart(UriPartial.Authority);

    [Theory]
    [MemberData(nameof(Hubs))]
    public async Task Given_a_session_When_the_page_is_not_ours_Then_neither_negotiation_nor_connection_is_answered(string hub)
    {
        var tenant = await TestTenant.CreateAsync(Server, "live-origin" + hub.Replace('/', '-'));
        using var browser = await tenant.SignedInAsync(UserRole.Dispatcher);
        var cookie = browser.DefaultRequestHeaders.GetValues("Cookie").Single();

        foreach (var origin in (string?[])[null, "null", "", "https://evil.example", Own + ".evil.example", Own.Replace("http:", "https:", StringComparison.Ordinal)])
        {
            using var refused = await NegotiateAsync(hub, ("Cookie", cookie), ("Origin", origin));
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.Equal("auth.cross-site", JsonElement.Parse(await refused.Content.ReadAsStringAsync()).GetProperty("code").GetString());
            Assert.Equal(HttpStatusCode.Forbidden, await ConnectAsync(hub, ("Cookie", cookie), ("Origin", origin)));
        }
        using var taken = await NegotiateAsync(hub, ("Cookie", cookie), ("Origin", Own));
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await ConnectAsync(hub, ("Cookie", cookie), ("Origin", Own)));
    }

    [Theory]
    [MemberData(nameof(Hubs))]
    public async Task Given_nobody_or_another_role_When_connecting_Then_refused_and_a_program_needs_no_origin(string hub)
    {
        var tenant = await TestTenant.CreateAsync(Server, "live-roles" + hub.Replace('/', '-'));
        using var technician = await tenant.SignedInAsync(UserRole.Technician);
        var cookie = technician.DefaultRequestHeaders.GetValues("Cookie").Single();

        Assert.Equal(HttpStatusCode.Unauthorized, await ConnectAsync(hub));
        Assert.Equal(HttpStatusCode.Unauthorized, await ConnectAsync(hub, ("Authorization", "Bearer wrong")));
        Assert.Equal(HttpStatusCode.Forbidden, await ConnectAsync(hub, ("Cookie", cookie), ("Origin", Own)));
        Assert.Equal(HttpStatusCode.SwitchingProtocols, await ConnectAsync(
            hub, ("Authorization", Server.Operator.DefaultRequestHeaders.Authorization!.ToString())));
    }

    [Fact]
    public async Task Given_an_open_connection_When_its_user_is_disabled_Then_it_is_closed_within_five_seconds()
    {
        var tenant = await TestTenant.CreateAsync(Server, "live-disabled");
        using var browser = await tenant.SignedInAsync(UserRole.Dispatcher);
        var cookie = browser.DefaultRequestHeaders.GetValues("Cookie").Single();
        await using var console = await UnitsClient.OpenAsync(Server, null, ("Cookie", cookie), ("Origin", Own));
        await using var other = await UnitsClient.OpenAsync(Server, "live-disabled");
        await console.WatchAsync(1, 0, 0, 1, 1, 5);
        await console.UntilAsync(c => c.Messages.Length > 0);

        using var disabled = await Server.Operator.PostAsJsonAsync(
            "/operator/users/disable?tenant=live-disabled", new UserToName("live-disabled-dispatcher"), AdministrationJson.Default.UserToName);
        disabled.EnsureSuccessStatusCode();

        await console.Closed.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.False(other.Closed.IsCompleted);
        Assert.Equal(HttpStatusCode.Unauthorized, await ConnectAsync(UnitsHub.Path, ("Cookie", cookie), ("Origin", Own)));
    }

    [Fact]
    public async Task Given_as_many_connections_as_a_person_may_hold_When_one_more_opens_Then_it_is_closed_until_another_ends()
    {
        var tenant = await TestTenant.CreateAsync(Server, "live-many");
        using var browser = await tenant.SignedInAsync(UserRole.Dispatcher);
        var headers = new[] { ("Cookie", browser.DefaultRequestHeaders.GetValues("Cookie").Single()), ("Origin", Own) };
        var held = new List<UnitsClient>();
        for (var i = 0; i < LiveCallers.MaxConnections; i++)
            held.Add(await UnitsClient.OpenAsync(Server, null, headers));

        await using (var beyond = await UnitsClient.OpenAsync(Server, null, headers))
            await beyond.Closed.WaitAsync(UnitsClient.Patience);
        Assert.All(held, h => Assert.False(h.Closed.IsCompleted));

        await held[0].DisposeAsync();
        await Eventually.TrueAsync(async () =>
        {
            await using var next = await UnitsClient.OpenAsync(Server, null, headers);
            await next.WatchAsync(1, 0, 0, 1, 1, 5);
            await Task.WhenAny(next.Closed, next.UntilAsync(c => c.Messages.Length > 0));
            return next.Messages.Length > 0;
        }, UnitsClient.Patience);
        foreach (var one in held)
            await one.DisposeAsync();
    }

    private Task<HttpResponseMessage> NegotiateAsync(string hub, params (string Name, string? Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Server.Address, hub + "/negotiate?negotiateVersion=1"));
        foreach (var (name, value) in headers.Where(h => h.Value is not null))
            request.Headers.TryAddWithoutValidation(name, value);
        return Server.Visitor.SendAsync(request);
    }

    private async Task<HttpStatusCode> ConnectAsync(string hub, params (string Name, string? Value)[] headers)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        foreach (var (name, value) in headers.Where(h => h.Value is not null))
            socket.Options.SetRequestHeader(name, value);
        try
        {
            await socket.ConnectAsync(new UriBuilder(new Uri(Server.Address, hub)) { Scheme = "ws" }.Uri, CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // The status says why.
        }
        return socket.HttpStatusCode;
    }
}
