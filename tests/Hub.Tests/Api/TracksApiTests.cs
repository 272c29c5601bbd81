using System.Globalization;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tracks;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Api;

[Collection(ServerCollection.Name)]
public sealed class TracksApiTests(SharedServer shared)
{
    private static readonly string Date = TestTenant.Day.UtcDay.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    private static readonly string WholeDay = $"from={Date}T00:00:00Z&to={Date}T23:59:59Z";

    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_reported_fixes_When_a_page_is_read_Then_every_value_is_what_was_sent_and_next_goes_on()
    {
        var tenant = await TestTenant.CreateAsync(Server, "track-page");
        var device = await tenant.DeviceAsync("van 1/a");
        await tenant.ReportAsync(
            device,
            $$"""{"fixedAt":"{{Date}}T10:00:02.5Z","lat":48.0000002,"lon":11.5}""",
            $$$"""
            {"fixedAt":"{{{Date}}}T10:00:00Z","lat":48.1234567,"lon":-11.7654321,"speedMps":13.9,"headingDeg":270.5,"accuracyM":4.5,
             "altitudeM":-3.25,"batteryPercent":87.5,"attributes":{"ignition":true}}
            """,
            $$"""{"fixedAt":"{{Date}}T10:00:01Z","lat":48.0000001,"lon":11.5}""");

        var first = await tenant.GetAsync($"/api/v1/devices/van%201%2Fa/track?{WholeDay}&limit=2&includeMarked=true");
        var second = await tenant.GetAsync(first.GetProperty("next").GetString()!.Replace("&tenant=", "&was=", StringComparison.Ordinal));

        Assert.Equal("van 1/a", first.GetProperty("device").GetString());
        var features = first.GetProperty("features").EnumerateArray().ToArray();
        Assert.Equal(2, features.Length);
        Assert.Equal("""{"type":"Point","coordinates":[-11.7654321,48.1234567]}""", features[0].GetProperty("geometry").GetRawText());
        var values = features[0].GetProperty("properties").EnumerateObject()
            .Where(p => p.Name is not ("receivedAt" or "mark")).Select(p => $"{p.Name}={p.Value.GetRawText()}");
        Assert.Equal(
            [
                $"fixedAt=\"{Date}T10:00:00Z\"", "speedMps=13.9", "headingDeg=270.5", "accuracyM=4.5", "altitudeM=-3.25",
                "batteryPercent=87.5", "attributes={\"ignition\":true}",
            ], values);
        Assert.Equal($"{Date}T10:00:01Z", FixedAt(features[1]));
        Assert.Equal([$"{Date}T10:00:02.500Z"], second.GetProperty("features").EnumerateArray().Select(FixedAt));
        Assert.False(second.TryGetProperty("next", out _));
    }

    [Fact]
    public async Task Given_many_fixes_When_paged_to_the_end_Then_each_comes_once_in_order()
    {
        var tenant = await TestTenant.CreateAsync(Server, "track-many");
        await tenant.DeviceAsync("van");
        var fixes = Enumerable.Range(0, 2_345).Select(i => TestTenant.At(i / 2, 480_000_000 + i, 110_000_000)).ToArray();
        await tenant.Rows.FixesAsync(tenant.Id.Value, await tenant.NumberAsync("van"), fixes, TestTenant.Day);

        var (pages, read) = await ReadAsync(tenant, $"/api/v1/devices/van/track?{WholeDay}");

        Assert.Equal(3, pages);
        Assert.Equal(fixes.Select(f => f.Hashed()).OrderBy(f => f.Key).Select(f => f.Position.LatitudeE7), read.Select(LatitudeE7));
    }

    [Fact]
    public async Task Given_a_drive_along_a_line_When_paged_for_a_zoom_Then_no_page_looks_at_more_than_its_bound()
    {
        var tenant = await TestTenant.CreateAsync(Server, "track-zoom");
        await tenant.DeviceAsync("van");
        // Due north at constant speed: all but the ends of chunks could be left out.
        var fixes = Enumerable.Range(0, 25_000).Select(i => TestTenant.At(i, 400_000_000 + i * 500, 110_000_000)).ToArray();
        await tenant.Rows.FixesAsync(tenant.Id.Value, await tenant.NumberAsync("van"), fixes, TestTenant.Day);

        var (pages, read) = await ReadAsync(tenant, $"/api/v1/devices/van/track?{WholeDay}&zoom=3");

        Assert.Equal(2, pages);
        Assert.InRange(read.Count, 2, 60);
        Assert.Equal((400_000_000, 400_000_000 + 24_999 * 500), (LatitudeE7(read[0]), LatitudeE7(read[^1])));
        var times = read.Select(FixedAt).ToArray();
        Assert.Equal(times.Order(StringComparer.Ordinal).Distinct(), times);
    }

