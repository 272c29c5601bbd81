using System.Net;
using System.Text;
using System.Text.Json;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Ingest;

/// <summary>What a device may rely on when it was answered 200, and what a stranger learns.</summary>
[Collection(ServerCollection.Name)]
public sealed class AcknowledgementTests(SharedServer shared)
{
    private static readonly DateTimeOffset Noon = new(TimeProvider.System.GetUtcNow().UtcDateTime.Date.AddDays(-1).AddHours(12), TimeSpan.Zero);

    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_a_fix_When_acknowledged_Then_it_is_stored_once_however_often_it_is_sent()
    {
        var phone = await Phone.RegisterAsync(Server);
        for (var i = 0; i < 3; i++)
        {
            using var answer = await phone.GetAsync($"lat=-34.9&lon=-56.2&timestamp={Phone.Seconds(Noon)}&speed=12&batt=80");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal([Noon.UtcDateTime], await phone.StoredAsync());
        }
    }

    [Fact]
    public async Task Given_query_form_and_json_When_sent_out_of_order_Then_all_are_stored()
    {
        var phone = await Phone.RegisterAsync(Server);
        using var byQuery = await phone.GetAsync($"lat=-34.9&lon=-56.2&timestamp={Phone.Seconds(Noon.AddMinutes(2))}");
        using var form = new StringContent(
            $"lat=-34.9&lon=-56.2&timestamp={Phone.Seconds(Noon)}", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var byForm = await phone.PostAsync(form);
        using var json = new StringContent(
            $$"""{"device_id":"x","location":{"timestamp":"{{Noon.AddMinutes(1):yyyy-MM-ddTHH:mm:ssZ}}","coords":{"latitude":-34.9,"longitude":-56.2,"speed":-1} } }""",
            Encoding.UTF8, "application/json");
        using var byJson = await phone.PostAsync(json);

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK], [byQuery.StatusCode, byForm.StatusCode, byJson.StatusCode]);
        Assert.Equal([Noon.UtcDateTime, Noon.AddMinutes(1).UtcDateTime, Noon.AddMinutes(2).UtcDateTime], await phone.StoredAsync());
    }

    [Fact]
    public async Task Given_a_fix_that_cannot_be_true_When_sent_twice_Then_it_is_answered_as_received_and_kept_once_without_the_token()
    {
        var phone = await Phone.RegisterAsync(Server);
        var parameters = $"lat=-34.9&lon=-56.2&timestamp={Phone.Seconds(TimeProvider.System.GetUtcNow().AddDays(1))}&note=canary";
        for (var i = 0; i < 2; i++)
        {
            using var answer = await phone.GetAsync(parameters);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        using var old = await phone.GetAsync("lat=-34.9&lon=-56.2&timestamp=1000000000");

        Assert.Equal(HttpStatusCode.OK, old.StatusCode);
        Assert.Empty(await phone.StoredAsync());
        var kept = await phone.QuarantinedAsync();
        Assert.Equal(["fix.future", "fix.older-than-retention"], kept.Select(k => k.Reason));
        Assert.Contains("note=canary", Encoding.UTF8.GetString(kept[0].Raw), StringComparison.Ordinal);
        Assert.DoesNotContain(phone.Token, Encoding.UTF8.GetString(kept[0].Raw), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_batch_When_some_fixes_are_wrong_Then_each_is_told_by_its_place()
    {
        var phone = await Phone.RegisterAsync(Server);
        var future = TimeProvider.System.GetUtcNow().AddHours(1);
        using var body = Json($$"""
            {"fixes":[
              {"fixedAt":"{{Noon:yyyy-MM-ddTHH:mm:ssZ}}","lat":-34.9,"lon":-56.2},
              {"fixedAt":"{{Noon:yyyy-MM-ddTHH:mm:ssZ}}","lat":91,"lon":-56.2},
              {"fixedAt":"{{future:yyyy-MM-ddTHH:mm:ssZ}}","lat":-34.9,"lon":-56.2},
              {"fixedAt":"{{Noon.AddMinutes(1):yyyy-MM-ddTHH:mm:ssZ}}","lat":-34.91,"lon":-56.2}]}
            """);
        using var answer = await phone.PostFixesAsync(body);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var told = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(2, told.RootElement.GetProperty("accepted").GetInt32());
        var quarantined = Assert.Single(told.RootElement.GetProperty("quarantined").EnumerateArray());
        Assert.Equal((2, "fix.future"), (quarantined.GetProperty("index").GetInt32(), quarantined.GetProperty("code").GetString()));
        var rejected = Assert.Single(told.RootElement.GetProperty("rejected").EnumerateArray());
        Assert.Equal((1, "fix.latitude-out-of-range"), (rejected.GetProperty("index").GetInt32(), rejected.GetProperty("code").GetString()));
        Assert.Equal([Noon.UtcDateTime, Noon.AddMinutes(1).UtcDateTime], await phone.StoredAsync());
    }

    [Fact]
    public async Task Given_a_token_When_rotated_or_disabled_Then_it_works_at_once()
    {
        var phone = await Phone.RegisterAsync(Server);
        var before = phone.Token;
        using var first = await phone.GetAsync($"lat=1&lon=2&timestamp={Phone.Seconds(Noon)}");
        await phone.RotateAsync();
        using var old = await Server.Visitor.GetAsync(new Uri($"/osmand/{before}?lat=1&lon=2", UriKind.Relative));
        using var renewed = await phone.GetAsync($"lat=1&lon=2&timestamp={Phone.Seconds(Noon.AddMinutes(1))}");
        await phone.ChangeAsync("disable");
        using var disabled = await phone.GetAsync($"lat=1&lon=2&timestamp={Phone.Seconds(Noon.AddMinutes(2))}");
        await phone.ChangeAsync("enable");
        using var enabled = await phone.GetAsync($"lat=1&lon=2&timestamp={Phone.Seconds(Noon.AddMinutes(3))}");

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.NotFound, HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.OK],
            new[] { first, old, renewed, disabled, enabled }.Select(a => a.StatusCode));
        Assert.Equal("device.token-unknown", await Phone.CodeOfAsync(old));
        Assert.Equal("device.disabled", await Phone.CodeOfAsync(disabled));
        Assert.Equal(3, (await phone.StoredAsync()).Count);
    }

    [Fact]
    public async Task Given_an_enrolment_url_When_an_unknown_device_reports_Then_it_is_listed_and_taken_once_admitted()
    {
        using var rotated = await Server.Operator.PostAsync(new Uri("/operator/enrolment/rotate", UriKind.Relative), null);
        rotated.EnsureSuccessStatusCode();
        using var enrolment = JsonDocument.Parse(await rotated.Content.ReadAsStringAsync());
        var url = enrolment.RootElement.GetProperty("url").GetString();
        var report = new Uri($"{url}id=newcomer&lat=1&lon=2&timestamp={Phone.Seconds(Noon)}");

        using var unknown = await Server.Visitor.GetAsync(report);
        using var nameless = await Server.Visitor.GetAsync(new Uri($"{url}lat=1&lon=2"));
        Assert.Equal((HttpStatusCode.BadRequest, "device.unregistered"), (unknown.StatusCode, await Phone.CodeOfAsync(unknown)));
        Assert.Equal((HttpStatusCode.BadRequest, "device.id-missing"), (nameless.StatusCode, await Phone.CodeOfAsync(nameless)));
        await Eventually.TrueAsync(async () =>
            (await Server.Operator.GetStringAsync(new Uri("/operator/unregistered", UriKind.Relative))).Contains("newcomer", StringComparison.Ordinal),
            TimeSpan.FromSeconds(20));

        using var admitted = await Server.Operator.PostAsync(
            new Uri("/operator/devices/admit", UriKind.Relative), Json("""{"id":"newcomer"}"""));
        admitted.EnsureSuccessStatusCode();
        using var known = await Server.Visitor.GetAsync(report);
        Assert.Equal(HttpStatusCode.OK, known.StatusCode);
    }

    [Fact]
    public async Task Given_the_tracker_port_When_asked_Then_it_serves_trackers_and_nothing_else()
    {
        var phone = await Phone.RegisterAsync(Server);
        var address = $"http://127.0.0.1:{Server.TrackerPort}";
        using var byToken = await Server.Visitor.GetAsync(new Uri($"{address}/osmand/{phone.Token}?lat=1&lon=2&timestamp={Phone.Seconds(Noon)}"));
        using var bare = await Server.Visitor.GetAsync(new Uri($"{address}/?id=352093081452251&lat=1&lon=2"));
        using var other = await Server.Visitor.GetAsync(new Uri($"{address}/health/ready"));
        using var administration = await Server.Operator.GetAsync(new Uri($"{address}/operator/tenants"));

        Assert.Equal(HttpStatusCode.OK, byToken.StatusCode);
        Assert.Equal((HttpStatusCode.BadRequest, "device.unregistered"), (bare.StatusCode, await Phone.CodeOfAsync(bare)));
        Assert.Equal([HttpStatusCode.NotFound, HttpStatusCode.NotFound], [other.StatusCode, administration.StatusCode]);
        Assert.DoesNotContain(Server.Log, line => line.Contains(phone.Token, StringComparison.Ordinal));
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
