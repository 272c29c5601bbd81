namespace FieldCrm.Demo;

/// <summary>What a vehicle's day looks like.</summary>
/// <param name="StopMinutesFrom">Shortest and longest stay at a stop.</param>
/// <param name="DutyFromHour">Local hours of duty, at the bounds of stints (0, 3, 6 … 21); from greater than to goes over midnight, equal is always.</param>
public sealed record Trade(string Id, string Name, int Count, int StopMinutesFrom, int StopMinutesTo, int DutyFromHour, int DutyToHour);

/// <param name="Number">0 upwards; everything random about the vehicle comes from it.</param>
public sealed record Vehicle(int Number, string Id, string Name, Trade Trade)
{
    /// <summary>How briskly this driver uses the limit.</summary>
    public double PaceFactor => 0.86 + Number * 7 % 11 * 0.018;
}

/// <summary>The sixty vehicles.</summary>
public static class Vehicles
{
    /// <summary>Montevideo's, all year (no summer time since 2015).</summary>
    public static readonly TimeSpan UtcOffset = TimeSpan.FromHours(-3);

    // Somebody is always on the road, whatever the hour at which the link is opened.
    private static readonly Trade[] Trades =
    [
        new("service", "Service van", 20, 8, 35, 6, 18),
        new("courier", "Courier", 14, 1, 5, 0, 0),
        new("patrol", "Patrol", 10, 2, 12, 0, 0),
        new("recovery", "Recovery truck", 8, 10, 40, 0, 0),
        new("night", "Night service", 8, 6, 25, 18, 6),
    ];

    public static readonly IReadOnlyList<Vehicle> All = Make();

    private static List<Vehicle> Make()
    {
        var all = new List<Vehicle>();
        foreach (var trade in Trades)
        {
            for (var i = 1; i <= trade.Count; i++)
                all.Add(new Vehicle(all.Count, $"demo-{trade.Id}-{i:00}", $"{trade.Name} {i}", trade));
        }
        return all;
    }
}
