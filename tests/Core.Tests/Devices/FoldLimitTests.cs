using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Tests.Devices;

/// <summary>Each limit of the fold at its very edge, which random drives meet too seldom; the oracle has to agree.</summary>
public sealed class FoldLimitTests
{
    private static readonly GeoPoint Home = Given.At(0, 0).Position;

    [Theory]
    [InlineData(99_999, true)]
    [InlineData(100_000, false)]
    public void Given_a_place_by_null_island_When_a_hundredth_of_a_degree_away_Then_it_is_no_longer_it(int awayE7, bool isMarked)
    {
        foreach (var place in (GeoPoint[])[new(awayE7, 0), new(-awayE7, 0), new(0, awayE7), new(0, -awayE7)])
            Assert.Equal(isMarked ? [FixMark.NullIsland] : [], Folded(Given.At(0, place)).Marks.Select(m => m.Mark));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(-1, true)]
    public void Given_a_jump_When_exactly_as_far_as_allowed_Then_believed_and_not_a_millimetre_further(int accuracyOffMm, bool isMarked)
    {
        var there = Given.At(0, 2_000).Position;
        // In one second 150 m, 200 m on top, and what the second fix says of its accuracy.
        var accuracyMm = (int)GeoDistance.Mm(Home, there) - 150_000 - 200_000 + accuracyOffMm;
        var output = Folded(Given.At(0, 0, accuracyMm: 0), Given.At(1, there, accuracyMm));
        Assert.Equal(isMarked ? [FixMark.Teleport] : [], output.Marks.Select(m => m.Mark));
    }

    [Fact]
    public void Given_a_jump_of_6_km_When_the_fix_is_good_to_6_km_Then_only_5_of_them_excuse_it() =>
        Assert.Equal([FixMark.Teleport], Folded(Given.At(0, 0, accuracyMm: 0), Given.At(1, 5_900, accuracyMm: 6_000_000)).Marks.Select(m => m.Mark));

    [Theory]
    [InlineData(200_000, 1)]
    [InlineData(200_001, 0)]
    public void Given_fixes_good_to_200_m_When_resting_Then_they_count_and_worse_ones_do_not(int accuracyMm, int idled)
    {
        var output = Folded(Given.At(0, 0, accuracyMm), Given.At(60, 0, accuracyMm));
        Assert.Equal(idled, output.Events.Count(e => e.Kind == NetEventKind.Idled));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 1)]
    public void Given_a_fix_exactly_on_the_circle_When_its_accuracy_is_added_Then_it_is_inside(int accuracyOffMm, int trips)
    {
        var accuracyMm = (int)GeoDistance.Mm(Home, Given.At(0, 70).Position) - 50_000 + accuracyOffMm;
        var output = Folded(Given.At(0, 0), Given.At(10, 70, accuracyMm), Given.At(20, 70, accuracyMm));
        Assert.Equal(trips, output.Events.Count(e => e.Kind == NetEventKind.TripStarted));
    }

    [Theory]
    [InlineData(3_000, 1)]
    [InlineData(2_999, 0)]
    public void Given_a_reported_speed_When_exactly_fast_Then_it_is_moving_though_in_one_place(int speedMmps, int trips)
    {
        var output = Folded(Given.Every(10, 0, 50, at => Given.At(at, 0, speedMmps: speedMmps)));
        Assert.Equal(trips, output.Events.Count(e => e.Kind == NetEventKind.TripStarted));
    }

    [Theory]
    [InlineData(900, 0)]
    [InlineData(900.000_001, 1)]
    public void Given_a_silence_on_a_trip_When_longer_than_15_minutes_Then_it_ends_the_trip(double silentSeconds, int ended)
    {
        var output = Folded([.. Given.Every(10, 0, 101, at => Given.At(at, at * 10)), Given.At(100 + silentSeconds, 5_000)]);
        Assert.Equal(ended, output.Events.Count(e => e.Kind == NetEventKind.TripEnded));
    }

    [Theory]
    [InlineData(300, 0)]
    [InlineData(300.000_001, 300.000_001)]
    public void Given_a_still_fix_When_5_minutes_old_Then_the_trip_began_there_and_an_older_one_is_no_beginning(double leftSeconds, double startSeconds)
    {
        var output = Folded(Given.At(0, 0), Given.At(leftSeconds, 100), Given.At(leftSeconds + 10, 200));
        Assert.Equal(Given.At(startSeconds, 0).FixedAt, Assert.Single(output.Events, e => e.Kind == NetEventKind.TripStarted).Start.FixedAt);
    }

    private static FoldOutput Folded(params IEnumerable<Fix> fixes)
    {
        var (fold, output) = Given.Folded(fixes);
        var oracle = new NaiveOracle(Given.Device, fixes);
        Assert.Equal(oracle.State, fold.ToBytes());
        Assert.Equal(oracle.Net, output.Events.GroupBy(e => e.Id).ToDictionary(e => e.Key, e => e.Last()));
        return output;
    }
}
