using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Fleet;
using FieldCrm.Dispatch.Map;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Tests;

public sealed class FleetTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly Formats English = new(Languages.Of("en"), MeasureSystem.Metric, TimeZoneInfo.Utc);

    [Fact]
    public void Given_every_choice_Then_the_query_names_them_all()
    {
        var filter = new FleetFilter("taxi &7", Kinds: 0b101, Availabilities: 0b10, Motions: 0b1000, MaxAgeSeconds: 600, Sort: "heard", IsInView: true);
        var query = filter.Query(new Viewport(-35, -56.5, -34.5, -56, 12, 3, "units"), 100, 50);
        Assert.Equal(
            "search=taxi%20%267&kinds=vehicle,asset&availabilities=available&motions=stopped&maxAgeSeconds=600&box=-56.5,-35,-56,-34.5&sort=heard&offset=100&limit=50",
            query);
        Assert.Equal(4, filter.Count);
    }

    [Fact]
    public void Given_no_choice_Then_the_map_has_no_filter() => Assert.Null(new FleetFilter(IsInView: true, Sort: "heard").ForMap());

    [Fact]
    public void Given_a_newer_live_row_Then_the_line_shows_it()
    {
        var unit = UnitAt(Now.AddMinutes(-10), speed: 3);
        var line = UnitLine.Of(unit, Live(Now.AddSeconds(-7), speed: 13.9), Now, English);
        Assert.Equal(("7 s", Freshness.Fresh, "50 km/h"), (line.Age, line.Freshness, line.MotionText));
    }

    [Fact]
    public void Given_a_live_row_older_than_the_directory_Then_the_directory_is_shown()
    {
        var line = UnitLine.Of(UnitAt(Now.AddSeconds(-2), speed: 3), Live(Now.AddMinutes(-5), speed: 13.9), Now, English);
        Assert.Equal(("now", "11 km/h"), (line.Age, line.MotionText));
    }

    [Fact]
    public void Given_a_new_device_whose_motion_is_not_decided_Then_its_speed_is_told()
    {
        var line = UnitLine.Of(UnitAt(Now, speed: 13.9) with { Motion = "unknown" }, null, Now, English);
        Assert.Equal("50 km/h", line.MotionText);
    }

    [Theory]
    [InlineData("unknown", null, "Vehicle")]
    [InlineData("busy", null, "Vehicle · Busy")]
    [InlineData("onBreak", "back at two", "Vehicle · On break · back at two")]
    public void Given_what_is_known_of_a_unit_Then_what_nobody_said_is_left_out(string availability, string? note, string what) =>
        Assert.Equal(what, UnitLine.Of(UnitAt(Now, null) with { Availability = availability, AvailabilityNote = note }, null, Now, English).What);

    [Fact]
    public void Given_a_stale_unit_Then_its_old_speed_is_not_told()
    {
        var line = UnitLine.Of(UnitAt(Now.AddMinutes(-3), speed: 20), null, Now, English);
        Assert.Equal((Freshness.Stale, "Moving"), (line.Freshness, line.MotionText));
    }

    [Fact]
    public void Given_a_unit_never_heard_Then_it_says_so()
    {
        var line = UnitLine.Of(UnitAt(null, null), null, Now, English);
        Assert.Equal((Freshness.Never, "Never heard", ""), (line.Freshness, line.Age, line.MotionText));
    }

    [Theory]
    [InlineData(29, Freshness.Fresh)]
    [InlineData(30, Freshness.Aging)]
    [InlineData(119, Freshness.Aging)]
    [InlineData(120, Freshness.Stale)]
    public void Given_an_age_Then_it_fades_where_the_map_does(int seconds, Freshness freshness) =>
        Assert.Equal(freshness, UnitLine.FreshnessOf(Now.AddSeconds(-seconds), Now));

    [Theory]
    [InlineData("onBreak", 3)]
    [InlineData("on-break", 3)]
    [InlineData("OutOfService", 5)]
    [InlineData("of-another-time", 0)]
    public void Given_a_word_of_the_server_Then_its_number(string word, int code) => Assert.Equal(code, Codes.AvailabilityOf(word));

    [Fact]
    public void Given_an_availability_said_after_the_maps_picture_Then_it_is_shown_with_its_note_and_an_older_one_is_overtaken_without_it()
    {
        var live = Live(Now, speed: 0); // busy, in the picture of now
        var unit = UnitAt(Now, 0) with { Availability = "onBreak", AvailabilityNote = "lunch" };

        var since = UnitLine.Of(unit with { AvailabilityChangedAt = Now.AddSeconds(1) }, live, Now, English);
        var before = UnitLine.Of(unit with { AvailabilityChangedAt = Now.AddSeconds(-1) }, live, Now, English);
        var same = UnitLine.Of(unit with { Availability = "busy", AvailabilityChangedAt = Now.AddSeconds(-1) }, live, Now, English);

        Assert.Equal((3, "lunch"), (since.Availability, since.Note));
        Assert.Equal((2, null), (before.Availability, before.Note));
        Assert.Equal((2, "lunch"), (same.Availability, same.Note));
    }

    [Fact]
    public void Given_a_list_Then_stepping_stays_inside_it()
    {
        var fleet = new FleetState();
        fleet.ListIs([UnitAt(null, null) with { Number = 1 }, UnitAt(null, null) with { Number = 2 }], 2);
        Assert.Equal(1, fleet.Beside(1)?.Number);
        fleet.Select(2);
        Assert.Equal(2, fleet.Beside(1)?.Number);
        Assert.Equal(1, fleet.Beside(-1)?.Number);
    }

    [Fact]
    public void Given_a_lost_connection_Then_the_age_of_the_picture_is_told()
    {
        var since = Now.AddSeconds(-12).ToUnixTimeMilliseconds();
        Assert.Equal("reconnecting, last picture 12 s old", ConnectionText.Of(new Connection("reconnecting", since, 0), Now, English));
        Assert.Equal("server gone since 11:59:48, last picture kept", ConnectionText.Of(new Connection("gone", since, 0), Now, English));
    }

    [Fact]
    public void Given_what_the_map_says_Then_each_callback_reaches_its_event()
    {
        var events = new MapEvents();
        Rows? rows = null;
        ContextPick? context = null;
        events.RowsCame += r => rows = r;
        events.ContextAsked += c => context = c;
        events.Raise("OnRows", """
            {"isPast":false,"serverUnixMs":1,"unit":[7],"latitudeE7":[-348000000],"longitudeE7":[-561000000],"fixedUnixMs":[1000],"heardUnixMs":[1500],"speedCmps":[null],
            "headingCdeg":[9000],"accuracyDm":[52],"kind":[1],"availability":[2],"motion":[3],"flags":[3],"batteryPermille":[455]}
            """);
        events.Raise("OnContext", """{"unit":null,"lat":-34.8,"lon":-56.1,"x":1,"y":2}""");
        events.Raise("OnSomethingNewer", "{}");
        var picture = new LivePicture();
        picture.Take(rows ?? throw new InvalidOperationException("no rows"));
        Assert.Equal(
            new LiveUnit(7, -34.8, -56.1, LivePicture.At(1000), LivePicture.At(1500), null, 90, 5.2, 2, 3, true, true, 45.5, LivePicture.At(1)), picture.Of(7));
        Assert.Equal(-34.8, context?.Lat);
    }

    private static Unit UnitAt(DateTimeOffset? fixedAt, double? speed) => new(
        7, "v7", "Van 7", "vehicle", null, "available", null,
        fixedAt is { } at ? new UnitPosition(at, -34.8, -56.1, speed, null, null, null) : null, "moving", false, 0, fixedAt);

    private static LiveUnit Live(DateTimeOffset fixedAt, double speed) => new(7, -34.9, -56.2, fixedAt, fixedAt, speed, 90, 5, 2, 1, false, false, 50, Now);
}
