using System.Net;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Hub.Tests.Live;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Api;

/// <summary>What the fleet raised, who looks after it, and what the live picture shows of it.</summary>
[Collection(ServerCollection.Name)]
public sealed class AlarmsApiTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_alarms_of_two_units_When_acknowledged_and_withdrawn_Then_each_state_lists_its_own_and_the_live_record_follows()
    {
        var tenant = await TestTenant.CreateAsync(Server, "alarms-flow");
        using var ana = await tenant.SignedInAsync(UserRole.Dispatcher);
        await RaiseAsync(tenant, "van", "sos");
        await RaiseAsync(tenant, "bus", "lowBattery");
        var number = (uint)await tenant.NumberAsync("van");
        await using var console = await UnitsClient.OpenAsync(Server, "alarms-flow");
        await console.WatchAsync(1, -35, -57, -34, -56, 11);
        await console.UntilAsync(c => c.Units.TryGetValue(number, out var van) && van.Flags == 2);
        await OpenAsync(ana, 2);

        var sos = (await ListAsync(ana, "?states=open")).Single(a => a.GetProperty("device").GetString() == "van");
        Assert.Equal(
            ("sos", "open", (int)number, -34.9, -56.16),
            (sos.GetProperty("kind").GetString(), sos.GetProperty("state").GetString(), sos.GetProperty("number").GetInt32(),
                sos.GetProperty("latitudeDeg").GetDouble(), sos.GetProperty("longitudeDeg").GetDouble()));
        var before = TimeProvider.System.GetUtcNow();
        var (status, acknowledged) = await AcknowledgeAsync(ana, sos.GetProperty("id").GetString());
        Assert.Equal(
            (HttpStatusCode.OK, "acknowledged", "alarms-flow-dispatcher"),
            (status, acknowledged.GetProperty("state").GetString(), acknowledged.GetProperty("acknowledgedBy").GetProperty("name").GetString()));
        Assert.InRange(acknowledged.GetProperty("acknowledgedAt").GetDateTimeOffset(), before.AddSeconds(-1), TimeProvider.System.GetUtcNow());
        await console.UntilAsync(c => c.Units[number].Flags == 0);

        await WithdrawAsync(tenant, "bus");
        Assert.Equal("", await NamesAsync(ana, "?states=open"));
        Assert.Equal("van", await NamesAsync(ana, "?states=acknowledged"));
        Assert.Equal("bus", await NamesAsync(ana, "?states=withdrawn"));
        Assert.Equal("bus,van", await NamesAsync(ana, "?states=withdrawn,acknowledged"));
        Assert.Equal("bus,van", await NamesAsync(ana, ""));
        await OpenAsync(ana, 0);
        var act = (await tenant.GetAsync("/api/v1/audit?kind=AlarmAcknowledged")).GetProperty("entries").EnumerateArray().Single();
        Assert.Equal(("van", "alarms-flow-dispatcher"), (act.GetProperty("device").GetString(), act.GetProperty("by").GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Given_what_may_not_be_acknowledged_Then_each_is_refused_by_its_code_and_who_was_first_stays()
    {
        var tenant = await TestTenant.CreateAsync(Server, "alarms-refused");
        var other = await TestTenant.CreateAsync(Server, "alarms-stranger");
        using var ana = await tenant.SignedInAsync(UserRole.Dispatcher);
        using var admin = await tenant.SignedInAsync(UserRole.Admin);
        using var auditor = await tenant.SignedInAsync(UserRole.Auditor);
        using var stranger = await other.SignedInAsync(UserRole.Dispatcher);
        await RaiseAsync(tenant, "van", "sos");
        await RaiseAsync(tenant, "bus", "crash");
        await OpenAsync(ana, 2);
        var ids = (await ListAsync(ana, "")).ToDictionary(a => a.GetProperty("device").GetString() ?? "", a => a.GetProperty("id").GetString());
        await WithdrawAsync(tenant, "bus");

        Assert.Equal((HttpStatusCode.Forbidden, "auth.forbidden"), Code(await AcknowledgeAsync(auditor, ids["van"])));
        Assert.Equal((HttpStatusCode.NotFound, "alarm.unknown"), Code(await AcknowledgeAsync(stranger, ids["van"])));
        Assert.Equal((HttpStatusCode.NotFound, "alarm.unknown"), Code(await AcknowledgeAsync(ana, "none")));
        Assert.Equal((HttpStatusCode.Conflict, "alarm.withdrawn"), Code(await AcknowledgeAsync(ana, ids["bus"])));
        Assert.Equal("", await NamesAsync(stranger, ""));
        await AcknowledgeAsync(ana, ids["van"]);
        var (status, again) = await AcknowledgeAsync(admin, ids["van"]);
        Assert.Equal(
            (HttpStatusCode.OK, "alarms-refused-dispatcher"), (status, again.GetProperty("acknowledgedBy").GetProperty("name").GetString()));
        using var wrong = await ana.GetAsync(new Uri("/api/v1/alarms?states=loud", UriKind.Relative));
        Assert.Contains("query.states-invalid", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_more_alarms_than_a_page_When_paged_by_state_Then_each_comes_once_newest_first()
    {
        var tenant = await TestTenant.CreateAsync(Server, "alarms-pages");
        using var ana = await tenant.SignedInAsync(UserRole.Dispatcher);
        await tenant.DeviceAsync("van");
        var device = new DeviceId(await tenant.NumberAsync("van"));
        var grain = Server.Get<TenantAdministration>().Grain(tenant.Id);
        for (var i = 0; i < 7; i++)
        {
            await grain.DecideAsync(
                new ReportAlarm(Guid.NewGuid(), device, AlarmKind.Tow, TestTenant.Day.Plus(TimeSpan.FromMinutes(i / 2)), i + 1, "{}", IsWithdrawn: i % 3 == 0),
                Actor.System);
        }

        var times = new List<DateTimeOffset>();
        var seen = new HashSet<string?>();
        for (var cursor = ""; ;)
        {
            var page = await PageAsync(ana, "?states=open&limit=2" + cursor);
            foreach (var alarm in page.GetProperty("alarms").EnumerateArray())
            {
                times.Add(alarm.GetProperty("startedAt").GetDateTimeOffset());
                Assert.True(seen.Add(alarm.GetProperty("id").GetString()));
            }
            Assert.Equal(4, page.GetProperty("openCount").GetInt32());
            if (!page.TryGetProperty("nextCursor", out var next))
                break;
            cursor = $"&cursor={Uri.EscapeDataString(next.GetString() ?? "")}";
        }

        Assert.Equal([2, 2, 1, 0], times.Select(t => (int)(t - TestTenant.Day.ToDateTimeOffset()).TotalMinutes));
    }

    private static (HttpStatusCode, string?) Code((HttpStatusCode Status, JsonElement Body) answer) =>
        (answer.Status, answer.Body.GetProperty("code").GetString());

    private static async Task RaiseAsync(TestTenant tenant, string id, string alarm)
    {
        var device = await tenant.DeviceAsync(id);
        await tenant.ReportAsync(device, $$"""{"fixedAt":"{{Core.Tracks.TrackText.Time(TestTenant.Day)}}","lat":-34.9,"lon":-56.16,"alarm":"{{alarm}}"}""");
    }

    /// <summary>As the device's own grain tells when late fixes belie the alarm.</summary>
    private async Task WithdrawAsync(TestTenant tenant, string id)
    {
        var alarm = (await tenant.GetAsync("/api/v1/alarms")).GetProperty("alarms").EnumerateArray().Single(a => a.GetProperty("device").GetString() == id);
        var outcome = await Server.Get<TenantAdministration>().Grain(tenant.Id).DecideAsync(
            new ReportAlarm(
                alarm.GetProperty("id").GetGuid(), new DeviceId(await tenant.NumberAsync(id)), AlarmKind.Crash,
                UtcMicros.From(alarm.GetProperty("startedAt").GetDateTimeOffset()), 1_000, alarm.GetProperty("payload").GetRawText(), IsWithdrawn: true),
            Actor.System);
        Assert.Null(outcome.Refusal);
    }

    private static Task OpenAsync(HttpClient browser, int count) => Eventually.TrueAsync(
        async () => (await PageAsync(browser, "?limit=1")).GetProperty("openCount").GetInt32() == count, TimeSpan.FromSeconds(30), () => $"not {count} open");

    private static async Task<JsonElement[]> ListAsync(HttpClient browser, string query) =>
        [.. (await PageAsync(browser, query)).GetProperty("alarms").EnumerateArray()];

    private static async Task<string> NamesAsync(HttpClient browser, string query) =>
        string.Join(',', (await ListAsync(browser, query)).Select(a => a.GetProperty("device").GetString()).Order(StringComparer.Ordinal));

    private static async Task<JsonElement> PageAsync(HttpClient browser, string query) =>
        JsonElement.Parse(await browser.GetStringAsync(new Uri("/api/v1/alarms" + query, UriKind.Relative)));

    private static async Task<(HttpStatusCode Status, JsonElement Body)> AcknowledgeAsync(HttpClient browser, string? id)
    {
        using var answer = await browser.PostAsync(new Uri($"/api/v1/alarms/{id}/acknowledge", UriKind.Relative), content: null);
        return (answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync()));
    }
}
