using System.Globalization;
using System.Text;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class EventsApiTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_a_drive_and_a_stand_When_events_are_paged_Then_they_come_newest_first_each_once()
    {
        var tenant = await TestTenant.CreateAsync(Server, "events-drive");
        var device = await tenant.DeviceAsync("van");
        // Ten minutes at some 16 m/s, then twenty at rest: one trip and one stop.
        var fixes = Enumerable.Range(0, 60).Select(i => Fix(i * 30, 48.0 + Math.Min(i, 20) * 0.0045, i < 20 ? 16 : 0)).ToArray();
        await tenant.ReportAsync(device, fixes);

        var whole = (await tenant.GetAsync("/api/v1/devices/van/events")).GetProperty("events").EnumerateArray().ToArray();
        var single = await PagesAsync(tenant, "/api/v1/devices/van/events?limit=1", "events");

        var kinds = whole.Select(e => e.GetProperty("kind").GetString()).ToArray();
        Assert.Contains("tripStarted", kinds);
        Assert.Contains("tripEnded", kinds);
        Assert.Equal(whole.Select(e => e.GetProperty("id").GetGuid()), single.Select(e => e.GetProperty("id").GetGuid()));
        var times = whole.Select(e => e.GetProperty("startedAt").GetDateTimeOffset()).ToArray();
        Assert.Equal(times.OrderDescending(), times);
        Assert.All(whole, e => Assert.Equal(JsonValueKind.Object, e.GetProperty("payload").ValueKind));
    }

    [Fact]
    public async Task Given_a_fix_of_the_future_When_the_quarantine_is_read_Then_its_reason_and_request_are_there()
    {
        var tenant = await TestTenant.CreateAsync(Server, "events-quarantine");
        var device = await tenant.DeviceAsync("van");
        string[] sent = ["2099-01-02T03:04:05Z", "2099-01-02T03:04:06Z", "2099-01-02T03:04:07Z"];
        foreach (var time in sent)
            await tenant.ReportAsync(device, $$"""{"fixedAt":"{{time}}","lat":1,"lon":2}""");

        var entries = await PagesAsync(tenant, "/api/v1/devices/van/quarantine?limit=2", "entries");

        Assert.Equal(sent.Reverse(), entries.Select(e => e.GetProperty("fixedAt").GetDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)));
        Assert.All(entries, e => Assert.Equal(("fix.future", "fixes"), (e.GetProperty("reason").GetString(), e.GetProperty("protocol").GetString())));
        Assert.Equal(
            $$$"""{"fixes":[{"fixedAt":"{{{sent[2]}}}","lat":1,"lon":2}]}""", Encoding.UTF8.GetString(entries[0].GetProperty("raw").GetBytesFromBase64()));
    }

    [Fact]
    public async Task Given_large_requests_in_quarantine_When_read_Then_a_page_holds_some_four_MiB_and_none_is_missed()
    {
        var tenant = await TestTenant.CreateAsync(Server, "events-quarantine-large");
        var device = await tenant.DeviceAsync("van");
        var blanks = new string(' ', 64_000); // part of the request, not of the fix
        for (var second = 0; second < 70; second++)
            await tenant.ReportAsync(device, $$"""{"fixedAt":"2099-01-02T03:{{second / 60:00}}:{{second % 60:00}}Z",{{blanks}}"lat":1,"lon":2}""");

        List<int> pages = [];
        var entries = await PagesAsync(tenant, "/api/v1/devices/van/quarantine?limit=1000", "entries", pages.Add);

        Assert.Equal([64_062], entries.Select(e => e.GetProperty("raw").GetBytesFromBase64().Length).Distinct());
        Assert.Equal([66, 4], pages); // the 66th begins before 4 MiB, the 67th behind it
        Assert.Equal(
            Enumerable.Range(0, 70).Reverse(), entries.Select(e => e.GetProperty("fixedAt").GetDateTimeOffset()).Select(t => t.Minute * 60 + t.Second));
    }

    [Fact]
    public async Task Given_an_alarm_When_it_reached_its_tenant_Then_it_is_listed_with_its_device()
    {
        var tenant = await TestTenant.CreateAsync(Server, "events-alarm");
        var device = await tenant.DeviceAsync("van", "Blue van");
        for (var i = 0; i < 3; i++)
            await tenant.ReportAsync(device, Fix(i * 3_600, 48 + i * 0.1, 0, $$""","alarm":"{{(i == 1 ? "sos" : "crash")}}" """));

        var alarms = new List<JsonElement>();
        // They reach the tenant by the outbox, a moment after their fixes were acknowledged.
        await Eventually.TrueAsync(async () =>
        {
            alarms = await PagesAsync(tenant, "/api/v1/alarms?limit=1", "alarms");
            return alarms.Count == 3;
        }, TimeSpan.FromSeconds(30), () => $"{alarms.Count} alarms");

        Assert.Equal(["crash", "sos", "crash"], alarms.Select(a => a.GetProperty("kind").GetString()));
        Assert.All(alarms, a => Assert.Equal(
            ("van", "Blue van", false),
            (a.GetProperty("device").GetString(), a.GetProperty("deviceName").GetString(), a.GetProperty("isWithdrawn").GetBoolean())));
        Assert.Equal(TestTenant.Day.Plus(TimeSpan.FromHours(2)), UtcMicros.From(alarms[0].GetProperty("startedAt").GetDateTimeOffset()));
    }

    private static string Fix(int second, double latitudeDeg, double speedMps, string more = "")
    {
        var fixedAt = TestTenant.Day.ToDateTimeOffset().AddSeconds(second).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return string.Create(
            CultureInfo.InvariantCulture, $$"""{"fixedAt":"{{fixedAt}}","lat":{{latitudeDeg:0.0000000}},"lon":11.5,"speedMps":{{speedMps}}{{more}}}""");
    }

    private static async Task<List<JsonElement>> PagesAsync(TestTenant tenant, string path, string member, Action<int>? onPage = null)
    {
        var read = new List<JsonElement>();
        for (var cursor = ""; ;)
        {
            var page = await tenant.GetAsync(path + cursor);
            read.AddRange(page.GetProperty(member).EnumerateArray());
            onPage?.Invoke(page.GetProperty(member).GetArrayLength());
            if (!page.TryGetProperty("nextCursor", out var next))
                return read;
            cursor = $"&cursor={Uri.EscapeDataString(next.GetString()!)}";
        }
    }
}
