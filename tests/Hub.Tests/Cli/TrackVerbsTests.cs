using System.Globalization;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Tracks;
using FieldCrm.Hub.Tests.Api;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Cli;

/// <summary>What somebody with a phone does: add it, let it report, take the track along.</summary>
[Collection(ServerCollection.Name)]
public sealed class TrackVerbsTests(SharedServer shared)
{
    private static readonly string Date = TestTenant.Day.UtcDay.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_a_phone_that_reports_out_of_order_and_twice_When_its_track_is_exported_Then_each_fix_is_there_once_in_order()
    {
        var walk = await WalkAsync("walk-1", seed: 20_261_122);

        var export = await Server.RunAsync("track", "export", "walk-1", "--from", Date, "--to", Date, "--format", "geojson");

        Assert.Equal((0, ""), (export.ExitCode, export.Error));
        var document = JsonElement.Parse(export.Output);
        Assert.Equal(("FeatureCollection", "walk-1"), (document.GetProperty("type").GetString(), document.GetProperty("device").GetString()));
        Assert.Equal(walk.Select(p => p.Expected), document.GetProperty("features").EnumerateArray().Select(Line));
    }

    [Theory]
    [InlineData("geojson")]
    [InlineData("gpx")]
    public async Task Given_an_exported_track_When_imported_into_another_device_Then_it_has_the_same_fixes(string format)
    {
        var walk = await WalkAsync($"from-{format}", seed: 7);
        await Server.RunAsync("device", "add", $"into-{format}");
        var file = Path.Combine(Server.Directory, $"walk.{format}");

        var export = await Server.RunAsync("track", "export", $"from-{format}", "--from", Date, "--to", Date, "--format", format, "--out", file, "--json");
        var import = await Server.RunAsync("track", "import", $"into-{format}", file, "--json");
        var again = await Server.RunAsync("track", "import", $"into-{format}", file);

        Assert.Equal((0, ""), (export.ExitCode, export.Error));
        Assert.Equal(
            $$"""{"id":"from-{{format}}","format":"{{format}}","file":"{{file}}","bytes":{{new FileInfo(file).Length}}}""", export.Output.TrimEnd());
        Assert.Equal((0, $$"""{"fixes":{{walk.Count}},"done":{{walk.Count}},"stored":{{walk.Count}},"duplicates":0,"quarantined":0}"""), (import.ExitCode, import.Output.TrimEnd()));
        Assert.Equal((0, $"0 stored, {walk.Count} stored already, 0 quarantined\n"), (again.ExitCode, again.Output));
        var first = await Server.RunAsync("track", "export", $"from-{format}", "--from", Date, "--to", Date);
        var second = await Server.RunAsync("track", "export", $"into-{format}", "--from", Date, "--to", Date);
        Assert.Equal(Fixes(first.Output), Fixes(second.Output));
        Assert.Equal(walk.Count, Fixes(second.Output).Count);
    }

    [Fact]
    public async Task Given_a_long_old_file_When_imported_Then_progress_is_told_and_what_retention_forgets_is_counted()
    {
        await Server.RunAsync("device", "add", "old");
        var recent = Enumerable.Range(0, 1_500).Select(i => Feature($"{Date}T{i / 3_600:00}:{i / 60 % 60:00}:{i % 60:00}Z", i));
        var file = Path.Combine(Server.Directory, "old.json");
        await File.WriteAllTextAsync(
            file, $$"""{"type":"FeatureCollection","features":[{{string.Join(',', [Feature("2001-02-03T04:05:06Z", 1), Feature("2001-02-03T04:05:07Z", 2), .. recent])}}]}""");

        var import = await Server.RunAsync("track", "import", "old", file);

        Assert.Equal((1, "1500 stored, 0 stored already, 2 quarantined\n", "1000 of 1502\n"), (import.ExitCode, import.Output, import.Error));
        var export = await Server.RunAsync("track", "export", "old", "--from", "2000-01-01");
        Assert.Equal(1_500, Fixes(export.Output).Count);
    }

