using System.Net;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Health;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.Ingest;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.TestKit;
using Microsoft.AspNetCore.Http;

namespace FieldCrm.Hub.Tests.Identity;

/// <summary>What strangers, people and devices may ask at most; what is beyond is told when to come again, and nobody else notices.</summary>
[Collection(ServerCollection.Name)]
public sealed class LimitsTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("2001:db8:1:2::1", "20010db800010002/64")]
    [InlineData("2001:db8:1:2:ffff:ffff:ffff:ffff", "20010db800010002/64")]
    [InlineData("2001:db8:1:3::1", "20010db800010003/64")]
    [InlineData("::1", "::1")]
    [InlineData(null, "")]
    public void Given_an_address_Then_what_a_subscriber_may_choose_himself_does_not_count(string? address, string expected) =>
        Assert.Equal(expected, ClientAddress.Of(address is null ? null : IPAddress.Parse(address)));

    [Theory]
    [InlineData("/sign-in")]
    [InlineData("/sign-in/0123456789abcdefghjkmnpqrstvwxyz")]
    [InlineData("/sign-in/passkey")]
    public async Task Given_an_address_that_tries_every_way_in_Then_it_waits_a_minute_and_others_do_not(string path)
    {
        using var guesser = new HttpClient(LoopbackAddress.Handler()) { BaseAddress = Server.Address };
        HttpResponseMessage? last = null;
        for (var i = 0; i < 21; i++)
        {
            last?.Dispose();
            last = await guesser.PostAsync(new Uri(path, UriKind.Relative), null); // without our page's token: refused, and counted before
            Assert.Equal(i < 20 ? HttpStatusCode.BadRequest : HttpStatusCode.TooManyRequests, last.StatusCode);
        }
        Assert.Equal("60", last!.Headers.RetryAfter?.ToString());
        last.Dispose();
        using var other = new HttpClient(LoopbackAddress.Handler()) { BaseAddress = Server.Address };
        using var unaffected = await other.PostAsync(new Uri(path, UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.BadRequest, unaffected.StatusCode);
    }

    [Fact]
    public async Task Given_an_address_full_of_strangers_Then_only_remembered_devices_are_heard_from_it_and_all_from_elsewhere()
    {
        var tenant = await TestTenant.CreateAsync(Server, "limits-strangers");
        var known = await tenant.DeviceAsync("known");
        var fresh = await tenant.DeviceAsync("fresh");
        using var here = new HttpClient(LoopbackAddress.Handler()) { BaseAddress = Server.Address };
        Assert.Equal(HttpStatusCode.OK, await ReportAsync(here, known.Token));
        for (var i = 0; i < IngestLimits.StrangersPerMinute; i++)
            Assert.Equal(HttpStatusCode.NotFound, await ReportAsync(here, SecretToken.Create()));

        using var refused = await here.GetAsync(Position(SecretToken.Create()));
        Assert.Equal((HttpStatusCode.TooManyRequests, "60"), (refused.StatusCode, refused.Headers.RetryAfter?.ToString()));
        Assert.Equal("ingest.rate-limited", JsonElement.Parse(await refused.Content.ReadAsStringAsync()).GetProperty("code").GetString());
        Assert.Equal(HttpStatusCode.TooManyRequests, await ReportAsync(here, fresh.Token)); // it would have to be looked up
        Assert.Equal(HttpStatusCode.OK, await ReportAsync(here, known.Token));
        Server.Get<DeviceDirectory>().BeginLife(); // as after a lost connection to the database: what is remembered has to be read again
        Assert.Equal(HttpStatusCode.OK, await ReportAsync(here, known.Token));
        Assert.Equal(HttpStatusCode.TooManyRequests, await ReportAsync(here, fresh.Token));
        using var batch = new HttpRequestMessage(HttpMethod.Post, "/api/v1/fixes") { Content = JsonContent.Create(new { fixes = Array.Empty<int>() }) };
        batch.Headers.Authorization = new("Bearer", SecretToken.Create());
        using var refusedBatch = await here.SendAsync(batch);
        Assert.Equal(HttpStatusCode.TooManyRequests, refusedBatch.StatusCode);

        using var elsewhere = new HttpClient(LoopbackAddress.Handler()) { BaseAddress = Server.Address };
        Assert.Equal(HttpStatusCode.NotFound, await ReportAsync(elsewhere, SecretToken.Create()));
        Assert.Equal(HttpStatusCode.OK, await ReportAsync(elsewhere, fresh.Token));
    }

    [Fact]
    public async Task Given_a_device_that_floods_Then_it_is_held_back_nothing_of_it_is_acknowledged_and_others_are_heard()
    {
        var tenant = await TestTenant.CreateAsync(Server, "limits-flood");
        var flooding = await tenant.DeviceAsync("flooding");
        var calm = await tenant.DeviceAsync("calm");
        var number = new DeviceId(await tenant.NumberAsync("flooding"));
        var limits = Server.Get<IngestLimits>();
        using var client = new HttpClient(LoopbackAddress.Handler()) { BaseAddress = Server.Address };
        var answers = new List<HttpStatusCode>();
        // Each second brings it fifty again: a request may hit that moment, many in a row cannot.
        while (answers.Count < 100 && !answers.Contains(HttpStatusCode.TooManyRequests))
        {
            for (var i = 0; i < 2 * IngestLimits.ReportsAtOnce && limits.MayReport(number); i++)
            {
                // what is left to it is used up
            }
            answers.Add(await ReportAsync(client, flooding.Token));
        }
        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
        Assert.Equal(HttpStatusCode.OK, await ReportAsync(client, calm.Token));
    }

    [Fact]
    public async Task Given_a_person_whose_sessions_ask_too_often_Then_the_api_says_wait_the_console_still_loads_and_others_go_on()
    {
        var tenant = await TestTenant.CreateAsync(Server, "limits-person");
        using var busy = await tenant.SignedInAsync(UserRole.Dispatcher);
        using var other = await tenant.SignedInAsync(UserRole.Admin);
        var user = (await Server.Get<TenantAdministration>().FindUserAsync(tenant.Id, "limits-person-dispatcher", CancellationToken.None))!;
        var context = new DefaultHttpContext { User = SessionCookie.Principal(user.UserId, tenant.Id, user.Role, user.SessionStamp) };
        context.Request.Path = "/api/v1/units";
        var limits = Server.Get<PersonLimits>();
        Assert.True(limits.MayAsk(context));
        for (var i = 0; i < PersonLimits.RequestsPerMinute; i++)
            limits.MayAsk(context);

        using var refused = await busy.GetAsync(new Uri("/api/v1/units", UriKind.Relative));
        Assert.Equal((HttpStatusCode.TooManyRequests, "60"), (refused.StatusCode, refused.Headers.RetryAfter?.ToString()));
        Assert.Equal("rate.limited", JsonElement.Parse(await refused.Content.ReadAsStringAsync()).GetProperty("code").GetString());
        using var session = await busy.GetAsync(new Uri("/session", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, session.StatusCode);
        using var unaffected = await other.GetAsync(new Uri("/api/v1/units", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, unaffected.StatusCode);
        Assert.True(limits.MayAsk(new DefaultHttpContext { User = new ClaimsPrincipal(new ClaimsIdentity()) })); // nobody's, and the operator's credential
    }

    [Fact]
    public async Task Given_many_who_ask_whether_it_is_ready_Then_they_share_one_look()
    {
        var condition = new Counted();
        var readiness = new SharedReadiness([condition], TimeProvider.System);
        var asked = Enumerable.Range(0, 50).Select(_ => readiness.CheckAsync(CancellationToken.None)).ToArray();
        condition.Answer.SetResult(new Failure("x.y", "not yet"));
        Assert.All(await Task.WhenAll(asked), failures => Assert.Equal("x.y", Assert.Single(failures).Code));
        Assert.Equal(1, condition.Count);
    }

    private static async Task<HttpStatusCode> ReportAsync(HttpClient client, string token)
    {
        using var answer = await client.GetAsync(Position(token));
        return answer.StatusCode;
    }

    private static Uri Position(string token) => new($"/osmand/{token}?lat=-34.9&lon=-56.16", UriKind.Relative);

    private sealed class Counted : IReadiness
    {
        public TaskCompletionSource<Failure?> Answer { get; } = new();

        public int Count { get; private set; }

        public async ValueTask<Failure?> CheckAsync(CancellationToken cancellationToken)
        {
            Count++;
            return await Answer.Task.WaitAsync(cancellationToken);
        }
    }
}
