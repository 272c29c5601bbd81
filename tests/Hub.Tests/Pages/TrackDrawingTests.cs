using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Tracks;
using FieldCrm.Hub.Pages;

namespace FieldCrm.Hub.Tests.Pages;

public sealed class TrackDrawingTests
{
    [Fact]
    public void Given_a_way_east_and_north_When_drawn_Then_it_goes_right_and_up_within_the_margins()
    {
        var drawing = Draw((0, 48.0, 16.0), (1, 48.0, 16.1), (2, 48.02, 16.1));

        Assert.Equal(new DrawnPoint("48", "399.1"), drawing.Start);
        Assert.Equal(new DrawnPoint("912", "140.9"), drawing.End);
        Assert.Equal("M48 399.1L912 399.1L912 140.9", drawing.Lines);
        // 0.1° at 48.01° are 7,448 m over 864 pixels: 8.62 m a pixel, so that 1 km is 116 of them.
        Assert.Equal(new ScaleBar("1 km", "116"), drawing.Scale);
    }

    [Fact]
    public void Given_a_silence_When_drawn_Then_no_line_claims_to_know_the_way()
    {
        var drawing = Draw((0, 48.0, 16.0), (1, 48.0, 16.1), (17, 48.02, 16.1), (18, 48.02, 16.0));

        Assert.Equal("M48 399.1L912 399.1M912 140.9L48 140.9", drawing.Lines);
        Assert.Equal("M912 399.1L912 140.9", drawing.Gaps);
    }

    [Fact]
    public void Given_a_fix_that_is_not_believed_When_drawn_Then_it_neither_bends_the_line_nor_shrinks_the_picture()
    {
        var drawing = TrackDrawing.Of(
            [Fix(0, 48.0, 16.0), Fix(1, 0, 0, FixMark.NullIsland), Fix(2, 48.0, 16.1), Fix(3, 48.02, 16.1)]);

        Assert.Equal("M48 399.1L912 399.1L912 140.9", drawing?.Lines);
        Assert.Equal(new DrawnPoint("12", "528", IsOutside: true), Assert.Single(drawing!.Marked).At);
    }

    [Fact]
    public void Given_a_way_over_the_antimeridian_When_drawn_Then_it_stays_in_one_piece()
    {
        var drawing = Draw((0, 0.0, 179.95), (1, 0.0, -179.95));

        Assert.Equal("M48 270L912 270", drawing.Lines);
    }

    [Fact]
    public void Given_one_position_or_none_When_drawn_Then_a_point_in_the_middle_or_nothing()
    {
        Assert.Equal(new DrawnPoint("480", "270"), Draw((0, 48.0, 16.0)).Start);
        Assert.Null(TrackDrawing.Of([]));
        Assert.Null(TrackDrawing.Of([Fix(0, 48.0, 16.0, FixMark.Teleport)]));
    }

    [Theory]
    [InlineData(4, "just now")]
    [InlineData(59, "59 s ago")]
    [InlineData(3_599, "59 min ago")]
    [InlineData(7_260, "2 h 1 min ago")]
    [InlineData(90_000, "1 day 1 h ago")]
    [InlineData(200_000, "2 days ago")]
    [InlineData(-30, "just now")]
    public void Given_an_age_When_worded_Then_in_the_unit_that_matters(int seconds, string expected) =>
        Assert.Equal(expected, Wording.Age(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(999_999, "999 m")]
    [InlineData(1_000_000, "1.0 km")]
    [InlineData(99_940_000, "99.9 km")]
    [InlineData(123_456_789, "123 km")]
    public void Given_a_distance_When_worded_Then_with_the_digits_that_matter(long distanceMm, string expected) =>
        Assert.Equal(expected, Wording.Distance(distanceMm));

    private static TrackDrawing Draw(params (int Minute, double LatitudeDeg, double LongitudeDeg)[] fixes) =>
        TrackDrawing.Of([.. fixes.Select(f => Fix(f.Minute, f.LatitudeDeg, f.LongitudeDeg))])
        ?? throw new InvalidOperationException("nothing to draw");

    private static TrackFix Fix(int minute, double latitudeDeg, double longitudeDeg, FixMark mark = FixMark.None)
    {
        var at = new UtcMicros(UtcMicros.PerDay).Plus(TimeSpan.FromMinutes(minute));
        var position = GeoPoint.FromDegrees(latitudeDeg, longitudeDeg) ?? throw new ArgumentException("not on earth");
        return new TrackFix(new Fix { FixedAt = at, Position = position }, at, mark);
    }
}