    [Fact]
    public async Task Given_a_mistake_When_a_verb_is_run_Then_one_line_says_so_and_the_exit_code_is_its_kind()
    {
        await Server.RunAsync("device", "add", "mistaken");
        var broken = Path.Combine(Server.Directory, "broken.gpx");
        await File.WriteAllTextAsync(broken, "<gpx><trk>");
        var huge = Path.Combine(Server.Directory, "huge.gpx");
        await using (var file = File.Create(huge))
            file.SetLength(TrackFile.MaxBytes + 1L);

        await FailsAsync(1, "device.unknown:", "track", "export", "nobody");
        await FailsAsync(1, "device.unknown:", "track", "import", "nobody", broken);
        await FailsAsync(1, "tenant.unknown:", "track", "export", "mistaken", "--tenant", "nowhere");
        await FailsAsync(1, "track-file.malformed:", "track", "import", "mistaken", broken);
        await FailsAsync(1, "track-file.missing:", "track", "import", "mistaken", "/no/such/file");
        await FailsAsync(1, "track-file.too-large:", "track", "import", "mistaken", huge);
        await FailsAsync(1, "track.no-directory:", "track", "export", "mistaken", "--out", "/no/such/directory/file");
        await FailsAsync(2, "'yesterday' is no date", "track", "export", "mistaken", "--from", "yesterday");
        await FailsAsync(2, "Argument 'kml' not recognized. Must be one of: 'geojson' 'gpx' 'csv'", "track", "export", "mistaken", "--format", "kml");
        await FailsAsync(2, "--to lies before --from", "track", "export", "mistaken", "--from", "2026-02-02", "--to", "2026-02-01");
        await using var nobody = new HubProcess();
        Assert.Equal(3, (await nobody.RunAsync("track", "export", "mistaken")).ExitCode);

        async Task FailsAsync(int exitCode, string beginning, params string[] arguments)
        {
            var (exit, output, error) = await Server.RunAsync(arguments);
            Assert.Equal((exitCode, ""), (exit, output));
            Assert.StartsWith(beginning, Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("2026-11-22", "2026-11-22T00:00:00.0000000+00:00", "2026-11-23T00:00:00.0000000+00:00")]
    [InlineData("2026-11-22T19:04:24Z", "2026-11-22T19:04:24.0000000+00:00", "2026-11-22T19:04:24.0000010+00:00")]
    [InlineData("2026-11-22T19:04:24.5+02:00", "2026-11-22T17:04:24.5000000+00:00", "2026-11-22T17:04:24.5000010+00:00")]
    [InlineData("2026-11-22 19:04", "2026-11-22T19:04:00.0000000+00:00", "2026-11-22T19:04:00.0000010+00:00")]
    [InlineData("22.11.2026", null, null)]
    [InlineData("2026-11-31", null, null)]
    [InlineData("2026-11-22Tnoon", null, null)]
    [InlineData("", null, null)]
    public void Given_a_time_on_the_command_line_When_read_Then_a_date_means_its_whole_day(string text, string? first, string? behind)
    {
        var time = FieldCrm.Hub.Cli.TrackTime.Of(text);

        Assert.Equal((first, behind), (Iso(time?.First), Iso(time?.Behind)));

        static string? Iso(DateTimeOffset? at) => at?.ToString("O", CultureInfo.InvariantCulture);
    }

    /// <summary>Adds a device by the command line and reports a walk to its URL: shuffled, a third of it twice.</summary>
    private async Task<List<(string Parameters, string Expected)>> WalkAsync(string id, int seed)
    {
        var added = await Server.RunAsync("device", "add", id, "--json");
        Assert.Equal(0, added.ExitCode);
        var url = JsonElement.Parse(added.Output).GetProperty("url").GetString();
        var start = TestTenant.Day.ToDateTimeOffset().AddHours(8);
        // Some 1.3 m/s to the north-east, one fix every five seconds.
        var walk = Enumerable.Range(0, 60).Select(i => (
            string.Create(CultureInfo.InvariantCulture, $"lat={52.5m + i * 0.00004m}&lon={13.4m + i * 0.00006m}&timestamp={start.AddSeconds(i * 5).ToUnixTimeSeconds()}"),
            string.Create(CultureInfo.InvariantCulture, $"{start.AddSeconds(i * 5):yyyy-MM-dd'T'HH:mm:ss'Z'} [{13.4m + i * 0.00006m:0.#######},{52.5m + i * 0.00004m:0.#######}]"))).ToList();
        var sent = walk.Concat(walk.Where((_, i) => i % 3 == 0)).Select(p => p.Item1).ToArray();
        new Random(seed).Shuffle(sent);
        foreach (var position in sent)
        {
            using var answer = await Server.Visitor.GetAsync(new Uri(url + position));
            Assert.Equal(200, (int)answer.StatusCode);
        }
        return walk;
    }

    private static string Line(JsonElement feature) =>
        $"{feature.GetProperty("properties").GetProperty("fixedAt").GetString()} {feature.GetProperty("geometry").GetProperty("coordinates").GetRawText()}";

    private static string Feature(string fixedAt, int i) => string.Create(
        CultureInfo.InvariantCulture,
        $$$"""{"type":"Feature","geometry":{"type":"Point","coordinates":[13.4,{{{52m + i * 0.00001m}}}]},"properties":{"fixedAt":"{{{fixedAt}}}"}}""");

    private static IReadOnlyList<Core.Devices.Fix> Fixes(string geoJson) =>
        TrackFile.Read(System.Text.Encoding.UTF8.GetBytes(geoJson)).Fixes;
}
