using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Pages;
using FieldCrm.Silo.Positions;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Pages;

[Collection(ServerCollection.Name)]
public sealed class DeviceListPageTests(SharedServer shared)
{
    private const string Hostile = "<script>alert('x')</script>\" onload=\"y";

    // Far from what the sequence hands out while these tests run.
    private static int _device = 1_500_000_000;

    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_nobody_signed_in_When_the_first_page_is_asked_for_Then_it_says_how_to_get_a_link()
    {
        using var answer = await Server.Visitor.GetAsync(new Uri("/", UriKind.Relative));
        var html = await answer.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("./fieldcrm user add NAME --role dispatcher", html, StringComparison.Ordinal);
        Assert.Equal(PageAnswer.ContentSecurityPolicy, answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("strict-origin", answer.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("no-store", answer.Headers.CacheControl?.ToString(), StringComparison.Ordinal);
        Html.AssertNothingInline(html);
        Assert.DoesNotContain(Server.Log, line => line.Contains("have been overridden", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Given_no_devices_When_listed_Then_the_page_says_how_to_add_a_phone()
    {
        using var browser = await SignedInBrowser.OpenAsync(Server);

        var (status, html) = await browser.GetAsync("/");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("./fieldcrm device add my-phone --name \"My phone\"", WebUtility.HtmlDecode(html), StringComparison.Ordinal);
        Assert.Contains("Traccar Client", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_devices_in_every_state_When_listed_Then_each_says_so_in_a_word_with_its_values()
    {
        using var browser = await SignedInBrowser.OpenAsync(Server);
        await AddAsync(browser, "m", "Mover", Last(MotionState.Moving, TimeSpan.FromSeconds(61)));
        await AddAsync(browser, "i", "Idler", Last(MotionState.Idle, TimeSpan.FromSeconds(61)));
        await AddAsync(browser, "s", "Stopper", Last(MotionState.Stopped, TimeSpan.FromSeconds(61)));
        await AddAsync(browser, "q", "Quiet", Last(MotionState.Moving, TimeSpan.FromHours(3)));
        await AddAsync(browser, "n", "Newcomer", null);
        var lost = await AddAsync(browser, "l", "Lost", null);
        Server.Get<LastPositions>().Heard(browser.Tenant, new DeviceId(lost), UtcMicros.From(TimeProvider.System.GetUtcNow().AddSeconds(-61)));

        var (_, html) = await browser.GetAsync("/");

        Assert.Equal("Moving|1 min ago|50 km/h|87 %", Html.Row(html, "Mover"));
        Assert.Equal("Idle|1 min ago|50 km/h|87 %", Html.Row(html, "Idler"));
        Assert.Equal("Stopped|1 min ago|50 km/h|87 %", Html.Row(html, "Stopper"));
        Assert.Equal("Silent|3 h 0 min ago|–|87 %", Html.Row(html, "Quiet"));
        Assert.Equal("Never heard|–|–|–", Html.Row(html, "Newcomer"));
        Assert.Equal("Reporting|1 min ago|–|–", Html.Row(html, "Lost"));
        Assert.Contains("6 devices", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_device_with_a_hostile_name_When_shown_and_searched_for_Then_it_is_text()
    {
        using var browser = await SignedInBrowser.OpenAsync(Server);
        await AddAsync(browser, "<b>&'\"", Hostile, Last(MotionState.Moving, TimeSpan.Zero));

        foreach (var path in new[] { "/", $"/devices?q={Uri.EscapeDataString("<script>")}", $"/devices/{Uri.EscapeDataString("<b>&'\"")}" })
        {
            var (status, html) = await browser.GetAsync(path);

            Assert.Equal(HttpStatusCode.OK, status);
            Html.AssertNothingInline(html);
            Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
            Assert.Contains(Hostile, WebUtility.HtmlDecode(html), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Given_two_tenants_When_one_looks_Then_nothing_of_the_other_is_there()
    {
        using var other = await SignedInBrowser.OpenAsync(Server);
        var canary = $"canary-{Guid.NewGuid():N}";
        var device = await AddAsync(other, canary, $"name {canary}", Last(MotionState.Moving, TimeSpan.Zero));
        await AlarmAsync(other, device);
        using var browser = await SignedInBrowser.OpenAsync(Server);
        await AddAsync(browser, "own", "Own device", null);

        var (_, own) = await other.GetAsync("/");
        Assert.Contains(canary, own, StringComparison.Ordinal);
        Assert.Contains("SOS", own, StringComparison.Ordinal);
        foreach (var path in new[] { "/", "/devices?q=canary", $"/devices/{canary}", $"/devices/{canary}?day=2026-11-20&marked=1" })
        {
            var (status, html) = await browser.GetAsync(path);

            Assert.Equal(path.StartsWith("/devices/", StringComparison.Ordinal) ? HttpStatusCode.NotFound : HttpStatusCode.OK, status);
            Assert.DoesNotContain(canary, html, StringComparison.Ordinal);
            Assert.DoesNotContain("SOS", Html.Text(html), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Given_more_devices_than_a_page_When_paged_and_searched_Then_each_is_found_once()
    {
        using var browser = await SignedInBrowser.OpenAsync(Server);
        for (var i = 0; i < 101; i++)
            await AddAsync(browser, $"id_{i:000}", $"Unit {i:000}", null);

        var (_, first) = await browser.GetAsync("/");
        var (_, second) = await browser.GetAsync("/devices?page=2");
        var (_, beyond) = await browser.GetAsync("/devices?page=9");
        var (_, found) = await browser.GetAsync("/devices?q=ID_04");
        var (_, wildcard) = await browser.GetAsync("/devices?q=%25");
        var (_, zero) = await browser.GetAsync("/devices?q=%00");

        Assert.Contains("1–100 of 101 devices", Html.Text(first), StringComparison.Ordinal);
        Assert.Contains("href=\"/devices?page=2\"", first, StringComparison.Ordinal);
        Assert.Equal(["Unit 100"], Html.Names(second));
        Assert.Contains("The list ends before this page", beyond, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(40, 10).Select(i => $"Unit {i:000}"), Html.Names(found));
        Assert.Empty(Html.Names(wildcard));
        Assert.Equal(100, Html.Names(zero).Count);
    }

    [Fact]
    public async Task Given_a_role_that_sees_no_positions_When_a_page_is_asked_for_Then_it_says_so()
    {
        using var browser = await SignedInBrowser.OpenAsync(Server, "customer");

        foreach (var path in new[] { "/devices", "/devices/x" })
        {
            var (status, html) = await browser.GetAsync(path);

            Assert.Equal(HttpStatusCode.Forbidden, status);
            Assert.Contains("auth.forbidden", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Given_a_session_When_signed_out_Then_the_next_page_asks_for_a_link()
    {
        using var browser = await SignedInBrowser.OpenAsync(Server);

        var session = await browser.Http.GetFromJsonAsync("/session", AdministrationJson.Default.SessionAnswer);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-out");
        request.Headers.Add(session!.AntiforgeryHeader!, session.AntiforgeryToken);
        using var answer = await browser.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Contains("<h1>Sign in</h1>", (await browser.GetAsync("/")).Html, StringComparison.Ordinal);
    }

    internal static LastPosition Last(MotionState motion, TimeSpan age)
    {
        var at = UtcMicros.From(TimeProvider.System.GetUtcNow() - age);
        return new LastPosition
        {
            FixedAt = at, Position = new GeoPoint(482_000_000, 163_000_000),
            SpeedMmps = 13_900, BatteryPermille = 874, AccuracyMm = 4_600, Motion = motion,
        };
    }

    private async Task<int> AddAsync(SignedInBrowser browser, string uniqueId, string name, LastPosition? last)
    {
        var device = Interlocked.Increment(ref _device);
        await browser.Rows.DeviceAsync(browser.Tenant.Value, device, uniqueId, name);
        if (last is { } known)
            Server.Get<LastPositions>().Place(browser.Tenant, new DeviceId(device), known, known.FixedAt);
        return device;
    }

    private static Task AlarmAsync(SignedInBrowser browser, int device) => browser.Rows.ExecuteAsync(
        """
        INSERT INTO alarm (alarm_id, tenant_id, device_id, kind, started_at, payload, is_withdrawn, source_version)
        VALUES (gen_random_uuid(), $1, $2, $3, now(), '{}', false, 1)
        """, browser.Tenant.Value, device, (short)AlarmKind.Sos);
}

/// <summary>Reads our own pages; not a parser of anything else.</summary>
internal static partial class Html
{
    /// <summary>Status, age, speed and battery of the row with this name.</summary>
    public static string Row(string html, string name)
    {
        var row = Rows().Matches(html).Select(m => m.Value).Single(r => r.Contains($">{name}</a>", StringComparison.Ordinal));
        return string.Join('|', Cells().Matches(row).Select(m => Text(m.Groups["cell"].Value)));
    }

    public static IReadOnlyList<string> Names(string html) =>
        [.. Rows().Matches(html).Select(m => Link().Match(m.Value)).Where(m => m.Success).Select(m => WebUtility.HtmlDecode(m.Groups["name"].Value))];

    public static string Text(string html) => Spaces().Replace(WebUtility.HtmlDecode(Tags().Replace(html, " ")), " ").Trim();

    /// <summary>No script but our file, no style but our file, no handler: what the policy would stop is not there at all.</summary>
    public static void AssertNothingInline(string html)
    {
        Assert.Matches("^<!DOCTYPE html>", html);
        Assert.All(Scripts().Matches(html).Select(m => m.Value), tag => Assert.Matches("^(<script src=\"/assets/(pages|passkeys)\\.[0-9a-f]{12}\\.js\" defer>|</script>)$", tag));
        Assert.DoesNotContain("<style", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch("<[^>]*\\s(style|on[a-z]+)\\s*=", WithoutValues().Replace(html, "=\"\""));
        Assert.DoesNotContain("javascript:", html, StringComparison.OrdinalIgnoreCase);
    }

    [GeneratedRegex("<tr.*?</tr>", RegexOptions.Singleline)]
    private static partial Regex Rows();

    [GeneratedRegex("<td[^>]*>(?<cell>.*?)</td>", RegexOptions.Singleline)]
    private static partial Regex Cells();

    [GeneratedRegex("<a href=\"[^\"]*\">(?<name>.*?)</a>")]
    private static partial Regex Link();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex("</?script[^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex Scripts();

    [GeneratedRegex("=\"[^\"]*\"")]
    private static partial Regex WithoutValues();
}
