using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Tracks;

namespace FieldCrm.Core.Tests.Tracks;

public sealed class TrackSimplifierTests
{
    [Fact]
    public void Given_a_straight_line_When_simplified_Then_its_ends_are_left()
    {
        var line = Enumerable.Range(0, 1_000).Select(i => At(i, 480_000_000, 110_000_000 + i * 3_000)).ToArray();

        Assert.Equal([line[0], line[^1]], Simplify(14, line));
    }

    [Fact]
    public void Given_a_corner_When_simplified_Then_the_corner_stays()
    {
        var track = Enumerable.Range(0, 100).Select(i => At(i, 480_000_000, 110_000_000 + i * 3_000))
            .Concat(Enumerable.Range(1, 100).Select(i => At(100 + i, 480_000_000 + i * 3_000, 110_297_000))).ToArray();

        Assert.Equal([track[0], track[99], track[^1]], Simplify(16, track));
    }

    [Fact]
    public void Given_a_stand_and_a_gap_on_a_straight_line_When_simplified_Then_their_ends_stay()
    {
        var track = new List<TrackFix>();
        for (var i = 0; i <= 10; i++)
            track.Add(At(i * 10, 480_000_000, 110_000_000 + i * 30_000));
        for (var i = 1; i <= 40; i++) // 400 s within the circle
            track.Add(At(100 + i * 10, 480_000_000, 110_300_000 + i * 10));
        for (var i = 1; i <= 10; i++)
            track.Add(At(500 + i * 10, 480_000_000, 110_300_400 + i * 30_000));
        for (var i = 1; i <= 10; i++) // 1,000 s of silence first
            track.Add(At(1_600 + i * 10, 480_000_000, 110_600_400 + i * 30_000));

        var kept = Simplify(10, [.. track]).Select(f => (f.Fix.FixedAt.Value - TrackFormatTests.Noon.Value) / UtcMicros.PerSecond);

        Assert.Equal([0, 100, 500, 600, 1_610, 1_700], kept);
    }

    [Fact]
    public void Given_alarms_and_marks_When_simplified_Then_they_stay()
    {
        var line = Enumerable.Range(0, 100).Select(i => At(i, 480_000_000, 110_000_000 + i * 3_000)).ToArray();
        line[30] = line[30] with { Mark = FixMark.BeyondWindow };
        line[60] = line[60] with { Fix = line[60].Fix with { Alarm = AlarmKind.Tow } };

        Assert.Equal([line[0], line[30], line[60], line[99]], Simplify(3, line));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(15)]
    public void Given_a_wandering_track_When_simplified_Then_no_fix_lies_half_a_pixel_off_the_line(int zoom)
    {
        var random = new Random(zoom);
        int latitude = 480_000_000, longitude = 1_799_900_000; // walks over the antimeridian
        var track = new TrackFix[10_000];
        for (var i = 0; i < track.Length; i++)
        {
            latitude += random.Next(-4_000, 5_000);
            longitude += random.Next(-3_000, 5_000);
            if (longitude > GeoPoint.MaxLongitudeE7)
                longitude = -GeoPoint.MaxLongitudeE7 + (longitude - GeoPoint.MaxLongitudeE7);
            track[i] = At(i, latitude, longitude);
        }

        var kept = Simplify(zoom, track);

        Assert.Equal(track[0], kept[0]);
        Assert.Equal(track[^1], kept[^1]);
        Assert.True(kept.Count < track.Length);
        var segment = 0;
        foreach (var fix in track)
        {
            while (segment < kept.Count - 2 && kept[segment + 1].Fix.FixedAt <= fix.Fix.FixedAt)
                segment++;
            var off = Distance(Pixel(fix, zoom), Pixel(kept[segment], zoom), Pixel(kept[segment + 1], zoom));
            Assert.True(off <= 0.5 + 1e-6, $"{off} pixels");
        }
    }

    [Fact]
    public void Given_a_zigzag_of_a_metre_When_simplified_at_the_deepest_zoom_Then_every_fix_stays()
    {
        var walk = Enumerable.Range(0, 5_000).Select(i => At(i, 480_000_000 + i % 2 * 100, 110_000_000 + i * 100)).ToArray();

        Assert.Equal(walk, Simplify(TrackSimplifier.MaxZoom, walk));
    }

    private static List<TrackFix> Simplify(int zoom, TrackFix[] track)
    {
        var simplifier = new TrackSimplifier(zoom);
        var output = new List<TrackFix>();
        foreach (var fix in track)
            simplifier.Add(fix, output);
        simplifier.Finish(output);
        return output;
    }

    private static TrackFix At(int second, int latitudeE7, int longitudeE7) => new(
        new Fix
        {
            FixedAt = new UtcMicros(TrackFormatTests.Noon.Value + second * UtcMicros.PerSecond),
            Position = new GeoPoint(latitudeE7, longitudeE7),
        }, TrackFormatTests.Noon, FixMark.None);

    private static (double X, double Y) Pixel(TrackFix fix, int zoom)
    {
        var size = 512 * Math.Pow(2, zoom);
        var longitude = fix.Fix.Position.LongitudeDeg < 0 ? fix.Fix.Position.LongitudeDeg + 360 : fix.Fix.Position.LongitudeDeg;
        var sin = Math.Sin(fix.Fix.Position.LatitudeDeg * Math.PI / 180);
        return (longitude / 360 * size, -Math.Log((1 + sin) / (1 - sin)) / (4 * Math.PI) * size);
    }

    private static double Distance((double X, double Y) p, (double X, double Y) a, (double X, double Y) b)
    {
        double dx = b.X - a.X, dy = b.Y - a.Y, length = dx * dx + dy * dy;
        var t = length == 0 ? 0 : Math.Clamp(((p.X - a.X) * dx + (p.Y - a.Y) * dy) / length, 0, 1);
        return Math.Sqrt(Math.Pow(p.X - a.X - t * dx, 2) + Math.Pow(p.Y - a.Y - t * dy, 2));
    }
}
