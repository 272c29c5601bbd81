using System.Globalization;
using FieldCrm.LoadTests;
using FieldCrm.LoadTests.Faults;
using FieldCrm.Silo;

namespace FieldCrm.Faults;

/// <summary>What a series is, and which one goes on.</summary>
public sealed class FaultSeriesTests
{
    private static readonly DateOnly Today = new(2026, 11, 23);

    [Fact]
    public void Given_the_series_When_counted_Then_75_runs_each_place_5_times_and_20_of_each_process()
    {
        var counts = Kill.Series.CountBy(kill => kill.Name).ToDictionary();
        Assert.Equal(75, Kill.Series.Count);
        Assert.All(Failpoints.All, place => Assert.Equal(5, counts[place]));
        Assert.Equal((20, 20, Failpoints.All.Count + 2), (counts["server.random"], counts["postgres"], counts.Count));
    }

    [Fact]
    public void Given_no_record_When_no_series_is_named_Then_it_is_called_after_the_day() =>
        Assert.Equal("2026-11-23", FaultSeries.Choose(null, [], Today));

    [Fact]
    public void Given_an_unfinished_series_When_none_is_named_Then_the_newest_unfinished_goes_on()
    {
        Assert.Equal("b", FaultSeries.Choose(null, [.. Lines("a", 1, 3), .. Lines("b", 1, 2), .. Lines("c", 1, 75)], Today));
        Assert.Equal("a", FaultSeries.Choose(null, [.. Lines("a", 1, 3), .. Lines("b", 1, 2), .. Lines("a", 4, 4)], Today));
        Assert.Equal(Enumerable.Range(1, 4), FaultSeries.Done("a", [.. Lines("a", 1, 3), .. Lines("b", 1, 9), .. Lines("a", 4, 4)]).Order());
    }

    [Fact]
    public void Given_only_finished_series_When_none_is_named_Then_a_new_one_with_a_name_of_its_own() =>
        Assert.Equal("2026-11-23.2", FaultSeries.Choose(null, Lines("2026-11-23", 1, 75), Today));

    [Fact]
    public void Given_a_name_When_chosen_Then_it_is_that_one() =>
        Assert.Equal("late", FaultSeries.Choose("late", Lines("early", 1, 3), Today));

    [Theory]
    [InlineData("--faults --from 2026-11-22")]
    [InlineData("--faults --from 0")]
    [InlineData("--faults --to 76")]
    [InlineData("--faults --from 9 --to 8")]
    [InlineData("--faults --from 76")]
    [InlineData("--faults --series a/b")]
    public void Given_a_wrong_range_or_name_When_parsed_Then_it_is_an_error(string line) =>
        Assert.NotEmpty(BenchCommand.Create(CancellationToken.None).Parse(line).Errors);

    [Theory]
    [InlineData("--faults")]
    [InlineData("--faults --series 2026-11-22 --from 21 --to 75")]
    [InlineData("--faults --from 75")]
    public void Given_a_range_When_parsed_Then_it_is_accepted(string line) =>
        Assert.Empty(BenchCommand.Create(CancellationToken.None).Parse(line).Errors);

    private static string[][] Lines(string series, int from, int to) =>
        [.. Enumerable.Range(from, to - from + 1).Select(run => new[] { series, run.ToString(CultureInfo.InvariantCulture) })];
}
