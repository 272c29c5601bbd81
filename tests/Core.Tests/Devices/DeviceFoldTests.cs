using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Tests.Devices;

public sealed class DeviceFoldTests
{
    [Fact]
    public void Given_a_drive_between_two_stops_When_folded_Then_one_trip_with_its_distance()
    {
        // 10 minutes parked, 4 km at 10 m/s, 10 minutes parked; a fix every 10 s.
        var fixes = Given.Every(10, 0, 1_600, at => Given.At(at, Math.Clamp((at - 600) * 10, 0, 4_000)));
        var (fold, output) = Given.Folded(fixes);

        Assert.Equal(MotionState.Stopped, fold.Motion);
        Assert.Equal(160, fold.FixCount);
        Assert.InRange(fold.DistanceMm, 3_999_000, 4_001_000);
        Assert.Equal(
            [NetEventKind.Idled, NetEventKind.Stopped, NetEventKind.TripStarted, NetEventKind.Idled, NetEventKind.Stopped, NetEventKind.TripEnded],
            output.Events.Select(e => e.Kind));
        Assert.Equal(
            $"{{\"startedAtMicros\":{Given.Start.Value + 600_000_000},\"startLatitudeE7\":481351000,\"startLongitudeE7\":115819000,"
            + $"\"endedAtMicros\":{Given.Start.Value + 1_000_000_000},\"endLatitudeE7\":481710728,\"endLongitudeE7\":115819000,"
            + "\"distanceMm\":4000008,\"durationMs\":400000,\"endedBy\":1}",
            output.Events[^1].PayloadJson);
        Assert.Empty(output.Marks);
        Assert.Null(fold.TripStart);
    }

    [Fact]
    public void Given_a_parked_device_When_its_position_jitters_for_a_day_Then_no_trip_and_no_distance()
    {
        var random = new Random(3);
        var (fold, output) = Given.Folded(Given.Every(30, 0, 86_400, at => Given.At(at, (random.NextDouble() - 0.5) * 50)));
        Assert.Equal([NetEventKind.Idled, NetEventKind.Stopped], output.Events.Select(e => e.Kind));
        Assert.Equal(0, fold.DistanceMm);
        Assert.Equal(MotionState.Stopped, fold.Motion);
    }

    [Fact]
    public void Given_one_wild_fix_of_a_parked_device_When_folded_Then_it_stays_parked()
    {
        var (fold, output) = Given.Folded([.. Given.Every(30, 0, 600, at => Given.At(at, 0)), Given.At(605, 140), .. Given.Every(30, 630, 900, at => Given.At(at, 3))]);
        Assert.DoesNotContain(output.Events, e => e.Kind == NetEventKind.TripStarted);
        Assert.Equal(0, fold.DistanceMm);
    }

    [Fact]
    public void Given_a_red_light_When_it_lasts_two_minutes_Then_idle_within_one_trip()
    {
        var (fold, output) = Given.Folded([
            .. Given.Every(10, 0, 200, at => Given.At(at, at * 10)), .. Given.Every(10, 200, 320, at => Given.At(at, 2_000)),
            .. Given.Every(10, 320, 500, at => Given.At(at, 2_000 + (at - 320) * 10))]);
        Assert.Equal([NetEventKind.TripStarted, NetEventKind.Idled], output.Events.Select(e => e.Kind));
        Assert.Equal(MotionState.Moving, fold.Motion);
        Assert.NotNull(fold.TripStart);
        Assert.InRange(fold.DistanceMm, 3_699_000, 3_701_000);
    }

    [Fact]
    public void Given_a_tracker_that_sleeps_when_parked_When_it_wakes_in_the_same_place_Then_the_trip_ended_in_the_evening()
    {
        var (fold, output) = Given.Folded([.. Given.Every(10, 0, 301, at => Given.At(at, at * 10)), Given.At(40_000, 3_010)]);
        Assert.Equal([NetEventKind.TripStarted, NetEventKind.Idled, NetEventKind.Stopped, NetEventKind.TripEnded], output.Events.Select(e => e.Kind));
        Assert.Contains($"\"endedAtMicros\":{Given.Start.Value + 300_000_000},", output.Events[^1].PayloadJson, StringComparison.Ordinal);
        Assert.InRange(fold.DistanceMm, 2_999_900, 3_000_100);
    }

