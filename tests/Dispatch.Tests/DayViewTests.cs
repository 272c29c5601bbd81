using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Fleet;
using FieldCrm.Dispatch.Map;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Tests;

public sealed class DayViewTests
{
    private static readonly DateTimeOffset Midnight = new(2026, 11, 22, 3, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Now = Midnight.AddHours(20);
    private static readonly TimeZoneInfo Montevideo = TimeZoneInfo.CreateCustomTimeZone("uy", TimeSpan.FromHours(-3), "uy", "uy");
    private static readonly Formats English = new(Languages.Of("en"), MeasureSystem.Metric, Montevideo);

    [Fact]
    public void Given_a_day_of_the_readers_zone_Then_its_addresses_name_its_two_midnights()
    {
        var day = new DateOnly(2026, 11, 22);
        Assert.Equal("/api/v1/units/van%201/day?from=2026-11-22T03:00:00Z&to=2026-11-23T03:00:00Z", DayQuery.OfDay("van 1", day, English));
        Assert.Equal("/api/v1/units/v/day/marked?from=2026-11-22T03:00:00Z&to=2026-11-23T03:00:00Z&limit=1000", DayQuery.OfMarked("v", day, English));
        Assert.Equal("/api/v1/devices/v/quarantine?from=2026-11-22T03:00:00Z&to=2026-11-23T03:00:00Z&limit=100", DayQuery.OfQuarantine("v", day, English));
    }

    [Fact]
    public void Given_a_trip_over_midnight_one_under_way_and_an_alarm_Then_driving_counts_what_lies_in_the_day_and_the_newest_comes_first()
    {
        var view = View(Day with
        {
            Trips = [Stretch(-30, 30, 42_000), Stretch(1_170, null, null)],
            Stops = [Stretch(30, 1_170, null)],
            Alarms = [new DayAlarm(Midnight.AddMinutes(45), "sos", -34.9, -56.1)],
        });

        Assert.Equal(("1 h", 2, 1), (view.Driving, view.Trips, view.Stops)); // 30 min of the first and 30 of the one under way
        Assert.Equal(
            [(DayEntryKind.Trip, "30 min"), (DayEntryKind.Alarm, "SOS"), (DayEntryKind.Stop, "19 h"), (DayEntryKind.Trip, "1 h · 42 km")],
            view.Entries.Select(e => (e.Kind, e.Detail)));
        Assert.False(view.IsEmpty);
    }

    [Fact]
    public void Given_doubted_positions_Then_they_are_on_the_map_only_where_they_were_asked_for()
    {
        var doubted = new DoubtedFixes([new MarkedFix(Midnight.AddHours(9), 48, 16, "teleport")], [], AreAll: true);

        Assert.Null(View(Day).Track.Marked);
        Assert.Equal(
            [new TrackMark(480_000_000, 160_000_000, Midnight.AddHours(9).ToUnixTimeMilliseconds(), "09:00 too far to have gone")],
            View(Day, doubted).Track.Marked ?? []);
    }

    [Fact]
    public void Given_figures_Then_they_are_in_the_readers_measures()
    {
        var view = View(Day with { DistanceM = 12_345, MaxSpeedMps = 20, Marked = 2, Quarantined = 1, ClockSkewMs = -1_500 });

        Assert.Equal(("12 km", "72 km/h", 2, 1, TimeSpan.FromMilliseconds(-1_500)), (view.Distance, view.TopSpeed, view.Marked, view.Quarantined, view.ClockSkew));
        Assert.Null(View(Day).TopSpeed);
        Assert.True(View(Day with { Track = [] }).IsEmpty);
    }

    private static UnitDay Day => new(
        0, null, [], [], [], [new DayPoint(Midnight.AddHours(8), -34.9, -56.1, 5), new DayPoint(Midnight.AddHours(9), -34.8, -56.1, null)], 2, 0, 0, null, false);

    private static DayStretch Stretch(int fromMinute, int? toMinute, double? metres) => new(
        Midnight.AddMinutes(fromMinute), toMinute is { } to ? Midnight.AddMinutes(to) : null, metres, -34.9, -56.1);

    private static DayView View(UnitDay day, DoubtedFixes? doubted = null) => DayView.Of(7, day, Midnight, Midnight.AddDays(1), doubted, Now, English);
}
