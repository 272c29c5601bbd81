using System.Net;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Silo.Positions;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Pages;

[Collection(ServerCollection.Name)]
public sealed class DevicePageTests(SharedServer shared)
{
    private const string Day = "2026-11-20";
    private static readonly UtcMicros Morning = UtcMicros.From(new DateTimeOffset(2026, 11, 20, 8, 0, 0, TimeSpan.Zero));

    private static int _device = 1_600_000_000;

    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_a_day_with_a_drive_When_shown_Then_track_trip_stop_alarm_and_exports_are_there()
    {
        using var browser = await SignedInBrowser.OpenAsync(Server);
        await DriveAsync(browser, "van 7");

        var (status, html) = await browser.GetAsync($"/devices/van%207?day={Day}");
        var text = Html.Text(html);

        Assert.Equal(HttpStatusCode.OK, status);
        Html.AssertNothingInline(html);
        Assert.Contains("Friday, 20 November 2026", text, StringComparison.Ordinal);
        Assert.Contains("21 positions.", text, StringComparison.Ordinal);
        Assert.Contains("08:00 UTC – 08:20 UTC Trip 12.3 km in 20 min, until it stopped", text, StringComparison.Ordinal);
        Assert.Contains("08:20 UTC – now Stop", text, StringComparison.Ordinal);
        Assert.Contains("08:10 UTC SOS at 48.20000, 16.40000", text, StringComparison.Ordinal);
        Assert.Contains("2 × More than 5 minutes ahead of our clock fix.future", text, StringComparison.Ordinal);
        Assert.Contains("Position 48.20000, 16.30000", text, StringComparison.Ordinal);
        Assert.Contains("Accuracy ± 4 m", text, StringComparison.Ordinal);
        Assert.Contains("Speed 50 km/h", text, StringComparison.Ordinal);
        // 20 steps of 0.01° of longitude at 48.2°: 741.2 m each; the fold begins to count where the device left its circle.
        Assert.Matches(@"Total distance 14\.[0-9] km", text);
        foreach (var format in new[] { "geojson", "gpx", "csv" })
        {
            Assert.Contains(
                $"/api/v1/devices/van%207/track?from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z&format={format}",
                WebUtility.HtmlDecode(html), StringComparison.Ordinal);
        }
        Assert.Contains("href=\"/devices/van%207?day=2026-11-19\"", html, StringComparison.Ordinal);
        Assert.Contains("href=\"/devices/van%207?day=2026-11-21\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_fix_that_is_not_believed_When_asked_for_Then_it_is_shown_as_such()
    {
        using var browser = await SignedInBrowser.OpenAsync(Server);
        var device = await DriveAsync(browser, "jumper");
        var far = Fix(Morning.Plus(TimeSpan.FromMinutes(5)), 520_000_000, 130_000_000);
        await browser.Rows.FixesAsync(browser.Tenant.Value, device, [far], Morning);
        await browser.Rows.MarkAsync(browser.Tenant.Value, device, far, FixMark.Teleport);

        var (_, without) = await browser.GetAsync($"/devices/jumper?day={Day}");
        var (_, with) = await browser.GetAsync($"/devices/jumper?day={Day}&marked=1");

        Assert.DoesNotContain("Too far from the fixes around it", without, StringComparison.Ordinal);
        Assert.Contains("2026-11-20 08:05:00 UTC Too far from the fixes around it 52.00000, 13.00000", Html.Text(with), StringComparison.Ordinal);
        Assert.Contains("class=\"marked\"", with, StringComparison.Ordinal);
        Assert.Contains("includeMarked=true", with, StringComparison.Ordinal);
        Assert.Contains("21 positions.", with, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_silent_device_When_its_day_is_shown_Then_nothing_is_claimed_to_go_on()
    {
        using var browser = await SignedInBrowser.OpenAsync(Server);
        var device = Interlocked.Increment(ref _device);
        await browser.Rows.DeviceAsync(browser.Tenant.Value, device, "gone", "Gone");
        await EventAsync(browser, device, NetEventKind.TripStarted, $$"""{"startedAtMicros":{{Morning.Value}},"latitudeE7":482000000,"longitudeE7":163000000}""");
        var heard = Morning.Plus(TimeSpan.FromMinutes(42));
        Server.Get<LastPositions>().Place(
            browser.Tenant, new DeviceId(device),
            DeviceListPageTests.Last(MotionState.Moving, TimeSpan.Zero) with { FixedAt = heard }, heard);

        var text = Html.Text((await browser.GetAsync($"/devices/gone?day={Day}")).Html);

        Assert.Contains("08:00 UTC – 08:42 UTC Trip under way for 42 min, then silent", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?day=1999-01-01")]
    [InlineData("?day=nonsense")]
    [InlineData("?day=9999-12-31")]
    public async Task Given_a_device_never_heard_When_any_day_is_asked_for_Then_an_empty_today_is_shown(string query)
    {
        using var browser = await SignedInBrowser.OpenAsync(Server);
        await browser.Rows.DeviceAsync(browser.Tenant.Value, Interlocked.Increment(ref _device), "new", "New one");

        var (status, html) = await browser.GetAsync($"/devices/new{query}");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("Nothing was heard of this device yet.", html, StringComparison.Ordinal);
        Assert.Contains("No positions on this day.", html, StringComparison.Ordinal);
        Assert.Contains($"value=\"{TimeProvider.System.GetUtcNow():yyyy-MM-dd}\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Export:", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/devices/none")]
    [InlineData("/devices/%01")]
    public async Task Given_no_such_device_When_asked_for_Then_a_page_says_so(string path)
    {
        using var browser = await SignedInBrowser.OpenAsync(Server);

        var (status, html) = await browser.GetAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("device.unknown", html, StringComparison.Ordinal);
        Html.AssertNothingInline(html);
    }

    private async Task<int> DriveAsync(SignedInBrowser browser, string uniqueId)
    {
        var tenant = browser.Tenant.Value;
        var device = Interlocked.Increment(ref _device);
        await browser.Rows.DeviceAsync(tenant, device, uniqueId, "Van 7");
        await browser.Rows.FixesAsync(
            tenant, device,
            Enumerable.Range(0, 21).Select(i => Fix(Morning.Plus(TimeSpan.FromMinutes(i)), 482_000_000, 163_000_000 + i * 100_000)), Morning);
        var end = Morning.Plus(TimeSpan.FromMinutes(20)).Value;
        await EventAsync(browser, device, NetEventKind.TripStarted, $$"""{"startedAtMicros":{{Morning.Value}},"latitudeE7":482000000,"longitudeE7":163000000}""");
        await EventAsync(
            browser, device, NetEventKind.TripEnded,
            $$"""
            {"startedAtMicros":{{Morning.Value}},"startLatitudeE7":482000000,"startLongitudeE7":163000000,"endedAtMicros":{{end}},
            "endLatitudeE7":482000000,"endLongitudeE7":165000000,"distanceMm":12345678,"durationMs":1200000,"endedBy":1}
            """);
        await EventAsync(browser, device, NetEventKind.Stopped, $$"""{"sinceMicros":{{end}},"latitudeE7":482000000,"longitudeE7":165000000}""");
        await EventAsync(
            browser, device, NetEventKind.AlarmRaised,
            $$"""{"alarm":2,"raisedAtMicros":{{Morning.Plus(TimeSpan.FromMinutes(10)).Value}},"latitudeE7":482000000,"longitudeE7":164000000,"positionMarked":0}""");
        await browser.Rows.ExecuteAsync(
            """
            INSERT INTO quarantine (tenant_id, device_id, reason, protocol, received_at, raw, raw_hash)
            SELECT $1, $2, 'fix.future', 'osmand', now(), '', decode('0' || n, 'hex') FROM generate_series(1, 2) n
            """, tenant, device);
        var last = DeviceListPageTests.Last(MotionState.Moving, TimeSpan.FromSeconds(10));
        Server.Get<LastPositions>().Place(browser.Tenant, new DeviceId(device), last, last.FixedAt);
        return device;
    }

    private static Task EventAsync(SignedInBrowser browser, int device, NetEventKind kind, string payload) => browser.Rows.ExecuteAsync(
        """
        INSERT INTO device_event (device_id, event_id, tenant_id, kind, start_fixed_at, start_hash, emitted_fixed_at, emitted_hash, payload)
        VALUES ($1, gen_random_uuid(), $2, $3, $4, 1, $4, 1, $5::json)
        """, device, browser.Tenant.Value, (short)kind, Morning.ToDateTimeOffset().UtcDateTime, payload);

    private static Fix Fix(UtcMicros at, int latitudeE7, int longitudeE7) =>
        new() { FixedAt = at, Position = new GeoPoint(latitudeE7, longitudeE7), AccuracyMm = 5_000 };
}
