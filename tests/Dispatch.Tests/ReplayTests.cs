using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Fleet;
using FieldCrm.Dispatch.Map;
using FieldCrm.Dispatch.Replay;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Tests;

public sealed class ReplayTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly ReplaySpan Hour = new(Noon, Noon.AddHours(1));
    private static readonly Formats Montevideo = new(Languages.Of("en"), MeasureSystem.Metric, TimeZoneInfo.FindSystemTimeZoneById("America/Montevideo"));

    [Fact]
    public void Given_a_span_Then_its_address_and_fractions_are_exact()
    {
        Assert.Equal("/api/v1/replay?from=2026-11-22T12:00:00Z&to=2026-11-22T13:00:00Z", Hour.Address([]));
        Assert.Equal("/api/v1/replay?from=2026-11-22T12:00:00Z&to=2026-11-22T13:00:00Z&unit=7&unit=4000000001", Hour.Address([7, 4_000_000_001]));
        Assert.Equal(Noon.AddMinutes(15).ToUnixTimeMilliseconds(), Hour.At(0.25));
        Assert.Equal(0.25, Hour.FractionOf(Hour.At(0.25)));
        Assert.Equal(1, Hour.FractionOf(Hour.ToUnixMs + 5));
        Assert.Equal(Hour.FromUnixMs, Hour.At(-3));
    }

    [Fact]
    public void Given_a_day_Then_the_span_is_the_readers_day_as_far_as_it_has_come()
    {
        var now = new DateTimeOffset(2026, 11, 22, 17, 30, 12, TimeSpan.Zero);
        Assert.Equal(new ReplaySpan(At(22, 3, 0), At(22, 17, 31)), ReplaySpan.Of(new DateOnly(2026, 11, 22), Montevideo, now));
        Assert.Equal(new ReplaySpan(At(21, 3, 0), At(22, 3, 0)), ReplaySpan.Of(new DateOnly(2026, 11, 21), Montevideo, now));
        Assert.Equal(new ReplaySpan(At(21, 17, 31), At(22, 17, 31)), ReplaySpan.Of(null, Montevideo, now));
        // A day that has not begun has a length all the same.
        Assert.Equal(new ReplaySpan(At(23, 3, 0), At(23, 3, 1)), ReplaySpan.Of(new DateOnly(2026, 11, 23), Montevideo, now));
    }

    [Fact]
    public void Given_a_day_on_which_the_clocks_change_Then_it_has_its_own_length_and_its_hours_stand_where_they_are()
    {
        var berlin = new Formats(Languages.Of("de"), MeasureSystem.Metric, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        var span = ReplaySpan.Of(new DateOnly(2026, 10, 25), berlin, Noon);
        Assert.Equal(25, (span.To - span.From).TotalHours);
        var ticks = ReplayChart.Ticks(span, berlin);
        Assert.Equal(["00:00", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00"], ticks.Select(t => t.Text));
        Assert.Equal([true, false, true, false, true, false, true, false], ticks.Select(t => t.IsMajor));
        Assert.Equal(4 / 25.0, ticks[1].Fraction, 9);
    }

    [Fact]
    public void Given_a_zone_beside_the_hour_Then_ticks_are_full_hours_of_its_clock()
    {
        var kathmandu = new Formats(Languages.Of("en"), MeasureSystem.Metric, TimeZoneInfo.FindSystemTimeZoneById("Asia/Kathmandu"));
        Assert.Equal([("18:00", 0.25)], ReplayChart.Ticks(Hour, kathmandu).Select(t => (t.Text, t.Fraction)));
    }

    [Fact]
    public void Given_curves_Then_their_paths_have_gaps_and_the_greatest_reaches_the_top()
    {
        var curves = new ReplayCurves([0, 2, 1, 0], [new(7, [0, 1000, null, 500]), new(8, [null, null, null, null])]);
        Assert.Equal((10, 2), (ReplayChart.TopMps(curves), ReplayChart.MostMoving(curves)));
        Assert.Equal("M125 60L375 3M875 31.5", ReplayChart.Speed(curves.Units[0], 10));
        Assert.Equal("", ReplayChart.Speed(curves.Units[1], 10));
        Assert.Equal("M0 60L125 60L375 3L625 31.5L875 60L1000 60Z", ReplayChart.Moving(curves));
        Assert.Equal("", ReplayChart.Moving(new ReplayCurves([0, 0], [])));
        Assert.Equal(1, ReplayChart.TopMps(new ReplayCurves([], [])));
    }

    [Theory]
    [InlineData("replay.too-large: A replay holds at most", "replay.too-large")]
    [InlineData("Error: replay.cut-off: TypeError: network error", "replay.cut-off")]
    [InlineData("webgl.missing: a replay is drawn by the GPU\n at map.js", "webgl.missing")]
    [InlineData("TypeError: x is not a function", "")]
    public void Given_what_the_map_rejects_with_Then_its_code(string message, string code) => Assert.Equal(code, ReplayFailure.CodeOf(message));

    [Fact]
    public void Given_each_code_Then_words_that_say_what_to_do_and_the_code_itself_where_there_are_none()
    {
        var words = Montevideo.Words;
        Assert.Equal(words.ReplayTooLarge, ReplayFailure.Text("replay.span-too-long: At most 169 hours", words));
        Assert.Equal(words.ReplayUnreachable, ReplayFailure.Text("replay.unreachable: TypeError: Failed to fetch", words));
        Assert.Equal(words.NotAllowed, ReplayFailure.Text("auth.forbidden: Your role may not do this.", words));
        Assert.Contains("replay.order", ReplayFailure.Text("replay.order: unit 7 goes back in time", words), StringComparison.Ordinal);
        Assert.Contains("TypeError: x", ReplayFailure.Text("TypeError: x", words), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, 1, 20)]
    [InlineData(60, 1, 60)]
    [InlineData(1, -1, 1)]
    public void Given_a_rate_Then_the_one_beside_it(int rate, int step, int beside) => Assert.Equal(beside, ReplaySpan.RateBeside(rate, step));

    [Fact]
    public void Given_rows_of_the_past_Then_everything_is_told_by_the_replays_clock_until_it_ends()
    {
        var fleet = new FleetState();
        var now = Noon.AddDays(1);
        fleet.Take(RowsOf(isPast: false, now, now.AddSeconds(-2), 1389));
        Assert.Equal(("now", "50 km/h", 2), Of(fleet, now));

        fleet.Take(RowsOf(isPast: true, Noon, Noon.AddSeconds(-9), 500));
        Assert.Equal((Noon, Noon), (fleet.ReplayAt, fleet.Now(now)));
        Assert.Equal(("9 s", "18 km/h", 0), Of(fleet, now));
        Assert.Equal("Vehicle", fleet.LineOf(Van, now, Montevideo).AvailabilityText);

        fleet.Take(RowsOf(isPast: true, Noon.AddHours(-1), null, 0));
        Assert.Equal(("Not seen yet", "", 0), Of(fleet, now));
        Assert.Null(fleet.RowOf(7));

        fleet.EndReplay();
        Assert.Equal(("now", "50 km/h", 2), Of(fleet, now));
    }

    private static Unit Van => new(7, "v7", "Van 7", "vehicle", null, "busy", null, null, "moving", false, 0, null);

    private static (string Age, string Motion, int Availability) Of(FleetState fleet, DateTimeOffset now)
    {
        var line = fleet.LineOf(Van, now, Montevideo);
        return (line.Age, line.MotionText, line.Availability);
    }

    /// <summary>One row of unit 7, or none where it was not seen by then.</summary>
    private static Rows RowsOf(bool isPast, DateTimeOffset at, DateTimeOffset? fixedAt, int speedCmps)
    {
        var isThere = fixedAt is not null;
        double[] times = fixedAt is { } time ? [time.ToUnixTimeMilliseconds()] : [];
        return new Rows(
            isPast, at.ToUnixTimeMilliseconds(), isThere ? [7] : [], new int[times.Length], new int[times.Length], times, times,
            isThere ? [speedCmps] : [], new int?[times.Length], new int?[times.Length], new int[times.Length], isThere ? [isPast ? 0 : 2] : [],
            isThere ? [1] : [], new int[times.Length], new int?[times.Length]);
    }

    private static DateTimeOffset At(int day, int hour, int minute) => new(2026, 11, day, hour, minute, 0, TimeSpan.Zero);
}
