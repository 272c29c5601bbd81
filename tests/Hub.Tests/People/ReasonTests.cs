using System.Net;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.People;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.People;

/// <summary>Opening a person's detail asks why, and he reads who did.</summary>
[Collection(ServerCollection.Name)]
public sealed class ReasonTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    /// <summary>Every way to one unit's detail, with {0} for the device's id.</summary>
    public static TheoryData<string, string> WaysOut() => new()
    {
        { "/api/v1/devices/{0}", "your details" },
        { "/api/v1/devices/{0}/track", "your track" },
        { "/api/v1/devices/{0}/track?format=gpx", "your track, as a file" },
        { "/api/v1/devices/{0}/track?format=csv&from=2026-01-01", "your track, as a file" },
        { "/api/v1/devices/{0}/events", "your trips and stops" },
        { "/api/v1/devices/{0}/quarantine", "your trips and stops" },
        { "/devices/{0}", "your day" },
    };

    [Theory]
    [MemberData(nameof(WaysOut))]
    public async Task Given_a_person_s_detail_When_it_is_opened_Then_a_reason_is_asked_and_he_reads_who_and_why(string address, string what)
    {
        var tenant = $"why-{Math.Abs(address.GetHashCode(StringComparison.Ordinal) % 100_000)}-{address.Length}";
        using var carrier = await Carrier.CreateAsync(Server, tenant);
        using var dispatcher = await carrier.Tenant.SignedInAsync(UserRole.Dispatcher, $"{tenant}-desk");
        var path = string.Format(System.Globalization.CultureInfo.InvariantCulture, address, carrier.Device);

        using (var without = await dispatcher.GetAsync(new Uri(path, UriKind.Relative)))
        {
            Assert.Equal(HttpStatusCode.PreconditionRequired, without.StatusCode);
            if (address.StartsWith("/api", StringComparison.Ordinal))
                Assert.Equal("people.reason-required", JsonElement.Parse(await without.Content.ReadAsStringAsync()).GetProperty("code").GetString());
        }
        Assert.Equal(HttpStatusCode.PreconditionRequired, await StatusAsync(dispatcher, path, "short"));
        Assert.Contains("Nobody has looked at your details.", await carrier.PageAsync("/me/looks?lang=en"), StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(dispatcher, path, "Überfällig seit 20 Minuten: <b>anrufen</b>"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(dispatcher, path, "Überfällig seit 20 Minuten: <b>anrufen</b>")); // the same look
        using (var byQuery = await dispatcher.GetAsync(new Uri($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}reason=Zweiter%20Grund", UriKind.Relative)))
            Assert.Equal(HttpStatusCode.OK, byQuery.StatusCode);

        var page = WebUtility.HtmlDecode(await carrier.PageAsync("/me/looks?lang=en"));
        Assert.Equal(2, page.Split($"<strong>{tenant}-desk</strong>").Length - 1);
        Assert.Equal(2, page.Split($">{what}").Length - 1);
        Assert.Contains("“Zweiter Grund”", page, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;anrufen", await carrier.PageAsync("/me/looks?lang=en"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(WaysOut))]
    public async Task Given_a_vehicle_When_its_detail_is_opened_Then_nothing_is_asked(string address, string _)
    {
        var name = $"van-{Math.Abs(address.GetHashCode(StringComparison.Ordinal) % 100_000)}-{address.Length}";
        var tenant = await TestTenant.CreateAsync(Server, name);
        await tenant.DeviceAsync(name);
        using var dispatcher = await tenant.SignedInAsync(UserRole.Dispatcher);

        using var answer = await dispatcher.GetAsync(new Uri(string.Format(System.Globalization.CultureInfo.InvariantCulture, address, name), UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Given_a_dispatcher_who_carries_a_phone_When_he_opens_his_own_track_Then_nothing_is_asked_or_noted()
    {
        using var carrier = await Carrier.AddAsync(Server, "why-own", await TestTenant.CreateAsync(Server, "why-own"), UserRole.Dispatcher);

        using var answer = await carrier.Browser.GetAsync(new Uri($"/api/v1/devices/{carrier.Device}/track", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("Nobody has looked", await carrier.PageAsync("/me/looks?lang=en"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_the_operator_and_a_program_When_they_look_Then_they_need_a_reason_too_and_are_told_apart()
    {
        using var carrier = await Carrier.CreateAsync(Server, "why-others");
        var refused = await Server.RunAsync("track", "export", carrier.Device, "--tenant", "why-others");
        Assert.Equal((1, true), (refused.ExitCode, refused.Error.StartsWith("people.reason-required: ", StringComparison.Ordinal)));
        var exported = await Server.RunAsync("track", "export", carrier.Device, "--tenant", "why-others", "--reason", "lost phone, ticket 812");
        Assert.Equal((0, ""), (exported.ExitCode, exported.Error));

        using var admin = await carrier.Tenant.SignedInAsync(UserRole.Admin, "why-others-admin");
        using var made = await admin.PostAsync(
            new Uri("/api/v1/tokens", UriKind.Relative), new StringContent("""{"name":"night report","role":"dispatcher","days":1}""", System.Text.Encoding.UTF8, "application/json"));
        var token = JsonElement.Parse(await made.Content.ReadAsStringAsync()).GetProperty("token").GetString();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/api/v1/devices/{carrier.Device}?reason=nightly%20report", UriKind.Relative));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        using var asked = await Server.Visitor.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);

        var page = WebUtility.HtmlDecode(await carrier.PageAsync("/me/looks?lang=en"));
        Assert.Contains("<strong>night report (a program)</strong>", page, StringComparison.Ordinal);
        Assert.Contains("<strong>an operator of this system</strong>", page, StringComparison.Ordinal);
        Assert.Contains("“lost phone, ticket 812”", page, StringComparison.Ordinal);
        var looks = await Server.RunAsync("people", "looks", "--tenant", "why-others", "--json");
        Assert.Equal(
            ["nightly report", "lost phone, ticket 812"],
            JsonElement.Parse(looks.Output).GetProperty("looks").EnumerateArray().Select(l => l.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task Given_many_looks_When_he_reads_them_Then_they_come_in_pages_newest_first()
    {
        using var carrier = await Carrier.CreateAsync(Server, "why-pages");
        using var dispatcher = await carrier.Tenant.SignedInAsync(UserRole.Dispatcher);
        for (var i = 1; i <= LookReader.OwnPage + 3; i++)
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(dispatcher, $"/api/v1/devices/{carrier.Device}", $"reason number {i}"));

        var first = await carrier.PageAsync("/me/looks?lang=en");
        var next = System.Text.RegularExpressions.Regex.Match(first, "href=\"(?<path>/me/looks\\?before=[^\"]+)\"").Groups["path"].Value;
        var second = await carrier.PageAsync(WebUtility.HtmlDecode(next));

        Assert.Equal(LookReader.OwnPage, first.Split("<li>").Length - 1);
        Assert.Contains($"reason number {LookReader.OwnPage + 3}", first, StringComparison.Ordinal);
        Assert.Equal(3, second.Split("<li>").Length - 1);
        Assert.Contains("“reason number 1”", second, StringComparison.Ordinal);
        Assert.DoesNotContain("before=", second, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_more_people_than_one_looks_at_When_somebody_does_Then_auditors_are_told_once_and_others_are_not_troubled()
    {
        var tenant = await TestTenant.CreateAsync(Server, "why-bulk");
        var carriers = new List<Carrier>();
        for (var i = 0; i < 22; i++)
            carriers.Add(await Carrier.AddAsync(Server, "why-bulk", tenant));
        using var curious = await tenant.SignedInAsync(UserRole.Dispatcher, "why-bulk-curious");
        using var auditor = await tenant.SignedInAsync(UserRole.Auditor, "why-bulk-auditor");

        foreach (var carrier in carriers.Take(20))
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(curious, $"/api/v1/devices/{carrier.Device}", "just having a look"));
        Assert.Empty(await AlertsAsync());
        foreach (var carrier in carriers.Skip(20))
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(curious, $"/api/v1/devices/{carrier.Device}", "just having a look"));

        var alert = Assert.Single(await AlertsAsync());
        Assert.Equal(("why-bulk-curious", 21, 60), (
            alert.GetProperty("by").GetProperty("name").GetString(), alert.GetProperty("details").GetProperty("people").GetInt32(),
            alert.GetProperty("details").GetProperty("withinMinutes").GetInt32()));
        var told = await Server.RunAsync("audit", "list", "--tenant", "why-bulk", "--kind", "BulkLookNoticed");
        Assert.Contains("why-bulk-curious", told.Output, StringComparison.Ordinal);
        using var looks = await auditor.GetAsync(new Uri("/api/v1/people/looks?limit=5&by=why-bulk-curious", UriKind.Relative));
        Assert.Equal(5, JsonElement.Parse(await looks.Content.ReadAsStringAsync()).GetProperty("looks").GetArrayLength());
        using var notHis = await curious.GetAsync(new Uri("/api/v1/people/looks", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Forbidden, notHis.StatusCode);
        foreach (var carrier in carriers)
            carrier.Dispose();

        async Task<JsonElement[]> AlertsAsync()
        {
            using var answer = await auditor.GetAsync(new Uri("/api/v1/audit?kind=BulkLookNoticed", UriKind.Relative));
            return [.. JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("entries").EnumerateArray()];
        }
    }

    [Fact]
    public async Task Given_a_replay_When_no_reason_is_given_Then_people_are_left_out_and_counted_and_with_one_they_are_in_it()
    {
        using var carrier = await Carrier.CreateAsync(Server, "why-replay");
        using var off = await Carrier.AddAsync(Server, "why-replay", carrier.Tenant); // had no shift: nothing to show
        var van = await carrier.Tenant.DeviceAsync("van");
        await carrier.WorkedAsync(TestTenant.Day, TestTenant.Day.Plus(TimeSpan.FromHours(8)));
        (await carrier.PostAsync((TestTenant.Day.Plus(TimeSpan.FromMinutes(5)), -34.9))).EnsureSuccessStatusCode();
        await carrier.Tenant.ReportAsync(van, $$"""{"fixedAt":"{{TestTenant.Day}}","lat":-34.9,"lon":-56.1645}""");
        var vanNumber = await carrier.Tenant.NumberAsync(van.Id);
        using var dispatcher = await carrier.Tenant.SignedInAsync(UserRole.Dispatcher);

        var (leftOut, all) = await ReplayAsync(dispatcher, "");
        Assert.Equal(("1", true, false), (leftOut, Has(all, vanNumber), Has(all, carrier.Number)));
        var (asked, alone) = await ReplayAsync(dispatcher, $"&unit={carrier.Number}");
        Assert.Equal(("1", false), (asked, Has(alone, carrier.Number)));
        Assert.Equal("0", (await ReplayAsync(dispatcher, $"&unit={vanNumber}")).LeftOut);
        Assert.Equal(0, await carrier.ScalarAsync($"SELECT count(*) FROM person_look WHERE user_id = '{carrier.Id}'"));

        var (none, whole) = await ReplayAsync(dispatcher, "&reason=an%20accident%20at%20noon");
        Assert.Equal(("0", true, true), (none, Has(whole, vanNumber), Has(whole, carrier.Number)));
        Assert.Equal(1, await carrier.ScalarAsync($"SELECT count(*) FROM person_look WHERE user_id = '{carrier.Id}' AND what = 'replay' AND reason = 'an accident at noon'"));
        Assert.Equal(0, await carrier.ScalarAsync($"SELECT count(*) FROM person_look WHERE user_id = '{off.Id}'"));
        using var refused = await dispatcher.GetAsync(Address("&reason=x"));
        Assert.Equal(HttpStatusCode.PreconditionRequired, refused.StatusCode);

        static bool Has(byte[] body, int unit) => body.AsSpan().IndexOf(BitConverter.GetBytes(unit)) >= 0;

        static Uri Address(string more) => new(
            $"/api/v1/replay?from={TestTenant.Day}&to={TestTenant.Day.Plus(TimeSpan.FromHours(1))}{more}", UriKind.Relative);

        static async Task<(string LeftOut, byte[] Body)> ReplayAsync(HttpClient browser, string more)
        {
            using var answer = await browser.GetAsync(Address(more));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return (answer.Headers.GetValues("X-People-Left-Out").Single(), await answer.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task Given_everything_that_happens_When_followed_Then_a_person_s_events_say_that_and_never_where()
    {
        using var carrier = await Carrier.CreateAsync(Server, "why-feed");
        var van = await carrier.Tenant.DeviceAsync("van");
        await carrier.WorkedAsync(TestTenant.Day, TestTenant.Day.Plus(TimeSpan.FromHours(8)));
        var after = await NowAsync(carrier.Tenant);
        var drive = Enumerable.Range(0, 40).Select(i => (At: TestTenant.Day.Plus(TimeSpan.FromSeconds(30 * i)), Lat: Math.Round(-34.9 + 0.002 * i, 6))).ToArray();
        (await carrier.PostAsync(drive)).EnsureSuccessStatusCode();
        await carrier.Tenant.ReportAsync(van, [.. drive.Select(d => string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $$"""{"fixedAt":"{{d.At}}","lat":{{d.Lat}},"lon":-56.1645}"""))]);
        using var dispatcher = await carrier.Tenant.SignedInAsync(UserRole.Dispatcher);

        var happened = (await FollowAsync(dispatcher, after)).Where(e => e.GetProperty("type").GetString() == "TripStarted").ToArray();

        Assert.Equal([carrier.Device, "van"], happened.Select(e => e.GetProperty("device").GetString()!).Order(StringComparer.Ordinal));
        Assert.False(happened.Single(e => e.GetProperty("device").GetString() == carrier.Device).TryGetProperty("payload", out _));
        Assert.True(happened.Single(e => e.GetProperty("device").GetString() == "van").TryGetProperty("payload", out _));
        using var told = await dispatcher.GetAsync(new Uri($"/api/v1/devices/{carrier.Device}/events?reason=he%20does%20not%20answer", UriKind.Relative));
        Assert.Equal("tripStarted", JsonElement.Parse(await told.Content.ReadAsStringAsync()).GetProperty("events")[0].GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Given_an_alarm_of_a_person_When_read_without_a_reason_Then_whole_on_his_shift_and_without_its_place_after_it()
    {
        using var carrier = await Carrier.CreateAsync(Server, "why-alarm");
        using var dispatcher = await carrier.Tenant.SignedInAsync(UserRole.Dispatcher);
        await carrier.AnswerAsync();
        await carrier.BeginShiftAsync();
        var now = Carrier.Now.ToDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/v1/fixes", UriKind.Relative))
        {
            Content = new StringContent($$"""{"fixes":[{"fixedAt":"{{now}}","lat":-34.9,"lon":-56.1,"alarm":"sos"}]}""", System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {carrier.Token}");
        (await Server.Visitor.SendAsync(request)).EnsureSuccessStatusCode();
        await Eventually.TrueAsync(async () => await AlarmAsync() is not null, TimeSpan.FromSeconds(30));

        Assert.True((await AlarmAsync())!.Value.TryGetProperty("payload", out _));
        await carrier.EndShiftAsync();
        Assert.False((await AlarmAsync())!.Value.TryGetProperty("payload", out _));

        async Task<JsonElement?> AlarmAsync()
        {
            using var answer = await dispatcher.GetAsync(new Uri("/api/v1/alarms", UriKind.Relative));
            return JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("alarms").EnumerateArray().Select(a => (JsonElement?)a).FirstOrDefault();
        }
    }

    private static async Task<string> NowAsync(TestTenant tenant) => (await tenant.GetAsync("/api/v1/events")).GetProperty("token").GetString()!;

    /// <summary>What happened after a token, until both trips have begun.</summary>
    private static async Task<List<JsonElement>> FollowAsync(HttpClient dispatcher, string after)
    {
        var events = new List<JsonElement>();
        await Eventually.TrueAsync(async () =>
        {
            using var answer = await dispatcher.GetAsync(new Uri($"/api/v1/events?limit=1000&after={Uri.EscapeDataString(after)}", UriKind.Relative));
            var page = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
            events.AddRange(page.GetProperty("events").EnumerateArray());
            after = page.GetProperty("token").GetString()!;
            return events.Count(e => e.GetProperty("type").GetString() == "TripStarted") >= 2;
        }, TimeSpan.FromSeconds(30));
        return events;
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient browser, string path, string reason)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Headers.Add(PersonalAccess.Header, Uri.EscapeDataString(reason));
        using var answer = await browser.SendAsync(request);
        return answer.StatusCode;
    }
}
