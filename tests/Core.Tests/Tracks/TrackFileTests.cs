using System.Globalization;
using System.Text;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Tracks;

namespace FieldCrm.Core.Tests.Tracks;

public sealed class TrackFileTests
{
    [Fact]
    public void Given_gpx_of_another_program_When_read_Then_fixes_come_in_time_order_once()
    {
        var file = Read("""
            <?xml version="1.0"?>
            <gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1" xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2">
              <wpt lat="1" lon="1"/>
              <trk><trkseg>
                <trkpt lat="48.2" lon="11.6"><time>2026-05-29T14:00:01+02:00</time></trkpt>
                <trkpt lat="48.1" lon="11.5"><ele>519.25</ele><time>2026-05-29T12:00:00Z</time>
                  <extensions><gpxtpx:TrackPointExtension><gpxtpx:speed>2.5</gpxtpx:speed><gpxtpx:course>360</gpxtpx:course></gpxtpx:TrackPointExtension></extensions></trkpt>
                <trkpt lat="48.2" lon="11.6"><time>2026-05-29T12:00:01Z</time></trkpt>
              </trkseg></trk>
            </gpx>
            """);

        Assert.Null(file.Failure);
        Assert.Equal(2, file.Fixes.Count);
        Assert.Equal(new GeoPoint(481_000_000, 115_000_000), file.Fixes[0].Position);
        Assert.Equal(TrackFormatTests.Noon, file.Fixes[0].FixedAt);
        Assert.Equal((519_250, 2_500, 0), (file.Fixes[0].AltitudeMm, file.Fixes[0].SpeedMmps, file.Fixes[0].HeadingCdeg));
        Assert.Equal(TrackFormatTests.Noon.Value + UtcMicros.PerSecond, file.Fixes[1].FixedAt.Value);
    }

    [Fact]
    public void Given_a_line_with_coord_times_When_read_Then_each_coordinate_is_a_fix()
    {
        var file = Read("""
            {"type":"FeatureCollection","features":[
              {"type":"Feature","geometry":{"type":"Polygon","coordinates":[]},"properties":null},
              {"type":"Feature","geometry":{"type":"LineString","coordinates":[[11.5,48.1,600],[11.6,48.2]]},
               "properties":{"coordTimes":["2026-05-29T12:00:00Z","2026-05-29T12:00:01.5Z"]}},
              {"type":"Feature","geometry":{"type":"MultiLineString","coordinates":[[[1,2]],[[3,4]]]},
               "properties":{"coordTimes":[["2026-05-29T12:00:02Z"],["2026-05-29T12:00:03Z"]]}}]}
            """);

        Assert.Null(file.Failure);
        Assert.Equal([481_000_000, 482_000_000, 20_000_000, 40_000_000], file.Fixes.Select(f => f.Position.LatitudeE7));
        Assert.Equal([0, 1_500, 2_000, 3_000], file.Fixes.Select(f => (f.FixedAt.Value - TrackFormatTests.Noon.Value) / 1_000));
        Assert.All(file.Fixes, f => Assert.Null(f.AltitudeMm));
    }

    [Fact]
    public void Given_attributes_spelt_differently_When_read_Then_they_are_the_same_fix()
    {
        const string Spellings = """
            {"a":"O'Neil \u00e9","b":[1,{"x":"/","y":null}]}
            {"b":[1,{"y":null,"x":"\/"}],"a":"O\u0027Neil é"}
            { "b" : [ 1, {"x":"\u002f", "y": null} ], "\u0061" : "O'Neil \u00E9" }
            """;
        var keys = Spellings.Split('\n').Select(attributes => Assert.Single(Read(Point(attributes)).Fixes).Key).ToList();

        Assert.Equal(3, keys.Count);
        Assert.Single(keys.Distinct());
        Assert.Equal("track-file.attributes-too-long", Read(Point("""{"a":1,"a":2}""")).Failure?.Code);

        static string Point(string attributes) =>
            """{"type":"Feature","geometry":{"type":"Point","coordinates":[11.5,48.1]},"properties":{"time":"2026-05-29T12:00:00Z","attributes":"""
            + attributes + "}}";
    }

    [Fact]
    public void Given_a_single_feature_When_read_Then_it_is_one_fix()
    {
        var file = Read("\uFEFF {\"geometry\":{\"type\":\"Point\",\"coordinates\":[11.5,48.1]},\"type\":\"Feature\",\"properties\":{\"time\":\"2026-05-29T12:00:00\",\"alarm\":\"sos\"}}");

        Assert.Null(file.Failure);
        Assert.Equal(AlarmKind.Sos, Assert.Single(file.Fixes).Alarm);
    }

