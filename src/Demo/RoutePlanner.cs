namespace FieldCrm.Demo;

/// <summary>
/// The quickest way between two nodes by A* over travel time. Keeps its working memory between calls: one planner a thread.
/// </summary>
public sealed class RoutePlanner(RoadGraph graph)
{
    // What a crossing costs, so that a driver prefers few of them.
    private const double SecondsPerLights = 12;
    private const double SecondsPerArc = 1;

    private readonly double[] _seconds = new double[graph.Nodes];
    private readonly int[] _arrivedBy = new int[graph.Nodes];
    private readonly int[] _seenIn = new int[graph.Nodes];
    private readonly PriorityQueue<int, double> _open = new();
    private int _search;

    /// <summary>The arcs from one node to the other; empty when they are the same.</summary>
    public IReadOnlyList<int> Route(int from, int to)
    {
        _search++;
        _open.Clear();
        Reach(from, 0, -1, to);
        while (_open.TryDequeue(out var node, out var estimate))
        {
            if (node == to)
                return Back(from, to);
            if (estimate > _seconds[node] + Remaining(node, to) + 1e-6)
                continue; // reached more quickly since it was put here
            foreach (var arc in graph.ArcsFrom(node))
            {
                var seconds = _seconds[node] + graph.LengthMetres(arc) / graph.LimitMps(arc) + SecondsPerArc
                    + (graph.HasTrafficLights(graph.EndOf(arc)) ? SecondsPerLights : 0);
                Reach(graph.EndOf(arc), seconds, arc, to);
            }
        }
        throw new InvalidDataException($"No way leads from node {from} to node {to}: the graph is not one connected piece.");
    }

    private void Reach(int node, double seconds, int arc, int to)
    {
        if (_seenIn[node] == _search && _seconds[node] <= seconds)
            return;
        _seenIn[node] = _search;
        _seconds[node] = seconds;
        _arrivedBy[node] = arc;
        _open.Enqueue(node, seconds + Remaining(node, to));
    }

    // Lengths are rounded up to whole decimetres along a shape, so the straight line is never longer.
    private double Remaining(int node, int to) =>
        graph.PlaceOf(node).DistanceMetres(graph.PlaceOf(to)) * 0.99 / graph.MaxLimitMps;

    private List<int> Back(int from, int to)
    {
        var arcs = new List<int>();
        var node = to;
        while (node != from)
        {
            var arc = _arrivedBy[node];
            arcs.Add(arc);
            node = graph.EndOf(arc ^ 1); // the other end of the same edge
        }
        arcs.Reverse();
        return arcs;
    }
}
