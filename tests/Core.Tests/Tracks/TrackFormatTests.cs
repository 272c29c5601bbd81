using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Tracks;

namespace FieldCrm.Core.Tests.Tracks;

public sealed class TrackFormatTests
{
    internal static readonly UtcMicros Noon = UtcMicros.FromUnixSeconds(1_780_056_000); // 2026-05-29T12:00:00Z

    private static readonly TrackFix Full = new(new Fix
    {
        FixedAt = new UtcMicros(Noon.Value + 250_000), Position = new GeoPoint(-349_011_234, -561_645_000),
        AltitudeMm = 43_100, SpeedMmps = 13_890, HeadingCdeg = 27_050, AccuracyMm = 4_200, BatteryPermille = 875,
        Alarm = AlarmKind.Sos, AttributesJson = """{"driver":"O'Neil, \"Pat\"","hdop":0.9}""",
    }.Hashed(), new UtcMicros(Noon.Value + 1_000_001), FixMark.Teleport);

    private static readonly TrackFix Bare = new(
        new Fix { FixedAt = Noon, Position = new GeoPoint(10_000_000, 1_800_000_000) }.Hashed(), Noon, FixMark.None);

    [Fact]
    public void Given_two_fixes_When_written_as_geojson_Then_the_document_is_exactly_this()
    {
        Assert.Equal(
            """{"type":"FeatureCollection","device":"van-1","features":[""" +
            """{"type":"Feature","geometry":{"type":"Point","coordinates":[180,1]},"properties":{"fixedAt":"2026-05-29T12:00:00Z","receivedAt":"2026-05-29T12:00:00Z"}},""" +
            """{"type":"Feature","geometry":{"type":"Point","coordinates":[-56.1645,-34.9011234]},"properties":{"fixedAt":"2026-05-29T12:00:00.250Z","receivedAt":"2026-05-29T12:00:01.000001Z","speedMps":13.89,"headingDeg":270.5,"accuracyM":4.2,"altitudeM":43.1,""" +
            """
            "batteryPercent":87.5,"alarm":"sos","mark":"teleport","attributes":{"driver":"O'Neil, \"Pat\"","hdop":0.9}}}
            """ +
            """],"next":"/more"}""",
            Write(s => new GeoJsonTrackFormat(s), "/more", Bare, Full));
    }

    [Fact]
    public void Given_two_fixes_When_written_as_csv_Then_rows_follow_the_header_with_units()
    {
        Assert.Equal(
            CsvTrackFormat.Header + "\r\n"
            + "2026-05-29T12:00:00Z,2026-05-29T12:00:00Z,1,180,,,,,,,,\r\n"
            + "2026-05-29T12:00:00.250Z,2026-05-29T12:00:01.000001Z,-34.9011234,-56.1645,13.89,270.5,4.2,43.1,87.5,sos,teleport,"
            + "\"{\"\"driver\"\":\"\"O'Neil, \\\"\"Pat\\\"\"\"\",\"\"hdop\"\":0.9}\"\r\n",
            Write(s => new CsvTrackFormat(s), null, Bare, Full));
    }

    [Fact]
    public void Given_two_fixes_When_written_as_gpx_Then_points_carry_elevation_time_and_extensions_in_this_order()
    {
        XNamespace gpx = GpxTrackFormat.Namespace;
        var root = XDocument.Parse(Write(s => new GpxTrackFormat(s), null, Bare, Full)).Root;

        Assert.NotNull(root);
        Assert.Equal("1.1", root.Attribute("version")?.Value);
        Assert.Equal("Van <1> & \uFFFD", root.Element(gpx + "trk")?.Element(gpx + "name")?.Value);
        var points = root.Descendants(gpx + "trkpt").ToArray();
        Assert.Equal(["-180", "-56.1645"], points.Select(p => p.Attribute("lon")?.Value));
        Assert.Equal(["time"], points[0].Elements().Select(e => e.Name.LocalName));
        Assert.Equal(["ele", "time", "extensions"], points[1].Elements().Select(e => e.Name.LocalName));
        Assert.Equal(
            ["speedMps=13.89", "headingDeg=270.5", "accuracyM=4.2", "batteryPercent=87.5", "alarm=sos", "mark=teleport",
                """attributes={"driver":"O'Neil, \"Pat\"","hdop":0.9}"""],
            points[1].Element(gpx + "extensions")?.Elements().Select(e => $"{e.Name.LocalName}={e.Value}"));
    }

    [Fact]
    public void Given_no_fix_When_written_Then_each_format_is_still_a_whole_document()
    {
        Assert.Empty(JsonDocument.Parse(Write(s => new GeoJsonTrackFormat(s), null)).RootElement.GetProperty("features").EnumerateArray());
        Assert.Empty(XDocument.Parse(Write(s => new GpxTrackFormat(s), null)).Descendants("trkpt"));
        Assert.Equal(CsvTrackFormat.Header + "\r\n", Write(s => new CsvTrackFormat(s), null));
    }

    [Fact]
    public void Given_a_written_track_When_read_again_Then_every_fix_has_the_same_identity()
    {
        TrackFix[] track = [Bare with { Fix = (Bare.Fix with { Position = new GeoPoint(-1, 1) }).Hashed() }, Full];
        foreach (var text in new[] { Write(s => new GeoJsonTrackFormat(s), null, track), Write(s => new GpxTrackFormat(s), null, track) })
        {
            var file = TrackFile.Read(Encoding.UTF8.GetBytes(text));
            Assert.Null(file.Failure);
            Assert.Equal(track.Select(t => t.Fix), file.Fixes);
        }
    }

    internal static string Write(Func<Stream, ITrackFormat> open, string? next, params TrackFix[] track)
    {
        using var stream = new MemoryStream();
        using (var format = open(stream))
        {
            format.Begin(new TrackHead("van-1", "Van <1> & \u0001"));
            foreach (var fix in track)
                format.Write(fix);
            format.End(new TrackTail(next));
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
