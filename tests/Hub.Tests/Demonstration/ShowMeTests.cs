using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Tenants;
using FieldCrm.Demo;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Demonstration;

/// <summary>Who is shown what a demonstration can do, and that its count is one of fixes and not of hopes.</summary>
public sealed class ShowMeTests(ShowMeTests.Demonstrating demonstrating) : IClassFixture<ShowMeTests.Demonstrating>
{
    private InProcessServer Server => demonstrating.Server;

    [Fact]
    public async Task Given_each_role_and_tenant_When_the_card_is_asked_for_Then_admins_of_the_fleets_tenant_and_operators_get_it()
    {
        foreach (var role in UserRole.All)
        {
            var browser = await demonstrating.BrowserAsync(role);
            var (status, code) = await AskAsync(browser, "/dispatch/show-me");
            Assert.Equal((role, role == UserRole.Admin ? (HttpStatusCode.OK, null) : (HttpStatusCode.Forbidden, "auth.forbidden")), (role, (status, code)));
            using var settings = await browser.GetAsync(new Uri("/dispatch/settings", UriKind.Relative));
            if (settings.IsSuccessStatusCode)
            {
                var shows = JsonElement.Parse(await settings.Content.ReadAsStringAsync()).GetProperty("showsDemonstration").GetBoolean();
                Assert.Equal((role, role == UserRole.Admin), (role, shows));
            }
        }
        var other = await TestTenant.CreateAsync(Server, "show-me-other");
        using var stranger = await other.SignedInAsync(UserRole.Admin);
        foreach (var path in new[] { "/dispatch/show-me", "/dispatch/show-me/count?since=1" })
        {
            Assert.Equal((HttpStatusCode.NotFound, "demonstration.unknown"), await AskAsync(stranger, path));
            Assert.Equal((HttpStatusCode.Unauthorized, "auth.required"), await AskAsync(Server.Visitor, path));
        }
        using var pulled = await stranger.PostAsJsonAsync("/dispatch/show-me/plug", new { });
        Assert.Equal(HttpStatusCode.NotFound, pulled.StatusCode);
        Assert.Equal((HttpStatusCode.OK, null), await AskAsync(Server.Operator, "/dispatch/show-me"));
    }

