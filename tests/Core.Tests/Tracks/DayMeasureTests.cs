using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Tests.Devices;
using FieldCrm.Core.Tracks;

namespace FieldCrm.Core.Tests.Tracks;

public sealed class DayMeasureTests
{
    private static readonly UtcMicros Midnight = Given.Start.Plus(TimeSpan.FromHours(1));

    [Fact]
    public void Given_a_drive_over_midnight_When_each_day_is_measured_Then_the_two_make_the_whole_and_each_has_its_own_half()
    {
        var drive = Given.Every(1, 0, 7_200, at => Given.At(at, at * 20, speedMmps: 20_000)).ToArray();
        var whole = Given.Folded(drive).Fold.DistanceMm;

        var before = Measured(Given.Start, drive.Where(f => f.FixedAt < Midnight));
        var after = Measured(Midnight, drive);

        Assert.Equal(whole, before.DistanceMm + after.DistanceMm);
        Assert.InRange(after.DistanceMm, 71_990_000, 72_010_000);
        Assert.Equal((3_600, 3_600), (before.Believed, after.Believed));
    }

    [Fact]
    public void Given_marked_and_late_fixes_When_measured_Then_the_marked_are_counted_apart_and_the_late_are_on_the_track()
    {
        var measure = new DayMeasure(Given.Device, Given.Start);
        var far = Given.At(5, GeoPoint.FromDegrees(-34.9, -56.16) ?? default, speedMmps: 99_000);

        Assert.True(measure.Add(Fix(Given.At(0, 0, speedMmps: 1_000))));
        Assert.False(measure.Add(Fix(far, FixMark.Teleport)));
        Assert.True(measure.Add(Fix(Given.At(10, 10, speedMmps: 3_000), FixMark.BeyondWindow)));
        Assert.True(measure.Add(Fix(Given.At(20, 10))));

        Assert.Equal((3, 1, 3_000), (measure.Believed, measure.Marked, measure.MaxSpeedMmps));
    }

    [Fact]
    public void Given_fixes_without_speeds_When_measured_Then_there_is_no_top_speed() =>
        Assert.Null(Measured(Given.Start, [Given.At(0, 0), Given.At(10, 50)]).MaxSpeedMmps);

    [Fact]
    public void Given_a_long_winding_track_When_bounded_Then_no_more_points_than_asked_with_its_first_and_last()
    {
        var track = Enumerable.Range(0, 20_000).Select(i => Fix(Given.At(i, Given.At(0, i * 30).Position with { LongitudeE7 = 110_000_000 + i % 2 * 40_000 }))).ToArray();

        var (kept, zoom) = Bounded(500, track);

        Assert.InRange(kept.Count, 2, 500);
        Assert.Equal((track[0], track[^1]), (kept[0], kept[^1]));
        Assert.Equal(kept.OrderBy(f => f.Fix.Key), kept);
        Assert.InRange(zoom, 0, 16);
    }

    [Fact]
    public void Given_a_straight_track_When_bounded_Then_it_is_left_at_the_zoom_that_was_asked_for()
    {
        var track = Enumerable.Range(0, 5_000).Select(i => Fix(Given.At(i, i * 20))).ToArray();

        var (kept, zoom) = Bounded(500, track);

        Assert.InRange(kept.Count, 2, 10); // each chunk of the simplifier keeps its ends
        Assert.Equal(17, zoom);
    }

    [Fact]
    public void Given_a_track_of_nothing_but_alarms_When_bounded_Then_as_many_as_asked_with_its_first_and_last()
    {
        var track = Enumerable.Range(0, 3_000).Select(i => Fix(Given.At(i, i, alarm: AlarmKind.Sos))).ToArray();

        var (kept, _) = Bounded(100, track);

        Assert.Equal(100, kept.Count);
        Assert.Equal((track[0], track[^1]), (kept[0], kept[^1]));
    }

    private static (IReadOnlyList<TrackFix> Kept, int Zoom) Bounded(int points, TrackFix[] track)
    {
        var bounded = new BoundedTrack(points, zoom: 17);
        foreach (var fix in track)
            bounded.Add(fix);
        return (bounded.Finish(), bounded.Zoom);
    }

    private static DayMeasure Measured(UtcMicros from, IEnumerable<Fix> fixes)
    {
        var measure = new DayMeasure(Given.Device, from);
        foreach (var fix in fixes)
            measure.Add(Fix(fix));
        return measure;
    }

    private static TrackFix Fix(Fix fix, FixMark mark = FixMark.None) => new(fix, fix.FixedAt, mark);
}