    [Fact]
    public void Given_a_silence_When_it_ends_elsewhere_Then_the_trip_ended_before_it_and_the_way_is_not_counted()
    {
        var (fold, output) = Given.Folded([.. Given.Every(10, 0, 301, at => Given.At(at, at * 10)), Given.At(1_301, 90_000)]);
        Assert.Contains("\"endedBy\":2}", Assert.Single(output.Events, e => e.Kind == NetEventKind.TripEnded).PayloadJson, StringComparison.Ordinal);
        Assert.Equal(MotionState.Unknown, fold.Motion);
        Assert.InRange(fold.DistanceMm, 2_999_900, 3_000_100);
        Assert.Empty(output.Marks);
    }

    [Fact]
    public void Given_two_wild_fixes_When_the_third_is_back_Then_both_stay_marked_and_add_nothing()
    {
        Fix[] wild = [Given.At(105, 500_000), Given.At(106, 500_010)];
        var (fold, output) = Given.Folded([.. Given.Every(10, 0, 101, at => Given.At(at, at * 10)), .. wild, Given.At(110, 1_100)]);
        Assert.Equal(wild.Select(w => new MarkChange(w.Key, FixMark.Teleport)), output.Marks);
        Assert.InRange(fold.DistanceMm, 1_099_900, 1_100_100);
    }

    [Fact]
    public void Given_a_wrong_first_fix_When_three_agree_elsewhere_Then_they_are_reinstated()
    {
        Fix[] right = [Given.At(10, 80_000), Given.At(20, 80_010), Given.At(30, 80_020)];
        var (fold, output) = Given.Folded([Given.At(0, 0), .. right]);
        Assert.Equal(
            [new(right[0].Key, FixMark.Teleport), new(right[1].Key, FixMark.Teleport), new(right[0].Key, FixMark.None), new(right[1].Key, FixMark.None)],
            output.Marks);
        Assert.Equal(right[2].Key, fold.LastPlausible?.Key);
        Assert.Equal(0, fold.DistanceMm);
    }

    [Fact]
    public void Given_null_island_fixes_When_folded_Then_marked_however_many_agree()
    {
        var (fold, output) = Given.Folded([Given.At(0, 0), .. Given.Every(10, 10, 100, at => Given.At(at, new GeoPoint((int)at, 0)))]);
        Assert.Equal(Enumerable.Repeat(FixMark.NullIsland, 9), output.Marks.Select(m => m.Mark));
        Assert.Equal(Given.At(0, 0).Key, fold.LastPlausible?.Key);
    }

    [Fact]
    public void Given_a_ship_near_null_island_When_it_sails_through_Then_nothing_is_marked()
    {
        var (_, output) = Given.Folded(Given.Every(60, 0, 6_000, at => Given.At(at, new GeoPoint(-300_000 + (int)(at * 100), 0))));
        Assert.Empty(output.Marks);
    }

    [Fact]
    public void Given_coordinates_out_of_range_or_declared_invalid_When_folded_Then_marked_and_counted()
    {
        var (fold, output) = Given.Folded([
            Given.At(0, new GeoPoint(900_000_001, 0)), Given.At(1, new GeoPoint(0, int.MinValue)), Given.At(2, new GeoPoint(1, 1), isInvalid: true)]);
        Assert.Equal(Enumerable.Repeat(FixMark.DeclaredInvalid, 3), output.Marks.Select(m => m.Mark));
        Assert.Equal(3, fold.FixCount);
        Assert.Null(fold.LastPlausible);
    }