    [Theory]
    [InlineData("", "track-file.empty", "The file is empty.")]
    [InlineData("lat,lon\r\n1,2", "track-file.unknown-format", "The file is neither GPX (XML) nor GeoJSON. Convert it to one of them.")]
    [InlineData("<kml/>", "track-file.unknown-format", "The file is XML, but its root is not gpx.")]
    [InlineData("{\"a\":1}", "track-file.unknown-format", "The file is JSON, but no GeoJSON FeatureCollection.")]
    [InlineData("<gpx>\n<trk>\n<trkseg></trk></gpx>", "track-file.malformed", "Line 3 is not well-formed XML.")]
    [InlineData("<!DOCTYPE gpx [<!ENTITY a \"b\">]>\n<gpx/>", "track-file.dtd", "The file has a document type declaration, which is refused. Remove it.")]
    [InlineData("<gpx/>", "track-file.empty", "The file holds no position with a time.")]
    [InlineData("<gpx>\n<trkpt lat='1' lon='2'/></gpx>", "track-file.no-time", "The position at line 2 has no time: a position without one is not part of a track.")]
    [InlineData("<gpx>\n\n<trkpt lat='91' lon='2'><time>2026-05-29T12:00:00Z</time></trkpt></gpx>", "track-file.bad-position", "The position at line 3 has no latitude within ±90° and longitude within ±180°.")]
    [InlineData("<gpx><trkpt lat='1' lon='2'><time>noon</time></trkpt></gpx>", "track-file.bad-time", "The position at line 1 has a time that is not ISO 8601 (2026-11-22T19:04:24Z).")]
    [InlineData("<gpx><trkpt lat='1' lon='2'><ele>NaN</ele><time>2026-05-29T12:00:00Z</time></trkpt></gpx>", "track-file.bad-value", "The position at line 1 has a ele out of range.")]
    [InlineData("{\"type\":\"FeatureCollection\",\"features\":[\n{\"type\":", "track-file.malformed", "Line 2 is not valid JSON.")]
    [InlineData("{\"type\":\"FeatureCollection\",\"features\":[]} {}", "track-file.malformed", "Line 1 is not valid JSON.")]
    [InlineData("{\"features\":[{\"geometry\":{\"type\":\"Point\",\"coordinates\":[1,2]},\"properties\":{}}]}", "track-file.no-time", "The position at feature 1 has no time: a position without one is not part of a track.")]
    [InlineData("{\"features\":[{\"geometry\":{\"type\":\"Point\",\"coordinates\":[1,200]},\"properties\":{\"time\":\"2026-05-29T12:00:00Z\"}}]}", "track-file.bad-position", "The position at feature 1 has no latitude within ±90° and longitude within ±180°.")]
    [InlineData("{\"features\":[{\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[1,2]]}}]}", "track-file.no-time", "Feature 1 is a line without one time a coordinate (coordTimes).")]
    public void Given_a_bad_file_When_read_Then_nothing_is_taken_and_the_reason_names_the_place(string text, string code, string message)
    {
        var file = Read(text);

        Assert.Equal(new Failure(code, message), file.Failure);
        Assert.Empty(file.Fixes);
    }

    [Fact]
    public void Given_a_large_track_When_read_Then_it_comes_in_chunks_of_a_thousand()
    {
        var text = new StringBuilder("<gpx><trk><trkseg>");
        for (var i = 0; i < 2_500; i++)
            text.Append(CultureInfo.InvariantCulture, $"<trkpt lat='48.{i:D4}' lon='11'><time>2026-05-29T12:{i / 60:D2}:{i % 60:D2}Z</time></trkpt>");

        var file = Read(text.Append("</trkseg></trk></gpx>").ToString());

        Assert.Equal([1_000, 1_000, 500], file.Chunks.Select(c => c.Length));
    }

    [Fact]
    public void Given_a_file_over_the_bound_When_read_Then_it_is_refused_unread()
    {
        Assert.Equal("track-file.too-large", TrackFile.Read(new byte[TrackFile.MaxBytes + 1]).Failure?.Code);
    }

    private static TrackFile Read(string text) => TrackFile.Read(Encoding.UTF8.GetBytes(text));
}