    [Fact]
    public async Task Given_nobody_who_would_start_it_again_When_the_plug_is_to_be_pulled_Then_refused_and_nothing_is_noted()
    {
        var fleet = await demonstrating.FleetAsync();
        var admin = await demonstrating.BrowserAsync(UserRole.Admin);
        var start = JsonElement.Parse(await admin.GetStringAsync(new Uri("/dispatch/show-me", UriKind.Relative)));
        Assert.Equal((Environment.ProcessId, false), (start.GetProperty("processId").GetInt32(), start.GetProperty("canPullPlug").GetBoolean()));
        Assert.Equal(0, start.GetProperty("historyHours").GetInt32());
        Directory.CreateDirectory(new InstancePaths(Server.Directory).Demo);
        await File.WriteAllTextAsync(
            new InstancePaths(Server.Directory).DemoState,
            """{"historyFromUnixSeconds":1,"liveFromUnixSeconds":86401,"historyHoursDone":7,"liveThroughUnixSeconds":86402}""");
        start = JsonElement.Parse(await admin.GetStringAsync(new Uri("/dispatch/show-me", UriKind.Relative)));
        Assert.Equal(7, start.GetProperty("historyHours").GetInt32());
        // This server listens on loopback: a phone would be given an address of its own.
        Assert.False(start.GetProperty("isPhoneReachable").GetBoolean());

        using var answer = await admin.PostAsJsonAsync("/dispatch/show-me/plug", new { });
        Assert.Equal((HttpStatusCode.Conflict, "demonstration.not-supervised"), (answer.StatusCode, await CodeAsync(answer)));
        using var forgery = new HttpRequestMessage(HttpMethod.Post, "/dispatch/show-me/plug") { Content = JsonContent.Create(new { }) };
        forgery.Headers.Add(CookieRequests.HeaderName, "made-up");
        using var forged = await admin.SendAsync(forgery);
        Assert.Equal((HttpStatusCode.BadRequest, "auth.antiforgery"), (forged.StatusCode, await CodeAsync(forged)));
        Assert.DoesNotContain("PlugPulled", (await fleet.GetAsync("/api/v1/audit")).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_the_senders_journal_When_counted_Then_each_fix_is_looked_for_by_device_moment_and_place()
    {
        var fleet = await demonstrating.FleetAsync();
        var van = $"demo-van-{Guid.NewGuid():N}";
        await fleet.DeviceAsync(van);
        var number = await fleet.NumberAsync(van);
        var elsewhere = await TestTenant.CreateAsync(Server, $"show-me-{Guid.NewGuid():N}");
        await elsewhere.DeviceAsync(van);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var stored = At(now - 30, -349_000_001, -561_000_001);
        var marked = At(now - 29, -349_000_001, 1_799_999_999);
        await fleet.Rows.FixesAsync(fleet.Id.Value, number, [stored, marked, At(now - 28, 5, 5)], stored.FixedAt);
        await fleet.Rows.MarkAsync(fleet.Id.Value, number, marked, FixMark.Teleport);
        await elsewhere.Rows.FixesAsync(elsewhere.Id.Value, await elsewhere.NumberAsync(van), [At(now - 26, 7, 7)], stored.FixedAt);
        await fleet.Rows.ExecuteAsync(
            """
            INSERT INTO quarantine (tenant_id, device_id, reason, protocol, received_at, fixed_at, raw, raw_hash)
            VALUES ($1, $2, 'fix.older-than-retention', 'osmand', now(), $3, '\x00', '\x00')
            """, fleet.Id.Value, number, DateTimeOffset.FromUnixTimeSeconds(now - 25).UtcDateTime);
        Note(van, (now - 30, -349_000_001, -561_000_001), (now - 29, -349_000_001, 1_799_999_999), (now - 25, 3, 3));
        var admin = await demonstrating.BrowserAsync(UserRole.Admin);
        Assert.Equal((3, 3, 0, 3, 1), await CountAsync(admin, now * 1_000 - 30_000));

        // Another place, another moment, another tenant's, a device that is not there.
        Note(van, (now - 28, 5, 6), (now - 27, 5, 5), (now - 26, 7, 7));
        Note("demo-nobody", (now - 30, -349_000_001, -561_000_001));
        Assert.Equal((7, 3, 4, 7, 2), await CountAsync(admin, now * 1_000 - 30_000));
        Assert.Equal((7, 3, 4, 0, 2), await CountAsync(admin, now * 1_000 + 30_000));
        var count = JsonElement.Parse(await admin.GetStringAsync(Count(now * 1_000)));
        Assert.Equal(
            [(van, now - 28, 5, 6), (van, now - 27, 5, 5), (van, now - 26, 7, 7), ("demo-nobody", now - 30, -349_000_001, -561_000_001)],
            count.GetProperty("missing").EnumerateArray().Select(m => (
                m.GetProperty("device").GetString() ?? "", m.GetProperty("fixedAt").GetDateTimeOffset().ToUnixTimeSeconds(),
                m.GetProperty("latitudeE7").GetInt32(), m.GetProperty("longitudeE7").GetInt32())));
        Assert.True(JsonElement.Parse(await admin.GetStringAsync(new Uri("/dispatch/show-me", UriKind.Relative))).GetProperty("isDriving").GetBoolean());
    }

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("1")]
    [InlineData("9999999999999")]
    public async Task Given_a_moment_that_cannot_be_meant_When_counted_Then_refused(string since)
    {
        var admin = await demonstrating.BrowserAsync(UserRole.Admin);
        Assert.Equal((HttpStatusCode.BadRequest, "query.since-invalid"), await AskAsync(admin, $"/dispatch/show-me/count?since={since}"));
    }

    private void Note(string vehicle, params (long At, int LatitudeE7, int LongitudeE7)[] fixes)
    {
        var paths = new InstancePaths(Server.Directory);
        Directory.CreateDirectory(paths.Demo);
        // The journal is begun anew by every fleet; what was noted before stays in the file before it.
        var before = Journal.Read(paths.DemoJournal, 0).ToList();
        File.Delete(paths.DemoJournal);
        using var journal = new Journal(paths.DemoJournal, TimeProvider.System);
        foreach (var entry in before)
            journal.Note(entry.WasAcknowledged, entry.Vehicle, Reading(entry.FixedAtUnixSeconds, entry.LatitudeE7, entry.LongitudeE7));
        foreach (var (at, latitude, longitude) in fixes)
            journal.Note(true, vehicle, Reading(at, latitude, longitude));
        if (fixes.Length > 1)
            journal.Note(false, vehicle, Reading(1, 1, 1));
    }

    private static Reading Reading(long at, int latitudeE7, int longitudeE7) => new(at, new Place(latitudeE7, longitudeE7), 0, 0, 5, 90, true);

    private static Fix At(long second, int latitudeE7, int longitudeE7) =>
        new() { FixedAt = UtcMicros.FromUnixSeconds(second), Position = new GeoPoint(latitudeE7, longitudeE7) };

    private static Uri Count(long since) => new(string.Create(CultureInfo.InvariantCulture, $"/dispatch/show-me/count?since={since}"), UriKind.Relative);

    private static async Task<(int Acknowledged, int Stored, int Lost, int Since, int Unanswered)> CountAsync(HttpClient admin, long since)
    {
        var count = JsonElement.Parse(await admin.GetStringAsync(Count(since)));
        return (Of("acknowledged"), Of("stored"), Of("lost"), Of("acknowledgedSince"), Of("unanswered"));

        int Of(string name) => count.GetProperty(name).GetInt32();
    }

    private static async Task<(HttpStatusCode Status, string? Code)> AskAsync(HttpClient browser, string path)
    {
        using var answer = await browser.GetAsync(new Uri(path, UriKind.Relative));
        return (answer.StatusCode, await CodeAsync(answer));
    }

    private static async Task<string?> CodeAsync(HttpResponseMessage answer) =>
        JsonElement.Parse(await answer.Content.ReadAsStringAsync()).TryGetProperty("code", out var code) ? code.GetString() : null;

    public sealed class Demonstrating : IAsyncLifetime
    {
        private readonly Dictionary<string, HttpClient> _browsers = [];
        private InProcessServer? _server;

        public InProcessServer Server => _server ?? throw new InvalidOperationException("Not started.");

        /// <summary>The tenant that the fleet drives for.</summary>
        internal async Task<TestTenant> FleetAsync() => new(
            Server, RequestTenant.DefaultName,
            await Server.Get<TenantAdministration>().FindAsync(RequestTenant.DefaultName, CancellationToken.None) ?? throw new InvalidOperationException("no tenant"));

        /// <summary>One of its people, with a role.</summary>
        public async Task<HttpClient> BrowserAsync(string role)
        {
            if (!_browsers.TryGetValue(role, out var browser))
                _browsers[role] = browser = await (await FleetAsync()).SignedInAsync(role);
            return browser;
        }

        public async Task InitializeAsync() => _server = await InProcessServer.StartAsync(demonstrates: true);

        public async Task DisposeAsync()
        {
            foreach (var browser in _browsers.Values)
                browser.Dispose();
            if (_server is not null)
                await _server.DisposeAsync();
        }
    }
}
