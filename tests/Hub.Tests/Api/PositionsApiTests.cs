using System.Globalization;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class PositionsApiTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_reported_positions_When_a_box_is_asked_for_Then_those_inside_come_page_by_page()
    {
        var tenant = await TestTenant.CreateAsync(Server, "positions-box");
        for (var i = 1; i <= 5; i++)
            await ReportAsync(tenant, $"van-{i}", 48.1234567m + i, 11.5m);
        await ReportAsync(tenant, "far", -34.9011m, -56.1645m);
        await tenant.DeviceAsync("silent");

        var ids = new List<string>();
        var pages = 0;
        var cursor = "";
        do
        {
            var page = await tenant.GetAsync($"/api/v1/positions?box=11,49,12,60&limit=2{cursor}");
            pages++;
            Assert.True(page.GetProperty("isFilled").GetBoolean());
            ids.AddRange(page.GetProperty("devices").EnumerateArray().Select(d => d.GetProperty("id").GetString()!));
            cursor = page.TryGetProperty("nextCursor", out var next) ? $"&cursor={next.GetString()}" : "";
        }
        while (cursor.Length > 0);

        Assert.Equal(["van-1", "van-2", "van-3", "van-4", "van-5"], ids);
        Assert.Equal(3, pages);
    }

    [Fact]
    public async Task Given_a_box_over_the_antimeridian_When_asked_for_Then_both_sides_are_in_it()
    {
        var tenant = await TestTenant.CreateAsync(Server, "positions-antimeridian");
        await ReportAsync(tenant, "east", -17.5m, 179.5m);
        await ReportAsync(tenant, "west", -17.5m, -179.5m);
        await ReportAsync(tenant, "elsewhere", -17.5m, 0.5m);

        var page = await tenant.GetAsync("/api/v1/positions?box=179,-18,-179,-17");

        Assert.Equal(["east", "west"], page.GetProperty("devices").EnumerateArray().Select(d => d.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Given_reported_positions_When_the_nearest_are_asked_for_Then_they_come_nearest_first_with_distances()
    {
        var tenant = await TestTenant.CreateAsync(Server, "positions-near");
        await ReportAsync(tenant, "north", 48.01m, 11.5m);
        await ReportAsync(tenant, "here", 48m, 11.5m);
        await ReportAsync(tenant, "far", 49m, 11.5m);

        var page = await tenant.GetAsync("/api/v1/positions/nearest?lat=48&lon=11.5&count=2");

        var near = page.GetProperty("devices").EnumerateArray().ToArray();
        Assert.Equal(["here", "north"], near.Select(d => d.GetProperty("id").GetString()));
        Assert.Equal([await tenant.NumberAsync("here"), await tenant.NumberAsync("north")], near.Select(d => d.GetProperty("number").GetInt32()));
        Assert.Equal(0, near[0].GetProperty("distanceM").GetDouble());
        // 0.01° of a meridian of the mean sphere.
        Assert.Equal(1_111.95, near[1].GetProperty("distanceM").GetDouble(), 0.2);
        var fresh = await tenant.GetAsync("/api/v1/positions/nearest?lat=48&lon=11.5&maxAgeSeconds=3600");
        Assert.Equal(0, fresh.GetProperty("devices").GetArrayLength());
    }

    [Fact]
    public async Task Given_devices_When_listed_and_asked_for_Then_each_has_its_last_position_as_reported()
    {
        var tenant = await TestTenant.CreateAsync(Server, "positions-list");
        var device = await tenant.DeviceAsync("b van", "Blue van");
        await tenant.DeviceAsync("a silent");
        await tenant.DeviceAsync("c silent");
        var fixedAt = TestTenant.Day.ToDateTimeOffset().ToString("yyyy-MM-dd'T'10:00:00'Z'", CultureInfo.InvariantCulture);
        await tenant.ReportAsync(
            device, $$"""{"fixedAt":"{{fixedAt}}","lat":48.1234567,"lon":-11.5,"speedMps":1.5,"headingDeg":90,"accuracyM":3,"batteryPercent":50}""");

        var first = await tenant.GetAsync("/api/v1/devices?limit=2");
        var second = await tenant.GetAsync($"/api/v1/devices?limit=2&cursor={first.GetProperty("nextCursor").GetString()}");
        var one = await tenant.GetAsync("/api/v1/devices/b%20van");

        Assert.Equal(["a silent", "b van"], Ids(first));
        Assert.Equal(["c silent"], Ids(second));
        Assert.False(second.TryGetProperty("nextCursor", out _));
        Assert.False(first.GetProperty("devices")[0].TryGetProperty("lastPosition", out _));
        foreach (var view in new[] { first.GetProperty("devices")[1], one })
        {
            Assert.Equal(("b van", "Blue van", false), (Text(view, "id"), Text(view, "name"), view.GetProperty("isDisabled").GetBoolean()));
            var last = view.GetProperty("lastPosition");
            // Measured three days ago at ten, heard just now.
            Assert.InRange(last.GetProperty("ageSeconds").GetInt64(), 2 * 86_400, 4 * 86_400);
            Assert.InRange(TimeProvider.System.GetUtcNow() - view.GetProperty("heardAt").GetDateTimeOffset(), TimeSpan.FromSeconds(-1), TimeSpan.FromMinutes(10));
            Assert.Equal(TestTenant.Day.Plus(TimeSpan.FromHours(10)), UtcMicros.From(last.GetProperty("fixedAt").GetDateTimeOffset()));
            Assert.Equal(
                ["latitudeDeg=48.1234567", "longitudeDeg=-11.5", "speedMps=1.5", "headingDeg=90", "accuracyM=3", "batteryPercent=50", "motion=\"unknown\""],
                last.EnumerateObject().Where(m => m.Name is not ("fixedAt" or "ageSeconds"))
                    .Select(m => $"{m.Name}={m.Value.GetRawText()}"));
        }
    }

    [Fact]
    public async Task Given_a_device_whose_clock_is_wrong_When_all_it_sends_is_set_aside_Then_it_is_heard_and_nowhere()
    {
        var tenant = await TestTenant.CreateAsync(Server, "positions-aside");
        var device = await tenant.DeviceAsync("clockless");
        Assert.False((await tenant.GetAsync("/api/v1/devices/clockless")).TryGetProperty("heardAt", out _));

        await tenant.ReportAsync(device, """{"fixedAt":"1999-12-31T23:59:59Z","lat":48,"lon":11}""");

        var view = await tenant.GetAsync("/api/v1/devices/clockless");
        Assert.InRange(TimeProvider.System.GetUtcNow() - view.GetProperty("heardAt").GetDateTimeOffset(), TimeSpan.FromSeconds(-1), TimeSpan.FromMinutes(10));
        Assert.False(view.TryGetProperty("lastPosition", out _));
    }

    private static async Task ReportAsync(TestTenant tenant, string id, decimal latitudeDeg, decimal longitudeDeg)
    {
        var fixedAt = TestTenant.Day.ToDateTimeOffset().ToString("yyyy-MM-dd'T'10:00:00'Z'", CultureInfo.InvariantCulture);
        await tenant.ReportAsync(
            await tenant.DeviceAsync(id),
            string.Create(CultureInfo.InvariantCulture, $$"""{"fixedAt":"{{fixedAt}}","lat":{{latitudeDeg}},"lon":{{longitudeDeg}}}"""));
    }

    private static IEnumerable<string?> Ids(JsonElement page) => page.GetProperty("devices").EnumerateArray().Select(d => Text(d, "id"));

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();
}
