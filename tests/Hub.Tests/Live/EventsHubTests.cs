using System.Text.Json;
using FieldCrm.Core.Live;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Live;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.Silo.Feed;
using FieldCrm.TestKit;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace FieldCrm.Hub.Tests.Live;

[Collection(ServerCollection.Name)]
public sealed class EventsHubTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_a_follower_When_things_happen_Then_each_comes_once_in_order_and_any_token_goes_on_from_there()
    {
        var tenant = await TestTenant.CreateAsync(Server, "events-follow");
        await tenant.DeviceAsync("before");
        await using var follower = await EventsClient.OpenAsync(Server, "events-follow");
        await follower.UntilAsync(f => f.Batches.Length == 1);
        Assert.Equal((true, 0), (follower.Batches[0].IsSnapshot, follower.Batches[0].Items.Length));

        string[] added = [.. Enumerable.Range(0, 7).Select(i => $"van-{i}")];
        foreach (var id in added)
            await tenant.DeviceAsync(id);
        var first = await tenant.DeviceAsync("reporter");
        await tenant.ReportAsync(first, Fix(0), Fix(1, ",\"alarm\":\"sos\""));
        await follower.UntilAsync(f => f.Items.Any(i => i.Stream.StartsWith("device/", StringComparison.Ordinal)) && f.Items.Any(i => i.Type == "AlarmRaised"));

        var stream = follower.Items.Where(i => i.Stream == $"tenant/{tenant.Id}").ToArray();
        Assert.Equal(Enumerable.Range(2, stream.Length).Select(v => (long)v), stream.Select(i => i.Version));
        Assert.Equal(added, stream.Take(7).Select(i => i.Payload?.GetProperty("uniqueId").GetString()));
        var ofDevice = follower.Items.First(i => i.Stream.StartsWith("device/", StringComparison.Ordinal));
        Assert.Equal((await tenant.NumberAsync("reporter"), "reporter"), (ofDevice.Unit, ofDevice.DeviceId));

        foreach (var batch in follower.Batches.SkipLast(1))
        {
            await using var again = await EventsClient.OpenAsync(Server, "events-follow", token: batch.Token);
            var rest = follower.Batches.SkipWhile(b => b != batch).Skip(1).SelectMany(b => b.Items).Select(Name).ToArray();
            await again.UntilAsync(f => f.Items.Length >= rest.Length);
            Assert.Equal(rest, again.Items.Select(Name));
            Assert.All(again.Batches, b => Assert.False(b.IsSnapshot));
        }
    }

    [Fact]
    public async Task Given_many_events_behind_a_follower_When_it_follows_Then_bounded_batches_without_a_gap()
    {
        var tenant = await TestTenant.CreateAsync(Server, "events-many");
        string token;
        await using (var before = await EventsClient.OpenAsync(Server, "events-many"))
        {
            await before.UntilAsync(f => f.Batches.Length == 1);
            token = before.Batches[0].Token;
        }
        const int many = SharedFeed.MaxBatch * 2 + 50;
        using var imported = await Server.Operator.PostAsync(
            new Uri("/operator/devices/import?tenant=events-many", UriKind.Relative),
            new StringContent(
                JsonSerializer.Serialize(new { devices = Enumerable.Range(0, many).Select(i => new { id = $"d{i:0000}", name = $"D {i}" }) }),
                System.Text.Encoding.UTF8, "application/json"));
        Assert.True(imported.IsSuccessStatusCode, await imported.Content.ReadAsStringAsync());

        await using var follower = await EventsClient.OpenAsync(Server, "events-many", token: token);
        await follower.UntilAsync(f => f.Items.Length >= many);

        Assert.Equal(Enumerable.Range(1, many).Select(v => (long)v), follower.Items.Select(i => i.Version));
        Assert.All(follower.Batches, b => Assert.InRange(b.Items.Length, 1, SharedFeed.MaxBatch));
    }

    [Fact]
    public async Task Given_an_admin_and_a_dispatcher_When_both_follow_Then_the_tenants_own_stream_is_the_admins_and_no_foreign_word_is_anybodys()
    {
        var ours = await TestTenant.CreateAsync(Server, "events-ours");
        var theirs = await TestTenant.CreateAsync(Server, "events-theirs");
        await using var admin = await EventsClient.OpenAsync(Server, null, await CookieAsync(ours, UserRole.Admin));
        await using var dispatcher = await EventsClient.OpenAsync(Server, null, await CookieAsync(ours, UserRole.Dispatcher));
        await admin.UntilAsync(f => f.Batches.Length > 0);
        await dispatcher.UntilAsync(f => f.Batches.Length > 0);
        await theirs.ReportAsync(await theirs.DeviceAsync("canary-7c1f"), Fix(0), Fix(1, ",\"alarm\":\"sos\""));
        await ours.ReportAsync(await ours.DeviceAsync("van"), Fix(0), Fix(1, ",\"alarm\":\"sos\""));

        await admin.UntilAsync(f => f.Items.Any(i => i.Type == "DeviceRegistered") && f.Items.Any(i => i.DeviceId == "van"));
        await dispatcher.UntilAsync(f => f.Items.Any(i => i.Stream == $"tenant/{ours.Id}"));

        var raised = Assert.Single(dispatcher.Items, i => !i.Stream.StartsWith("device/", StringComparison.Ordinal));
        Assert.Equal(("AlarmRaised", await ours.NumberAsync("van"), "van"), (raised.Type, raised.Unit, raised.DeviceId));
        Assert.DoesNotContain("canary-7c1f", JsonSerializer.Serialize(admin.Items.Concat(dispatcher.Items)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_token_that_is_none_or_of_another_life_When_followed_Then_refused_or_a_snapshot()
    {
        await TestTenant.CreateAsync(Server, "events-token");
        await using (var refused = await EventsClient.OpenAsync(Server, "events-token", token: "x"))
            Assert.Contains(EventsHub.TokenInvalid, (await Assert.ThrowsAsync<HubException>(() => refused.Ended)).Message, StringComparison.Ordinal);

        var foreign = new FeedToken(Guid.NewGuid(), 5, 0).ToString();
        await using var snapshot = await EventsClient.OpenAsync(Server, "events-token", token: foreign);
        await snapshot.UntilAsync(f => f.Batches.Length > 0);

        Assert.True(snapshot.Batches[0].IsSnapshot);
        Assert.NotEqual(foreign, snapshot.Batches[0].Token);
    }

    [Fact]
    public async Task Given_a_connection_that_follows_When_it_follows_again_Then_refused_until_it_stops()
    {
        await TestTenant.CreateAsync(Server, "events-twice");
        await using var follower = await EventsClient.OpenAsync(Server, "events-twice");
        await follower.UntilAsync(f => f.Batches.Length > 0);

        var second = await Assert.ThrowsAsync<HubException>(async () =>
        {
            await foreach (var _ in follower.Connection.StreamAsync<EventBatch>("Follow", null))
                Assert.Fail("It was let in.");
        });

        Assert.Contains(EventsHub.AlreadyFollowing, second.Message, StringComparison.Ordinal);
    }

    private async Task<(string, string)[]> CookieAsync(TestTenant tenant, string role)
    {
        using var browser = await tenant.SignedInAsync(role);
        return [("Cookie", browser.DefaultRequestHeaders.GetValues("Cookie").Single()), ("Origin", Server.Address.GetLeftPart(UriPartial.Authority))];
    }

    private static string Name(LiveEvent happened) => $"{happened.Stream} {happened.Version}";

    private static string Fix(int minute, string more = "") =>
        $$"""{"fixedAt":"{{TestTenant.Day.ToDateTimeOffset().AddMinutes(minute):yyyy-MM-dd'T'HH:mm:ss'Z'}}","lat":48,"lon":11{{more}}}""";

    /// <summary>A console's line of events.</summary>
    private sealed class EventsClient : IAsyncDisposable
    {
        private readonly Lock _gate = new();
        private readonly List<EventBatch> _batches = [];
        private readonly CancellationTokenSource _stop = new();

        private EventsClient(HubConnection connection) => Connection = connection;

        public HubConnection Connection { get; }

        public Task Ended { get; private set; } = Task.CompletedTask;

        public EventBatch[] Batches
        {
            get
            {
                lock (_gate)
                    return [.. _batches];
            }
        }

        public LiveEvent[] Items => [.. Batches.SelectMany(b => b.Items)];

        public static async Task<EventsClient> OpenAsync(
            InProcessServer server, string? tenant, (string Name, string Value)[]? headers = null, string? token = null)
        {
            var connection = new HubConnectionBuilder()
                .WithUrl(new Uri(server.Address, EventsHub.Path + (tenant is null ? "" : "?tenant=" + tenant)), options =>
                {
                    if (headers is null)
                        options.Headers["Authorization"] = server.Operator.DefaultRequestHeaders.Authorization!.ToString();
                    foreach (var (name, value) in headers ?? [])
                        options.Headers[name] = value;
                })
                .AddJsonProtocol(json => json.PayloadSerializerOptions = new(LiveJson.Default.Options))
                .Build();
            await connection.StartAsync();
            var client = new EventsClient(connection);
            client.Ended = client.FollowAsync(token);
            return client;
        }

        public Task UntilAsync(Func<EventsClient, bool> condition) => Eventually.TrueAsync(
            () => Ended.IsFaulted ? throw Ended.Exception.GetBaseException() : condition(this), UnitsClient.Patience,
            () => $"{Batches.Length} batches, {Items.Length} events");

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Connection.DisposeAsync();
            _stop.Dispose();
        }

        private async Task FollowAsync(string? token)
        {
            await foreach (var batch in Connection.StreamAsync<EventBatch>("Follow", token, _stop.Token))
            {
                lock (_gate)
                    _batches.Add(batch);
            }
        }
    }
}