    [Fact]
    public async Task Given_marked_fixes_When_read_Then_the_implausible_are_left_out_unless_asked_for_and_the_old_are_flagged()
    {
        var tenant = await TestTenant.CreateAsync(Server, "track-marks");
        await tenant.DeviceAsync("van");
        var number = await tenant.NumberAsync("van");
        Fix[] fixes = [TestTenant.At(1, 10, 10), TestTenant.At(2, 20, 20), TestTenant.At(3, 30, 30)];
        await tenant.Rows.FixesAsync(tenant.Id.Value, number, fixes, TestTenant.Day);
        await tenant.Rows.MarkAsync(tenant.Id.Value, number, fixes[1], FixMark.Teleport);
        await tenant.Rows.MarkAsync(tenant.Id.Value, number, fixes[2], FixMark.BeyondWindow);

        Assert.Equal("-,beyondWindow", await MarksAsync(WholeDay));
        Assert.Equal("-,teleport,beyondWindow", await MarksAsync($"{WholeDay}&includeMarked=true"));

        async Task<string> MarksAsync(string query) =>
            string.Join(",", (await tenant.GetAsync($"/api/v1/devices/van/track?{query}")).GetProperty("features").EnumerateArray()
                .Select(f => f.GetProperty("properties").TryGetProperty("mark", out var mark) ? mark.GetString() : "-"));
    }

    [Fact]
    public async Task Given_a_format_When_exported_Then_the_whole_track_comes_as_a_file_of_that_type()
    {
        var tenant = await TestTenant.CreateAsync(Server, "track-formats");
        await tenant.DeviceAsync("van");
        var fixes = Enumerable.Range(0, 1_500).Select(i => TestTenant.At(i, 480_000_000 + i, 110_000_000)).ToArray();
        await tenant.Rows.FixesAsync(tenant.Id.Value, await tenant.NumberAsync("van"), fixes, TestTenant.Day);
        var path = $"/api/v1/devices/van/track?{WholeDay}";

        using var csv = await tenant.AskAsync($"{path}&format=csv");
        using var gpx = await tenant.AskAsync($"{path}&format=gpx");
        using var geoJson = await tenant.AskAsync($"{path}&format=geojson");

        Assert.Equal("text/csv; charset=utf-8", csv.Content.Headers.ContentType?.ToString());
        Assert.Equal($"track-van-{Date.Replace("-", "", StringComparison.Ordinal)}.csv", csv.Content.Headers.ContentDisposition?.FileName);
        var lines = (await csv.Content.ReadAsStringAsync()).Split("\r\n");
        Assert.Equal(CsvTrackFormat.Header, lines[0]);
        Assert.Equal($"{Date}T00:24:59Z,{Date}T00:00:00Z,48.0001499,11,,,,,,,,", lines[1_500]);
        Assert.Equal(["", ""], [lines[^1], string.Concat(lines.Skip(1_501))]);
        Assert.Equal("application/gpx+xml", gpx.Content.Headers.ContentType?.ToString());
        Assert.Equal(fixes.Length, TrackFile.Read(await gpx.Content.ReadAsByteArrayAsync()).Fixes.Count);
        Assert.Equal("application/geo+json", geoJson.Content.Headers.ContentType?.ToString());
        Assert.Equal(
            fixes.Select(f => f.Hashed()), TrackFile.Read(await geoJson.Content.ReadAsByteArrayAsync()).Fixes);
    }

    private static async Task<(int Pages, List<JsonElement> Features)> ReadAsync(TestTenant tenant, string path)
    {
        var read = new List<JsonElement>();
        for (var pages = 1; ; pages++)
        {
            var page = await tenant.GetAsync(path);
            read.AddRange(page.GetProperty("features").EnumerateArray());
            if (!page.TryGetProperty("next", out var next))
                return (pages, read);
            // The operator's tenant stands in it already.
            path = next.GetString()!.Replace("&tenant=", "&was=", StringComparison.Ordinal);
        }
    }

    private static string FixedAt(JsonElement feature) => feature.GetProperty("properties").GetProperty("fixedAt").GetString()!;

    private static int LatitudeE7(JsonElement feature) =>
        (int)(feature.GetProperty("geometry").GetProperty("coordinates")[1].GetDecimal() * 10_000_000m);
}
