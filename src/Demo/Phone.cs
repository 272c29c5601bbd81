namespace FieldCrm.Demo;

/// <summary>One position as the phone in the vehicle measured it.</summary>
public readonly record struct Reading(
    long UnixSeconds, Place Place, double SpeedMps, double HeadingDeg, double AccuracyMetres, int BatteryPercent, bool HasNetwork);

/// <summary>
/// The phone on the dashboard: it measures a few metres beside the truth, more often while it moves, nothing in a tunnel,
/// and in some valleys it has no network and sends later. A pure function, so that what is sent again is the same.
/// </summary>
public static class Phone
{
    /// <summary>While moving, for a picture that flows.</summary>
    public const int LiveIntervalSeconds = 3;

    /// <summary>While moving, for days that lie behind: enough for track, speed and stops.</summary>
    public const int HistoryIntervalSeconds = 10;

    private const int StandingIntervalSeconds = 60;
    private const double TurnDeg = 25;
    private const int NoiseSalt = 3;

    // How much of an error stays from one second to the next: receivers drift, they do not jump.
    private const double Drift = 0.94;
    private const double MovingErrorMetres = 2.2;
    private const double StandingErrorMetres = 1.2;

    // Two quarters with bad coverage, so that late bursts happen in front of the reader's eyes.
    private static readonly (Place Centre, double RadiusMetres)[] WithoutNetwork =
    [
        (new Place(-348_430_000, -561_210_000), 650),
        (new Place(-348_870_000, -562_480_000), 550),
    ];

    /// <summary>The readings of one stint in the order of their times.</summary>
    public static List<Reading> Readings(Vehicle vehicle, long stint, ReadOnlySpan<Moment> moments, int movingIntervalSeconds)
    {
        var random = SeededRandom.Of(vehicle.Number, stint, NoiseSalt);
        var readings = new List<Reading>();
        double east = 0, north = 0;
        var (lastSecond, lastHeading, wasMoving) = (int.MinValue / 2, 0.0, false);
        for (var second = 0; second < moments.Length; second++)
        {
            var moment = moments[second];
            var isMoving = moment.SpeedMps > 0.5;
            var error = (isMoving ? MovingErrorMetres : StandingErrorMetres) * Math.Sqrt(1 - Drift * Drift);
            east = east * Drift + random.NextGaussian() * error;
            north = north * Drift + random.NextGaussian() * error;
            var since = second - lastSecond;
            var isDue = isMoving != wasMoving || since >= (isMoving ? movingIntervalSeconds : StandingIntervalSeconds)
                || (isMoving && since >= 2 && Turn(moment.HeadingDeg, lastHeading) >= TurnDeg);
            if (moment.InTunnel || !isDue)
                continue;
            (lastSecond, lastHeading, wasMoving) = (second, moment.HeadingDeg, isMoving);
            readings.Add(new Reading(
                Stints.StartOf(stint) + second, moment.Place.Moved(east, north), moment.SpeedMps, moment.HeadingDeg,
                4 + Math.Round(Math.Abs(east + north), 1), BatteryPercent(vehicle, Stints.StartOf(stint) + second), HasNetwork(moment.Place)));
        }
        return readings;
    }

    public static bool HasNetwork(Place place)
    {
        foreach (var (centre, radius) in WithoutNetwork)
        {
            if (centre.DistanceMetres(place) < radius)
                return false;
        }
        return true;
    }

    private static double Turn(double first, double second)
    {
        var turn = Math.Abs(first - second);
        return Math.Min(turn, 360 - turn);
    }

    // Mounted and charging: full at most times, lower in the small hours.
    private static int BatteryPercent(Vehicle vehicle, long unixSeconds) =>
        100 - (int)((unixSeconds / 900 + vehicle.Number * 5) % 24);
}
