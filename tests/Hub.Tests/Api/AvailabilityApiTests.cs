using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Tests.Live;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Api;

/// <summary>Whether a unit can be sent: from a dispatcher's click to everybody's screen and back.</summary>
[Collection(ServerCollection.Name)]
public sealed class AvailabilityApiTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_a_unit_When_a_dispatcher_sets_and_undoes_Then_list_live_record_and_events_follow()
    {
        var tenant = await TestTenant.CreateAsync(Server, "avail-flow");
        var van = await tenant.DeviceAsync("van");
        await tenant.ReportAsync(van, $$"""{"fixedAt":"{{Core.Tracks.TrackText.Time(TestTenant.Day)}}","lat":-34.9,"lon":-56.16}""");
        var number = (uint)await tenant.NumberAsync("van");
        using var ana = await tenant.SignedInAsync(UserRole.Dispatcher);
        await using var console = await UnitsClient.OpenAsync(Server, "avail-flow");
        await console.WatchAsync(1, -35, -57, -34, -56, 11);
        await console.UntilAsync(c => c.Units.ContainsKey(number));
        Assert.Equal("unknown  0 ", await ListedAsync(ana));
        var from = (await tenant.GetAsync("/api/v1/events")).GetProperty("token").GetString();

        var (status, set) = await PutAsync(ana, "van", new { availability = "busy", note = " towing ", expectedVersion = 0 });

        Assert.Equal(
            (HttpStatusCode.OK, "busy", "towing", 1, "user", "avail-flow-dispatcher", 1),
            (status, set.GetProperty("availability").GetString(), set.GetProperty("note").GetString(), set.GetProperty("version").GetInt32(),
                set.GetProperty("changedBy").GetProperty("kind").GetString(), set.GetProperty("changedBy").GetProperty("name").GetString(),
                set.GetProperty("undo").GetProperty("version").GetInt32()));
        Assert.Equal("busy towing 1 avail-flow-dispatcher", await ListedAsync(ana));
        await console.UntilAsync(c => c.Units[number].Availability == 2);
        Assert.Equal("busy towing 1 avail-flow-dispatcher", await ListedAsync(ana, "?availabilities=busy"));

        // The answer says how to take it back.
        var (undone, before) = await PostAsync(ana, "van/availability/undo", set.GetProperty("undo"));
        Assert.Equal((HttpStatusCode.OK, "unknown", 2), (undone, before.GetProperty("availability").GetString(), before.GetProperty("version").GetInt32()));
        await console.UntilAsync(c => c.Units[number].Availability == 0);
        JsonElement[] events = [];
        await Eventually.TrueAsync(async () =>
        {
            events = [.. (await tenant.GetAsync($"/api/v1/events?after={Uri.EscapeDataString(from ?? "")}")).GetProperty("events").EnumerateArray()];
            return events.Length == 2;
        }, TimeSpan.FromSeconds(30), () => $"{events.Length} events");
        Assert.Equal([($"unit/{number}", "van", "busy"), ($"unit/{number}", "van", "unknown")], events.Select(e => (
            e.GetProperty("stream").GetString(), e.GetProperty("device").GetString(), e.GetProperty("payload").GetProperty("status").GetString())));
    }

    [Fact]
    public async Task Given_two_dispatchers_of_whom_one_has_not_looked_again_Then_he_is_told_who_was_first_and_when()
    {
        var tenant = await TestTenant.CreateAsync(Server, "avail-stale");
        await tenant.DeviceAsync("van");
        using var ana = await tenant.SignedInAsync(UserRole.Dispatcher);
        using var ben = await tenant.SignedInAsync(UserRole.Admin);
        var before = TimeProvider.System.GetUtcNow();
        var (_, first) = await PutAsync(ana, "van", new { availability = "busy", expectedVersion = 0 });

        var (status, refused) = await PutAsync(ben, "van", new { availability = "available", expectedVersion = 0 });
        var (undo, late) = await PostAsync(ben, "van/availability/undo", new { version = 7 });

        Assert.Equal((HttpStatusCode.Conflict, "availability.stale"), (status, refused.GetProperty("code").GetString()));
        Assert.Equal((HttpStatusCode.Conflict, "availability.stale"), (undo, late.GetProperty("code").GetString()));
        var current = refused.GetProperty("current");
        Assert.Equal(("busy", 1, "avail-stale-dispatcher"), (
            current.GetProperty("availability").GetString(), current.GetProperty("version").GetInt32(), current.GetProperty("changedBy").GetProperty("name").GetString()));
        Assert.InRange(current.GetProperty("changedAt").GetDateTimeOffset(), before.AddSeconds(-1), TimeProvider.System.GetUtcNow());
        // The same again, as a client does whose answer was lost: no second change.
        var (again, same) = await PutAsync(ana, "van", new { availability = "busy", expectedVersion = 0 });
        Assert.Equal((HttpStatusCode.OK, first.GetProperty("version").GetInt32()), (again, same.GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task Given_what_may_not_be_Then_each_is_refused_by_its_code_and_nothing_is_stored()
    {
        var tenant = await TestTenant.CreateAsync(Server, "avail-refused");
        var other = await TestTenant.CreateAsync(Server, "avail-other");
        await tenant.DeviceAsync("van");
        await tenant.DeviceAsync("off");
        using var ana = await tenant.SignedInAsync(UserRole.Dispatcher);
        using var auditor = await tenant.SignedInAsync(UserRole.Auditor);
        using var stranger = await other.SignedInAsync(UserRole.Dispatcher);
        using var disabled = await Server.Operator.PostAsJsonAsync("/operator/devices/disable?tenant=avail-refused", new { id = "off" });
        var busy = new { availability = "busy", expectedVersion = 0 };

        Assert.Equal((HttpStatusCode.BadRequest, "availability.status-invalid"), Code(await PutAsync(ana, "van", new { availability = "asleep", expectedVersion = 0 })));
        Assert.Equal((HttpStatusCode.BadRequest, "availability.version-missing"), Code(await PutAsync(ana, "van", new { availability = "busy" })));
        Assert.Equal(
            (HttpStatusCode.BadRequest, "availability.note-invalid"),
            Code(await PutAsync(ana, "van", new { availability = "busy", note = new string('n', 201), expectedVersion = 0 })));
        Assert.Equal((HttpStatusCode.NotFound, "device.unknown"), Code(await PutAsync(ana, "nobody", busy)));
        Assert.Equal((HttpStatusCode.NotFound, "device.unknown"), Code(await PutAsync(ana, "off", busy)));
        Assert.Equal((HttpStatusCode.NotFound, "device.unknown"), Code(await PutAsync(stranger, "van", busy)));
        Assert.Equal((HttpStatusCode.Forbidden, "auth.forbidden"), Code(await PutAsync(auditor, "van", busy)));
        Assert.Equal((HttpStatusCode.Conflict, "availability.nothing-to-undo"), Code(await PostAsync(ana, "van/availability/undo", new { version = 0 })));
        Assert.Equal((HttpStatusCode.BadRequest, "availability.version-missing"), Code(await PostAsync(ana, "van/availability/undo", new { })));
        Assert.Equal("unknown  0 ", await ListedAsync(ana, "?search=van"));
    }

    private static (HttpStatusCode, string?) Code((HttpStatusCode Status, JsonElement Body) answer) =>
        (answer.Status, answer.Body.GetProperty("code").GetString());

    private static async Task<(HttpStatusCode Status, JsonElement Body)> PutAsync(HttpClient browser, string id, object set)
    {
        using var answer = await browser.PutAsJsonAsync($"/api/v1/units/{id}/availability", set);
        return (answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync()));
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(HttpClient browser, string path, object body)
    {
        using var answer = await browser.PostAsJsonAsync($"/api/v1/units/{path}", body);
        return (answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync()));
    }

    /// <summary>Availability, note, version and who said so, of the one unit that is found.</summary>
    private static async Task<string> ListedAsync(HttpClient browser, string query = "")
    {
        var answer = JsonElement.Parse(await browser.GetStringAsync(new Uri("/api/v1/units" + query, UriKind.Relative)));
        var unit = Assert.Single(answer.GetProperty("units").EnumerateArray());
        return $"{unit.GetProperty("availability")} {Text(unit, "availabilityNote")} {unit.GetProperty("availabilityVersion")} "
            + (unit.TryGetProperty("availabilityChangedBy", out var by) ? Text(by, "name") : "");

        static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.GetString() : "";
    }
}
