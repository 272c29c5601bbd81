namespace FieldCrm.Demo.Tests;

public class StintTests
{
    // 2026-11-23 00:00 UTC, a Monday
    private static readonly long Monday = Stints.Of(1_795_392_000);

    [Fact]
    public void Given_a_whole_day_Then_every_vehicle_moves_as_a_vehicle_can()
    {
        var planner = new RoutePlanner(GridCity.Graph);
        foreach (var vehicle in Vehicles.All.Where(v => v.Number % 6 == 0))
        {
            Moment? before = null;
            for (var stint = Monday; stint < Monday + 8; stint++)
            {
                var moments = Stints.Live(GridCity.Graph, planner, vehicle, stint);
                Assert.Equal(Stints.Seconds, moments.Length);
                foreach (var moment in moments)
                {
                    if (before is { } last)
                    {
                        var metres = last.Place.DistanceMetres(moment.Place);
                        Assert.True(metres <= 80 / 3.6 * 1.1 + 0.1, $"{vehicle.Id}: {metres} m in a second");
                        Assert.True(moment.SpeedMps - last.SpeedMps < 1.5, $"{vehicle.Id} speeds up by {moment.SpeedMps - last.SpeedMps} m/s in a second");
                        Assert.True(metres <= moment.SpeedMps + 0.2, $"{vehicle.Id}: {metres} m at {moment.SpeedMps} m/s");
                    }
                    before = moment;
                }
            }
        }
    }

    [Fact]
    public void Given_any_hour_Then_a_good_part_of_the_fleet_is_on_the_road_and_a_part_stands()
    {
        var planner = new RoutePlanner(GridCity.Graph);
        for (var stint = Monday; stint < Monday + 8; stint++)
        {
            var moving = new int[Stints.Seconds / 600];
            foreach (var vehicle in Vehicles.All)
            {
                var moments = Stints.Live(GridCity.Graph, planner, vehicle, stint);
                for (var i = 0; i < moving.Length; i++)
                    moving[i] += moments[i * 600 + 300].SpeedMps > 0.5 ? 1 : 0;
            }
            Assert.All(moving[..^2], count => Assert.InRange(count, 6, 56));
        }
    }

    [Fact]
    public void Given_the_same_vehicle_and_time_Then_another_process_makes_the_same_readings()
    {
        var first = Readings(Vehicles.All[7], Monday + 5);
        var again = Readings(Vehicles.All[7], Monday + 5);
        Assert.Equal(first, again);
        Assert.NotEqual(first, Readings(Vehicles.All[8], Monday + 5));
        Assert.Equal(60, Vehicles.All.Count);
        Assert.Equal(60, Vehicles.All.Select(v => v.Id).Distinct().Count());
    }

    [Fact]
    public void Given_a_tunnel_Then_nothing_is_measured_in_it_and_both_sides_are()
    {
        var planner = new RoutePlanner(GridCity.Graph);
        var seen = 0;
        foreach (var vehicle in Vehicles.All)
        {
            var moments = Stints.Live(GridCity.Graph, planner, vehicle, Monday + 5);
            var readings = Phone.Readings(vehicle, Monday + 5, moments, Phone.LiveIntervalSeconds);
            Assert.All(readings, r => Assert.False(moments[r.UnixSeconds - Stints.StartOf(Monday + 5)].InTunnel));
            seen += moments.Count(m => m.InTunnel);
            var gaps = readings.Zip(readings.Skip(1), (a, b) => b.UnixSeconds - a.UnixSeconds);
            Assert.All(gaps, gap => Assert.InRange(gap, 1, 600));
        }
        Assert.True(seen > 0, "no vehicle drove through the tunnel");
    }

    [Fact]
    public void Given_a_red_light_Then_nobody_crosses_it_at_speed()
    {
        // One straight street with a light at its second corner, entered at every second of a cycle.
        var arcs = new RoutePlanner(GridCity.Graph).Route(5 * GridCity.Side, 5 * GridCity.Side + 8);
        var light = arcs.Select(GridCity.Graph.EndOf).First(GridCity.Graph.HasTrafficLights);
        var at = GridCity.Graph.PlaceOf(light);
        var waited = 0;
        for (var start = 0L; start < 91; start++)
        {
            var moments = new List<Moment>();
            new Drive(GridCity.Graph, arcs, 1).AppendTo(moments, start);
            var crossing = moments.FindIndex(m => m.Place.LongitudeE7 > at.LongitudeE7);
            if (Drive.IsRed(light, start + crossing + 1) && Drive.IsRed(light, start + crossing - 10))
                Assert.Fail($"started at {start}, crossed on red at {moments[crossing].SpeedMps} m/s");
            waited += moments.Count(m => m.SpeedMps < 0.1 && m.Place.DistanceMetres(at) < 12);
        }
        Assert.True(waited > 100, "nobody ever waited at the light");
    }

    private static List<Reading> Readings(Vehicle vehicle, long stint) => Phone.Readings(
        vehicle, stint, Stints.Live(GridCity.Graph, new RoutePlanner(GridCity.Graph), vehicle, stint), Phone.LiveIntervalSeconds);
}
