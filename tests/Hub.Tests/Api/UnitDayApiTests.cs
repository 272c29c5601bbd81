using System.Globalization;
using System.Net;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.DevicesApi;
using FieldCrm.Hub.UnitsApi;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Api;

/// <summary>A unit's day between the moments that its reader's zone gives.</summary>
[Collection(ServerCollection.Name)]
public sealed class UnitDayApiTests(SharedServer shared)
{
    // A day in Montevideo, three hours behind UTC.
    private static readonly string MontevideoDay = Span(3, 27);

    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_a_drive_a_stand_and_a_jump_When_the_readers_day_is_read_Then_figures_trips_stops_and_track_tell_it()
    {
        var tenant = await TestTenant.CreateAsync(Server, "day-story");
        var van = await tenant.DeviceAsync("van");
        await DriveAsync(tenant, van, startSecond: 10 * 3_600);

        var day = await tenant.GetAsync($"/api/v1/units/van/day?{MontevideoDay}");

        var trip = Assert.Single(day.GetProperty("trips").EnumerateArray());
        Assert.Equal((Second(10 * 3_600), Second(10 * 3_600 + 600)), (trip.GetProperty("from").GetDateTimeOffset(), trip.GetProperty("to").GetDateTimeOffset()));
        // 60 steps of 200 m due north.
        Assert.InRange(day.GetProperty("distanceM").GetDouble(), 11_900, 12_100);
        Assert.Equal(trip.GetProperty("distanceM").GetDouble(), day.GetProperty("distanceM").GetDouble(), tolerance: 100);
        var stop = Assert.Single(day.GetProperty("stops").EnumerateArray());
        Assert.Equal(Second(10 * 3_600 + 600), stop.GetProperty("from").GetDateTimeOffset());
        Assert.False(stop.TryGetProperty("to", out _)); // it stands there still
        Assert.Equal(
            (82, 1, 0, 20.0, false),
            (day.GetProperty("fixes").GetInt32(), day.GetProperty("marked").GetInt32(), day.GetProperty("quarantined").GetInt32(),
                day.GetProperty("maxSpeedMps").GetDouble(), day.GetProperty("isCut").GetBoolean()));
        var track = day.GetProperty("track").EnumerateArray().ToArray();
        Assert.InRange(track.Length, 3, 20); // a straight line and a stand: their ends, and little else
        Assert.Equal((-34.9, Second(10 * 3_600)), (track[0].GetProperty("latitudeDeg").GetDouble(), track[0].GetProperty("at").GetDateTimeOffset()));
        Assert.DoesNotContain(track, p => p.GetProperty("latitudeDeg").GetDouble() > 0);

        var marked = (await tenant.GetAsync($"/api/v1/units/van/day/marked?{MontevideoDay}")).GetProperty("fixes").EnumerateArray().Single();
        Assert.Equal(("teleport", 48.0), (marked.GetProperty("mark").GetString(), marked.GetProperty("latitudeDeg").GetDouble()));
        var next = await tenant.GetAsync($"/api/v1/units/van/day?{Span(27, 51)}");
        Assert.Equal((0, 0), (next.GetProperty("fixes").GetInt32(), next.GetProperty("trips").GetArrayLength()));
        Assert.Equal(1, next.GetProperty("stops").GetArrayLength());
    }

    [Fact]
    public async Task Given_a_drive_over_the_readers_midnight_When_both_days_are_read_Then_each_has_its_part_of_the_way_and_both_have_the_trip()
    {
        var tenant = await TestTenant.CreateAsync(Server, "day-midnight");
        var van = await tenant.DeviceAsync("van");
        await DriveAsync(tenant, van, startSecond: 27 * 3_600 - 300);

        var before = await tenant.GetAsync($"/api/v1/units/van/day?{MontevideoDay}");
        var after = await tenant.GetAsync($"/api/v1/units/van/day?{Span(27, 51)}");

        Assert.Equal((1, 1), (before.GetProperty("trips").GetArrayLength(), after.GetProperty("trips").GetArrayLength()));
        Assert.InRange(before.GetProperty("distanceM").GetDouble(), 5_700, 6_100);
        Assert.InRange(after.GetProperty("distanceM").GetDouble(), 5_900, 6_300);
        Assert.Equal(82, before.GetProperty("fixes").GetInt32() + after.GetProperty("fixes").GetInt32());
    }

    [Fact]
    public async Task Given_what_was_set_aside_When_the_day_of_its_arrival_is_read_Then_it_is_counted_and_listed_there_alone()
    {
        var tenant = await TestTenant.CreateAsync(Server, "day-aside");
        var van = await tenant.DeviceAsync("van");
        await tenant.ReportAsync(van, """{"fixedAt":"2099-01-02T03:04:05Z","lat":1,"lon":2}""");
        var now = TimeProvider.System.GetUtcNow();
        var around = $"from={Text(now.AddHours(-1))}&to={Text(now.AddHours(1))}";

        Assert.Equal(1, (await tenant.GetAsync($"/api/v1/units/van/day?{around}")).GetProperty("quarantined").GetInt32());
        Assert.Equal(0, (await tenant.GetAsync($"/api/v1/units/van/day?{MontevideoDay}")).GetProperty("quarantined").GetInt32());
        var listed = (await tenant.GetAsync($"/api/v1/devices/van/quarantine?{around}")).GetProperty("entries").EnumerateArray();
        Assert.Equal("fix.future", Assert.Single(listed).GetProperty("reason").GetString());
        Assert.Empty((await tenant.GetAsync($"/api/v1/devices/van/quarantine?{MontevideoDay}")).GetProperty("entries").EnumerateArray());
    }

