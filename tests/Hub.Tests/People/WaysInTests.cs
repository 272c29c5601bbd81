using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Silo.Positions;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.People;

/// <summary>Off shift nothing of a person is taken in, whatever way it comes; on shift all of it is.</summary>
[Collection(ServerCollection.Name)]
public sealed class WaysInTests(SharedServer shared)
{
    // Found nowhere else, so that a single leaked digit of it shows.
    private const string Latitude = "-34.917263";

    private InProcessServer Server => shared.Server;

    public static TheoryData<string> Ways() =>
        ["osmand-query", "osmand-form", "osmand-json", "tracker-token", "tracker-bare", "fixes", "import-gpx", "import-geojson"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Given_nobody_who_agreed_When_a_position_comes_in_Then_received_and_nothing_is_kept_anywhere(string way)
    {
        using var carrier = await Carrier.CreateAsync(Server, $"in-{way}");
        var before = Server.Log.Count;

        await SendAsync(way, carrier, Carrier.Now.Minus(TimeSpan.FromMinutes(1)));
        await SendAsync(way, carrier, Carrier.Now.Plus(TimeSpan.FromHours(2))); // such a thing goes to the quarantine otherwise
        await SendAsync(way, carrier, Carrier.Now.Minus(TimeSpan.FromDays(90)));

        foreach (var table in new[] { "fix", "fix_mark", "quarantine", "device_event", "device_snapshot", "device_checkpoint", "refold_mark" })
            Assert.Equal((table, 0), (table, await carrier.CountAsync(table)));
        Assert.Equal(0, await carrier.ScalarAsync($"SELECT count(*) FROM event WHERE stream = 'device/{carrier.Number}'"));
        Assert.Equal(default, Server.Get<LastPositions>().Of(carrier.Tenant.Id, new DeviceId(carrier.Number)));
        Assert.DoesNotContain(Server.Log.Skip(before), line => line.Contains(Latitude[3..], StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Given_a_shift_When_a_position_of_it_comes_in_Then_it_is_stored_and_one_from_before_is_not(string way)
    {
        using var carrier = await Carrier.CreateAsync(Server, $"on-{way}");
        await carrier.AnswerAsync();
        var before = Carrier.Now;
        await carrier.BeginShiftAsync();

        await SendAsync(way, carrier, before.Minus(TimeSpan.FromMinutes(2)));
        Assert.Equal(0, await carrier.CountAsync("fix"));
        await SendAsync(way, carrier, Carrier.Now.Plus(TimeSpan.FromSeconds(2)));

        Assert.Equal(1, await carrier.CountAsync("fix"));
        Assert.Equal(0, await carrier.CountAsync("quarantine"));
    }

    [Fact]
    public async Task Given_a_phone_that_enrols_When_it_is_admitted_as_a_person_s_Then_it_reports_and_nothing_of_it_is_kept_without_his_word()
    {
        using var carrier = await Carrier.CreateAsync(Server, "in-enrolled");
        using var rotated = await Server.Operator.PostAsync(new Uri("/operator/enrolment/rotate?tenant=in-enrolled", UriKind.Relative), null);
        var url = JsonElement.Parse(await rotated.Content.ReadAsStringAsync()).GetProperty("url").GetString();
        var report = new Uri($"{url}id=41537280&lat={Latitude}&lon=-56.1645");
        using (var unknown = await Server.Visitor.GetAsync(report))
            Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        await Eventually.TrueAsync(async () => (await AdmitAsync("mule")).Contains("device.kind-invalid", StringComparison.Ordinal), TimeSpan.FromSeconds(5));
        await Eventually.TrueAsync(async () => await AdmitAsync("person") == "", TimeSpan.FromSeconds(20)); // it is listed about a second later

        await ReceivedAsync(Server.Visitor.GetAsync(report));

        Assert.Equal(1, await carrier.ScalarAsync($"SELECT count(*) FROM device WHERE unique_id = '41537280' AND tenant_id = {carrier.Tenant.Id.Value} AND kind = 1"));
        Assert.Equal(0, await carrier.ScalarAsync("SELECT count(*) FROM fix f JOIN device d USING (device_id) WHERE d.unique_id = '41537280'"));

        async Task<string> AdmitAsync(string kind)
        {
            using var answer = await Server.Operator.PostAsync(
                new Uri("/operator/devices/admit?tenant=in-enrolled", UriKind.Relative),
                new StringContent($$"""{"id":"41537280","kind":"{{kind}}"}""", Encoding.UTF8, "application/json"));
            return await answer.Content.ReadAsStringAsync();
        }
    }

    private async Task SendAsync(string way, Carrier carrier, UtcMicros at)
    {
        var seconds = (at.Value / UtcMicros.PerSecond).ToString(CultureInfo.InvariantCulture);
        var iso = at.ToDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var parameters = $"lat={Latitude}&lon=-56.1645&timestamp={seconds}";
        switch (way)
        {
            case "osmand-query":
                await ReceivedAsync(Server.Visitor.GetAsync(new Uri($"/osmand/{carrier.Token}?{parameters}", UriKind.Relative)));
                break;
            case "osmand-form":
                await ReceivedAsync(Server.Visitor.PostAsync(
                    new Uri($"/osmand/{carrier.Token}", UriKind.Relative), new StringContent(parameters, Encoding.UTF8, "application/x-www-form-urlencoded")));
                break;
            case "osmand-json":
                await ReceivedAsync(Server.Visitor.PostAsync(new Uri($"/osmand/{carrier.Token}", UriKind.Relative), new StringContent(
                    $$"""{"device_id":"{{carrier.Device}}","location":{"timestamp":"{{iso}}","coords":{"latitude":{{Latitude}},"longitude":-56.1645} } }""",
                    Encoding.UTF8, "application/json")));
                break;
            case "tracker-token":
                await ReceivedAsync(Server.Visitor.GetAsync(new Uri($"http://127.0.0.1:{Server.TrackerPort}/osmand/{carrier.Token}?{parameters}")));
                break;
            case "tracker-bare":
                await ReceivedAsync(Server.Visitor.GetAsync(new Uri($"http://127.0.0.1:{Server.TrackerPort}/?id={carrier.BareId}&{parameters}")));
                break;
            case "fixes":
                using (var answer = await carrier.PostAsync((at, double.Parse(Latitude, CultureInfo.InvariantCulture))))
                    Assert.Equal((HttpStatusCode.OK, true), (answer.StatusCode, (await answer.Content.ReadAsStringAsync()).Contains("\"rejected\":[]", StringComparison.Ordinal)));
                break;
            default:
                await ImportAsync(way, carrier, iso);
                break;
        }
    }

    private async Task ImportAsync(string way, Carrier carrier, string iso)
    {
        var (content, name) = way == "import-gpx"
            ? ($"""<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg><trkpt lat="{Latitude}" lon="-56.1645"><time>{iso}</time></trkpt></trkseg></trk></gpx>""", "gpx")
            : ($$"""{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[-56.1645,{{Latitude}}]},"properties":{"fixedAt":"{{iso}}"} }]}""", "json");
        var file = Path.Combine(Server.Directory, $"{carrier.Device}.{name}");
        await File.WriteAllTextAsync(file, content);
        var tenant = way.StartsWith("import", StringComparison.Ordinal) ? carrier.TenantName : "";
        var run = await Server.RunAsync("track", "import", carrier.Device, file, "--tenant", tenant);
        Assert.True(run.ExitCode is 0, run.Error);
    }

    private static async Task ReceivedAsync(Task<HttpResponseMessage> sending)
    {
        using var answer = await sending;
        Assert.Equal((HttpStatusCode.OK, ""), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }
}
