using System.Text;
using FieldCrm.Hub.Dispatch;
using FieldCrm.Hub.Supervision;
using Microsoft.Extensions.Configuration;

namespace FieldCrm.Hub.Tests.Dispatch;

/// <summary>The operator's maps: what can work is offered and allowed by its origin alone, what cannot refuses the start with one line.</summary>
public sealed class MapSourcesTests
{
    private const string Streets = """{ "Name": "Streets", "Kind": "raster", "Url": "https://tiles.example:8443/{z}/{x}/{y}.png?key=1", "Attribution": "© Streets" }""";

    [Fact]
    public void Given_sources_of_every_kind_Then_they_are_offered_in_order_and_their_origins_and_no_more_may_be_fetched_from()
    {
        var sources = Read($$"""
            { "Map": { "Default": "Aerial", "Sources": [
                {{Streets}},
                { "Name": "Aerial", "Kind": "satellite", "Url": "/own/{z}/{x}/{y}.jpg", "Attribution": "© Pictures", "MinZoom": 3, "MaxZoom": 17, "TileSize": 512 },
                { "Name": "Plan", "Kind": "vector", "Url": "http://127.0.0.1:9000/{z}/{x}/{y}.pbf", "Attribution": "© Plan" },
                { "Name": "Style", "Kind": "style", "Url": "https://TILES.example:8443/style.json", "Attribution": "© Style", "Origins": ["https://fonts.example/", "https://münchen.example"] }
            ] } }
            """);

        Assert.Equal(
            [
                "Streets raster 0 19 256", "Aerial satellite 3 17 512", "Plan vector 0 14 ", "Style style   ",
            ],
            sources.Settings.Sources.Select(s => $"{s.Name} {s.Kind} {s.MinZoom} {s.MaxZoom} {s.TileSizePx}"));
        Assert.Equal("Aerial", sources.Settings.Default);
        Assert.Equal(["https://tiles.example:8443", "http://127.0.0.1:9000", "https://fonts.example", "https://xn--mnchen-3ya.example"], sources.Origins);
        Assert.Equal(["https://fonts.example", "https://xn--mnchen-3ya.example"], sources.Settings.Sources[3].Origins);
    }

    [Fact]
    public void Given_no_settings_Then_there_is_our_own_map_and_no_other_server()
    {
        var sources = Read("{}");
        Assert.Empty(sources.Settings.Sources);
        Assert.Null(sources.Settings.Default);
        Assert.Empty(sources.Origins);
    }

    [Theory]
    [InlineData("\"Kind\": \"raster\"", "\"Kind\": \"picture\"", "0:Kind: one of style, raster, satellite, vector, not picture.")]
    [InlineData("\"Name\": \"Streets\"", "\"Name\": \" \"", "0:Name: 1 to 60 characters.")]
    [InlineData("\"Name\": \"Streets\"", "\"Title\": \"Streets\"", "Title: there is no such setting; there are Name, Kind, Url, Attribution, MinZoom, MaxZoom, TileSize, Origins.")]
    [InlineData("\"© Streets\"", "\"\"", "0:Attribution: 1 to 300 characters.")]
    [InlineData("https://tiles.example:8443", "http://tiles.example", "0:Url: tiles.example needs https: without it anybody on the way could change the map.")]
    [InlineData("https://tiles.example:8443", "https://me:secret@tiles.example", "0:Url: no user name and password: every reader's browser would be told them.")]
    [InlineData("https://tiles.example:8443", "ftp://tiles.example", "0:Url: ftp://tiles.example/{z}/{x}/{y}.png?key=1 is neither a path of this server nor an http(s) address.")]
    [InlineData("https://tiles.example:8443", "//tiles.example", "0:Url: a path of this server begins with one slash.")]
    [InlineData("https://tiles.example:8443", "https://*.example", "0:Url: https://*.example/{z}/{x}/{y}.png?key=1 is neither a path of this server nor an http(s) address.")]
    [InlineData("https://tiles.example:8443", "https://tiles.example;script-src", "0:Url: https://tiles.example;script-src/{z}/{x}/{y}.png?key=1 is neither a path of this server nor an http(s) address.")]
    [InlineData("https://tiles.example:8443", "https://{s}.example", "0:Url: https://{s}.example/{z}/{x}/{y}.png?key=1 is neither a path of this server nor an http(s) address.")]
    [InlineData("/{y}.png", "/y.png", "0:Url: tiles need {z}, {x} and {y} (or {quadkey}) in their address.")]
    [InlineData("\"Attribution\"", "\"MinZoom\": 23, \"Attribution\"", "0:MinZoom: a whole number of 0 to 22.")]
    [InlineData("\"Attribution\"", "\"MaxZoom\": \"deep\", \"Attribution\"", "0:MaxZoom: a whole number of 0 to 22.")]
    [InlineData("\"Attribution\"", "\"MinZoom\": 9, \"MaxZoom\": 8, \"Attribution\"", "0:MinZoom: not above MaxZoom, which is 8.")]
    [InlineData("\"Attribution\"", "\"TileSize\": 300, \"Attribution\"", "0:TileSize: 256 or 512.")]
    [InlineData("\"Attribution\"", "\"Origins\": [\"https://fonts.example\"], \"Attribution\"", "0:Origins: only a style document loads from elsewhere.")]
    [InlineData("\"raster\", \"Url\": \"https://tiles.example:8443/{z}/{x}/{y}.png?key=1\"", "\"style\", \"Url\": \"/style.json\", \"Origins\": [\"https://fonts.example/glyphs\"]", "0:Origins: https://fonts.example/glyphs is no origin, such as https://fonts.example.org.")]
    [InlineData("\"raster\", \"Url\": \"https://tiles.example:8443/{z}/{x}/{y}.png?key=1\"", "\"style\", \"Url\": \"/style.json\", \"MaxZoom\": 3", "0:MaxZoom: not for this kind.")]
    public void Given_a_source_that_cannot_work_Then_the_start_is_refused_with_one_line(string good, string bad, string problem)
    {
        var refused = Assert.Throws<StartRefusedException>(() => Read($$"""{ "Map": { "Sources": [ {{Streets.Replace(good, bad, StringComparison.Ordinal)}} ] } }"""));
        Assert.Equal(("settings.map-invalid", $"Settings, section Map, {problem}"), (refused.Failure.Code, refused.Message));
    }

    [Fact]
    public void Given_two_of_one_name_an_unknown_default_too_many_or_the_older_form_Then_the_start_is_refused()
    {
        Assert.Contains("two are named Streets", Refused($"\"Sources\": [{Streets}, {Streets.Replace("Streets", "STREETS", StringComparison.Ordinal)}]"), StringComparison.Ordinal);
        Assert.Contains("there is no source named Roads", Refused($"\"Default\": \"Roads\", \"Sources\": [{Streets}]"), StringComparison.Ordinal);
        Assert.Contains("at most 16, and there are 17", Refused($"\"Sources\": [{string.Join(',', Enumerable.Repeat(Streets, 17))}]"), StringComparison.Ordinal);
        Assert.Contains("Style: there is no such setting; there are Sources, Default", Refused("\"Style\": { \"Kind\": \"raster\" }"), StringComparison.Ordinal);

        static string Refused(string map) => Assert.Throws<StartRefusedException>(() => Read($$"""{ "Map": { {{map}} } }""")).Message;
    }

    private static MapSources Read(string json) =>
        MapSources.Read(new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build());
}