    [Fact]
    public void Given_an_sos_at_an_unbelievable_place_When_raised_Then_at_once_and_corrected_when_believed()
    {
        var sos = Given.At(10, 700_000, alarm: AlarmKind.Sos);
        var (_, output) = Given.Folded([Given.At(0, 0), sos, Given.At(20, 700_000), Given.At(30, 700_000)]);
        Assert.Equal(2, output.Events.Count);
        Assert.Equal(output.Events[0].Id, output.Events[1].Id);
        Assert.Equal(sos.Key, output.Events[0].EmittedAt);
        Assert.Equal(Given.At(30, 700_000).Key, output.Events[1].EmittedAt);
        var place = $"\"latitudeE7\":{sos.Position.LatitudeE7},\"longitudeE7\":115819000";
        Assert.Equal(
            $"{{\"alarm\":2,\"raisedAtMicros\":{sos.FixedAt.Value},{place},\"positionMarked\":3,"
            + $"\"lastFixedAtMicros\":{Given.Start.Value},\"lastLatitudeE7\":481351000,\"lastLongitudeE7\":115819000}}",
            output.Events[0].PayloadJson);
        Assert.Equal($"{{\"alarm\":2,\"raisedAtMicros\":{sos.FixedAt.Value},{place},\"positionMarked\":0}}", output.Events[1].PayloadJson);
    }

    [Theory]
    [InlineData(60, 1)]
    [InlineData(60.000_001, 2)]
    public void Given_the_same_alarm_again_When_within_a_minute_Then_it_is_one(double apartSeconds, int alarms)
    {
        var (_, output) = Given.Folded([
            Given.At(0, 0, alarm: AlarmKind.Fall), Given.At(1, 0, alarm: AlarmKind.LowBattery), Given.At(apartSeconds, 0, alarm: AlarmKind.Fall)]);
        Assert.Equal(alarms, output.Events.Count(e => e.PayloadJson.StartsWith("{\"alarm\":4,", StringComparison.Ordinal)));
        Assert.Single(output.Events, e => e.PayloadJson.StartsWith("{\"alarm\":8,", StringComparison.Ordinal));
    }

    [Fact]
    public void Given_a_street_across_the_antimeridian_When_driven_Then_a_trip_like_any_other()
    {
        static Fix East(double at)
        {
            var longitude = 1_799_980_000L + (long)(at * 900);
            return Given.At(at, new GeoPoint(-178_000_000, (int)(longitude > 1_800_000_000 ? longitude - 3_600_000_000 : longitude)));
        }

        var (fold, output) = Given.Folded(Given.Every(5, 0, 301, East));
        Assert.Empty(output.Marks);
        Assert.Equal(NetEventKind.TripStarted, Assert.Single(output.Events).Kind);
        Assert.InRange(fold.DistanceMm, 2_763_000, 2_764_000); // 290 s of 9.53 m: the first and last 5 s are within the circle
    }

    [Fact]
    public void Given_a_key_that_was_folded_When_it_comes_again_Then_nothing_changes_and_an_older_one_throws()
    {
        var (fold, output) = Given.Folded(Given.At(0, 0), Given.At(10, 0, alarm: AlarmKind.Sos));
        var before = fold.ToBytes();
        output.Clear();
        fold.Step(Given.At(10, 0, alarm: AlarmKind.Sos), output);
        Assert.Equal(before, fold.ToBytes());
        Assert.Empty(output.Events);
        Assert.Throws<ArgumentException>(() => fold.Step(Given.At(0, 0), output));
        Assert.Equal(before, fold.ToBytes());
    }

    [Fact]
    public void Given_times_at_the_ends_of_the_range_When_folded_Then_nothing_overflows()
    {
        var first = Given.At(0, 0) with { FixedAt = new UtcMicros(long.MinValue) };
        var last = Given.At(0, 9_000_000, alarm: AlarmKind.Sos) with { FixedAt = new UtcMicros(long.MaxValue) };
        var (fold, output) = Given.Folded(first, last with { Position = new GeoPoint(900_000_000, 1_800_000_000) });
        Assert.Equal(2, fold.FixCount);
        Assert.Single(output.Events);
        Assert.Empty(output.Marks);
    }
}