    [Fact]
    public async Task Given_more_positions_than_one_answer_reads_Then_it_says_so_and_the_track_keeps_its_bound()
    {
        var tenant = await TestTenant.CreateAsync(Server, "day-cut");
        await tenant.DeviceAsync("van");
        // Two a second, in a zigzag that no zoom straightens soon.
        var fixes = Enumerable.Range(0, UnitDayReader.MaxFixes + 1).Select(i => new Fix
        {
            FixedAt = TestTenant.Day.Plus(TimeSpan.FromMilliseconds(i * 500)),
            Position = new(-349_000_000 + i * 100, -561_600_000 + i % 2 * 200_000),
        }).ToArray();
        await tenant.Rows.FixesAsync(tenant.Id.Value, await tenant.NumberAsync("van"), fixes, TestTenant.Day);

        var day = await tenant.GetAsync($"/api/v1/units/van/day?{Span(0, 24)}");

        Assert.Equal((true, UnitDayReader.MaxFixes), (day.GetProperty("isCut").GetBoolean(), day.GetProperty("fixes").GetInt32()));
        Assert.InRange(day.GetProperty("track").GetArrayLength(), 2, UnitDayReader.MaxPoints);
    }

    [Theory]
    [InlineData("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "query.to-invalid")]
    [InlineData("from=2026-01-01T00:00:00Z&to=2026-01-03T00:00:01Z", "query.to-invalid")]
    [InlineData("from=1999-01-01T00:00:00Z&to=1999-01-02T00:00:00Z", "query.from-invalid")]
    [InlineData("from=9999-12-30T00:00:00Z&to=9999-12-31T00:00:00Z", "query.from-invalid")]
    [InlineData("to=0001-01-01T00:00:00Z", "query.from-invalid")]
    [InlineData("from=today", "query.from-invalid")]
    public async Task Given_a_time_that_is_no_day_When_asked_Then_refused_by_its_code(string query, string code)
    {
        var tenant = await TestTenant.CreateAsync(Server, $"day-{Guid.NewGuid():N}");
        await tenant.DeviceAsync("van");
        foreach (var path in new[] { "day", "day/marked" })
        {
            using var answer = await tenant.AskAsync($"/api/v1/units/van/{path}?{query}");
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Contains(code, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Given_another_tenants_or_a_disabled_unit_When_its_day_is_asked_for_Then_there_is_none()
    {
        var theirs = await TestTenant.CreateAsync(Server, "day-theirs");
        var ours = await TestTenant.CreateAsync(Server, "day-ours");
        await theirs.DeviceAsync("secret");
        await ours.DeviceAsync("off");
        using var disabled = await Server.Operator.PostAsync(
            new Uri("/operator/devices/disable?tenant=day-ours", UriKind.Relative),
            new StringContent("""{"id":"off"}""", System.Text.Encoding.UTF8, "application/json"));
        using var stranger = await ours.SignedInAsync(UserRole.Dispatcher);

        foreach (var path in new[] { "secret/day", "secret/day/marked", "off/day", "nobody/day" })
        {
            using var answer = await stranger.GetAsync(new Uri($"/api/v1/units/{path}", UriKind.Relative));
            Assert.Equal((path, HttpStatusCode.NotFound), (path, answer.StatusCode));
        }
    }

    /// <summary>Ten minutes due north at 20 m/s, ten minutes' stand, one position on the other side of the world, the stand once more.</summary>
    private static async Task DriveAsync(TestTenant tenant, DeviceCredentials van, int startSecond)
    {
        var fixes = new List<string>();
        for (var i = 0; i <= 60; i++)
            fixes.Add(Fix(startSecond + i * 10, -34.9 + i * 0.0017986, i == 60 ? 0 : 20));
        for (var i = 1; i <= 20; i++)
            fixes.Add(Fix(startSecond + 600 + i * 30, -34.9 + 60 * 0.0017986, 0));
        fixes.Add(Fix(startSecond + 1_210, 48, 0));
        fixes.Add(Fix(startSecond + 1_230, -34.9 + 60 * 0.0017986, 0));
        await tenant.ReportAsync(van, [.. fixes]);
    }

    private static string Fix(int second, double latitudeDeg, double speedMps) => string.Create(
        CultureInfo.InvariantCulture, $$"""{"fixedAt":"{{Text(Second(second))}}","lat":{{latitudeDeg:0.0000000}},"lon":-56.16,"speedMps":{{speedMps}}}""");

    private static DateTimeOffset Second(int second) => TestTenant.Day.ToDateTimeOffset().AddSeconds(second);

    private static string Span(int fromHour, int toHour) => $"from={Text(Second(fromHour * 3_600))}&to={Text(Second(toHour * 3_600))}";

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
