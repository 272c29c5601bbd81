namespace FieldCrm.Demo;

/// <summary>
/// Three hours of a vehicle, second by second: drives between random corners of the city with stays between them. A pure
/// function of vehicle and stint, and each stint ends where the next one begins: any second of any day can be asked for,
/// by a process that was started a moment ago.
/// </summary>
public static class Stints
{
    public const int Seconds = 3 * 3_600;

    // Further than this at one go nobody is sent in a city; nearer is no drive.
    private const double NearestMetres = 700;
    private const double FurthestMetres = 6_000;

    private const int Tries = 40;

    private const int EndSalt = 1;
    private const int StopsSalt = 2;

    public static long Of(long unixSeconds) => Math.DivRem(unixSeconds, Seconds).Quotient;

    public static long StartOf(long stint) => stint * Seconds;

    /// <summary>Entry i is the moment at <see cref="StartOf"/> plus i seconds; exactly <see cref="Seconds"/> entries.</summary>
    public static Moment[] Live(RoadGraph graph, RoutePlanner planner, Vehicle vehicle, long stint)
    {
        var random = SeededRandom.Of(vehicle.Number, stint, StopsSalt);
        var at = FirstNode(graph, vehicle, stint);
        var end = FirstNode(graph, vehicle, stint + 1);
        var moments = new List<Moment>(Seconds + 600);
        var leg = new List<Moment>();
        var home = new List<Moment>();
        Stay(moments, graph.PlaceOf(at), 0, random.Next(20, 240));
        while (IsOnDuty(vehicle, StartOf(stint) + moments.Count))
        {
            var next = Destination(graph, at, ref random);
            leg.Clear();
            DriveOf(graph, planner, vehicle, at, next, StartOf(stint) + moments.Count).AppendTo(leg, StartOf(stint) + moments.Count);
            var stay = random.Next(vehicle.Trade.StopMinutesFrom * 60, vehicle.Trade.StopMinutesTo * 60);
            var leaves = moments.Count + leg.Count + stay;
            home.Clear();
            if (leaves < Seconds)
                DriveOf(graph, planner, vehicle, next, end, StartOf(stint) + leaves).AppendTo(home, StartOf(stint) + leaves);
            if (leaves + home.Count >= Seconds)
                break; // no time left to be where the next stint begins
            moments.AddRange(leg);
            Stay(moments, leg[^1].Place, leg[^1].HeadingDeg, stay);
            at = next;
        }
        Return(graph, planner, vehicle, stint, at, end, moments);
        return [.. moments];
    }

    /// <summary>Goes to the end in time for it, waiting where it is until it must leave.</summary>
    private static void Return(
        RoadGraph graph, RoutePlanner planner, Vehicle vehicle, long stint, int at, int end, List<Moment> moments)
    {
        var home = new List<Moment>();
        if (at != end)
            DriveOf(graph, planner, vehicle, at, end, StartOf(stint) + moments.Count).AppendTo(home, StartOf(stint) + moments.Count);
        if (moments.Count + home.Count > Seconds)
            throw new InvalidOperationException($"Vehicle {vehicle.Number} cannot end stint {stint} in time.");
        moments.AddRange(home);
        Stay(moments, graph.PlaceOf(end), moments[^1].HeadingDeg, Seconds - moments.Count);
    }

    private static Drive DriveOf(RoadGraph graph, RoutePlanner planner, Vehicle vehicle, int from, int to, long unixSeconds) =>
        new(graph, planner.Route(from, to), vehicle.PaceFactor * TrafficFactor(unixSeconds));

    /// <summary>Rush hours are slower, nights are faster.</summary>
    private static double TrafficFactor(long unixSeconds) => LocalHour(unixSeconds) switch
    {
        7 or 8 or 17 or 18 => 0.72,
        < 6 or > 21 => 1.0,
        _ => 0.88,
    };

    private static bool IsOnDuty(Vehicle vehicle, long unixSeconds)
    {
        var (from, to, hour) = (vehicle.Trade.DutyFromHour, vehicle.Trade.DutyToHour, LocalHour(unixSeconds));
        return from == to || (from < to ? hour >= from && hour < to : hour >= from || hour < to);
    }

    private static int LocalHour(long unixSeconds) =>
        DateTimeOffset.FromUnixTimeSeconds(unixSeconds).ToOffset(Vehicles.UtcOffset).Hour;

    // Off duty a vehicle stays where it is: both ends of such a stint are the same corner.
    private static int FirstNode(RoadGraph graph, Vehicle vehicle, long stint)
    {
        while (!IsOnDuty(vehicle, StartOf(stint)) && !IsOnDuty(vehicle, StartOf(stint) - 1))
            stint--;
        return SeededRandom.Of(vehicle.Number, stint, EndSalt).Next(0, graph.Nodes);
    }

    private static int Destination(RoadGraph graph, int from, ref SeededRandom random)
    {
        var node = from;
        for (var i = 0; i < Tries; i++)
        {
            node = random.Next(0, graph.Nodes);
            if (graph.PlaceOf(from).DistanceMetres(graph.PlaceOf(node)) is >= NearestMetres and <= FurthestMetres)
                break;
        }
        return node == from ? (from + 1) % graph.Nodes : node;
    }

    private static void Stay(List<Moment> moments, Place place, float headingDeg, int seconds)
    {
        for (var i = 0; i < seconds; i++)
            moments.Add(new Moment(place, 0, headingDeg, InTunnel: false));
    }
}
