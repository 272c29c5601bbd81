namespace FieldCrm.Demo.Tests;

public class RoadGraphTests
{
    [Fact]
    public void Given_any_byte_cut_off_or_a_wrong_header_Then_the_graph_is_refused()
    {
        var file = GridCity.File();
        for (var length = 0; length < file.Length - 8; length += 97)
            Assert.Throws<InvalidDataException>(() => RoadGraph.Read(file.AsMemory(0, length)));
        foreach (var (at, value) in new (int, byte)[] { (0, 1), (4, 2), (11, 255), (15, 255) })
        {
            var damaged = (byte[])file.Clone();
            damaged[at] = value;
            Assert.Throws<InvalidDataException>(() => RoadGraph.Read(damaged));
        }
    }

    [Fact]
    public void Given_two_corners_Then_the_route_is_as_quick_as_any()
    {
        var planner = new RoutePlanner(GridCity.Graph);
        var random = SeededRandom.Of(1, 2, 3);
        for (var i = 0; i < 25; i++)
        {
            var (from, to) = (random.Next(0, GridCity.Graph.Nodes), random.Next(0, GridCity.Graph.Nodes));
            var route = planner.Route(from, to);
            var node = from;
            foreach (var arc in route)
            {
                Assert.Contains(arc, GridCity.Graph.ArcsFrom(node).ToArray());
                node = GridCity.Graph.EndOf(arc);
            }
            Assert.Equal(to, node);
            Assert.Equal(Quickest(from)[to], Seconds(route), 6);
        }
    }

    // Bellman and Ford: slow, and nothing in common with A*.
    private static double[] Quickest(int from)
    {
        var seconds = new double[GridCity.Graph.Nodes];
        Array.Fill(seconds, double.MaxValue / 4);
        seconds[from] = 0;
        for (var again = true; again;)
        {
            again = false;
            for (var node = 0; node < seconds.Length; node++)
            {
                foreach (var arc in GridCity.Graph.ArcsFrom(node))
                {
                    var through = seconds[node] + Seconds([arc]);
                    if (through >= seconds[GridCity.Graph.EndOf(arc)] - 1e-9)
                        continue;
                    seconds[GridCity.Graph.EndOf(arc)] = through;
                    again = true;
                }
            }
        }
        return seconds;
    }

    private static double Seconds(IEnumerable<int> route) => route.Sum(arc =>
        GridCity.Graph.LengthMetres(arc) / GridCity.Graph.LimitMps(arc) + 1
        + (GridCity.Graph.HasTrafficLights(GridCity.Graph.EndOf(arc)) ? 12 : 0));
}
