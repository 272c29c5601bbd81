using System.Diagnostics;
using System.Net;
using System.Text.Json;
using FieldCrm.Core.Tenants;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class FeedApiTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_a_reader_without_a_token_When_it_follows_Then_later_events_come_once_in_order_page_by_page()
    {
        var tenant = await TestTenant.CreateAsync(Server, "feed-follow");
        await tenant.DeviceAsync("before");
        var start = await tenant.GetAsync("/api/v1/events");
        Assert.True(start.GetProperty("snapshotRequired").GetBoolean());
        Assert.Equal(0, start.GetProperty("events").GetArrayLength());
        string[] added = ["a", "b", "c", "d", "e"];
        foreach (var id in added)
            await tenant.DeviceAsync(id);

        var read = new List<JsonElement>();
        var token = Token(start);
        // Another test's open transaction may hold the feed back for a moment.
        await Eventually.TrueAsync(async () =>
        {
            var page = await tenant.GetAsync($"/api/v1/events?after={token}&limit=2&waitSeconds=5");
            Assert.False(page.GetProperty("snapshotRequired").GetBoolean());
            Assert.InRange(page.GetProperty("events").GetArrayLength(), 0, 2);
            read.AddRange(page.GetProperty("events").EnumerateArray());
            token = Token(page);
            return read.Count >= added.Length;
        }, TimeSpan.FromSeconds(30));

        Assert.All(read, e => Assert.Equal(("DeviceRegistered", $"tenant/{tenant.Id}"), (e.GetProperty("type").GetString(), e.GetProperty("stream").GetString())));
        Assert.Equal([2L, 3, 4, 5, 6], read.Select(e => e.GetProperty("version").GetInt64()));
        var fromThird = await tenant.GetAsync($"/api/v1/events?after={read[2].GetProperty("token").GetString()}");
        Assert.Equal([5L, 6], fromThird.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("version").GetInt64()));
    }

    [Fact]
    public async Task Given_a_waiting_reader_When_something_happens_Then_it_is_told_before_its_time_is_up()
    {
        var tenant = await TestTenant.CreateAsync(Server, "feed-wait");
        var token = Token(await tenant.GetAsync("/api/v1/events"));
        var waited = Stopwatch.StartNew();

        var waiting = tenant.GetAsync($"/api/v1/events?after={token}&waitSeconds=30");
        await tenant.DeviceAsync("van");
        var page = await waiting;

        Assert.Equal("DeviceRegistered", Assert.Single(page.GetProperty("events").EnumerateArray().ToArray()).GetProperty("type").GetString());
        Assert.InRange(waited.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(25));
    }

    [Fact]
    public async Task Given_nothing_happens_When_a_reader_waits_Then_an_empty_page_ends_it()
    {
        var tenant = await TestTenant.CreateAsync(Server, "feed-idle");
        var token = Token(await tenant.GetAsync("/api/v1/events"));

        var page = await tenant.GetAsync($"/api/v1/events?after={token}&waitSeconds=1");

        Assert.Equal((0, false, false), (page.GetProperty("events").GetArrayLength(), page.GetProperty("hasMore").GetBoolean(), page.GetProperty("snapshotRequired").GetBoolean()));
    }

    [Fact]
    public async Task Given_two_tenants_and_a_dispatcher_When_each_follows_Then_none_sees_more_than_he_may()
    {
        var ours = await TestTenant.CreateAsync(Server, "feed-ours");
        var theirs = await TestTenant.CreateAsync(Server, "feed-theirs");
        using var admin = await ours.SignedInAsync(UserRole.Admin);
        using var dispatcher = await ours.SignedInAsync(UserRole.Dispatcher);
        using var technician = await ours.SignedInAsync(UserRole.Technician);
        var token = Token(await ours.GetAsync("/api/v1/events"));
        await theirs.DeviceAsync("foreign");
        var device = await ours.DeviceAsync("van");
        await ours.ReportAsync(device, Fix(0), Fix(1), Fix(2, ",\"alarm\":\"sos\""));

        // The device's events are the younger ones: with them all are there.
        var seen = Array.Empty<JsonElement>();
        await Eventually.TrueAsync(async () =>
        {
            seen = await ReadAsync(admin, token);
            return seen.Any(e => e.GetProperty("stream").GetString()!.StartsWith("device/", StringComparison.Ordinal));
        }, TimeSpan.FromSeconds(30));
        var seenByDispatcher = await ReadAsync(dispatcher, token);

        Assert.Contains(seen, e => e.GetProperty("type").GetString() == "DeviceRegistered");
        Assert.DoesNotContain(seen, e => e.GetRawText().Contains("foreign", StringComparison.Ordinal));
        Assert.NotEmpty(seenByDispatcher);
        Assert.All(seenByDispatcher, e => Assert.Equal("van", e.GetProperty("device").GetString()));
        using var refused = await technician.GetAsync(new Uri("/api/v1/events", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var stranger = await Server.Visitor.GetAsync(new Uri("/api/v1/events", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
    }

    [Fact]
    public async Task Given_a_token_of_another_life_When_followed_Then_a_snapshot_is_required()
    {
        var tenant = await TestTenant.CreateAsync(Server, "feed-epoch");
        var foreign = new FieldCrm.Silo.Feed.FeedToken(Guid.NewGuid(), 5, 0);

        var page = await tenant.GetAsync($"/api/v1/events?after={foreign}&waitSeconds=30");

        Assert.True(page.GetProperty("snapshotRequired").GetBoolean());
        Assert.NotEqual(foreign.ToString(), Token(page));
    }

    [Theory]
    [InlineData("after=x", "query.after-invalid")]
    [InlineData("after=", "query.after-invalid")]
    [InlineData("limit=0", "query.limit-invalid")]
    [InlineData("limit=1001", "query.limit-invalid")]
    [InlineData("waitSeconds=31", "query.waitSeconds-invalid")]
    public async Task Given_a_damaged_parameter_When_followed_Then_400_with_its_code(string query, string code)
    {
        using var answer = await Server.Operator.GetAsync(new Uri($"/api/v1/events?{query}", UriKind.Relative));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(code, JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("code").GetString());
    }

    private static async Task<JsonElement[]> ReadAsync(HttpClient browser, string token) =>
        [.. JsonElement.Parse(await browser.GetStringAsync(new Uri($"/api/v1/events?after={token}&limit=1000", UriKind.Relative)))
            .GetProperty("events").EnumerateArray()];

    private static string Fix(int minute, string more = "") =>
        $$"""{"fixedAt":"{{TestTenant.Day.ToDateTimeOffset().AddMinutes(minute):yyyy-MM-dd'T'HH:mm:ss'Z'}}","lat":48,"lon":11{{more}}}""";

    private static string Token(JsonElement page) => page.GetProperty("token").GetString()!;
}
