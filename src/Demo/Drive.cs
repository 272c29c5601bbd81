namespace FieldCrm.Demo;

/// <summary>
/// Drives a route second by second: speeds up and brakes like a loaded van, slows for bends, waits at red lights, halts
/// at stop signs. Nothing here is random: the same route at the same time by the same driver is the same drive.
/// </summary>
public sealed class Drive
{
    private const double AccelerationMps2 = 1.4;
    private const double BrakingMps2 = 2.0;
    private const double HardBrakingMps2 = 4.0;
    private const double LateralMps2 = 2.2;
    private const double SlowestBendMps = 2.5;
    private const double StepMetres = 5;
    private const int StopSignSeconds = 2;

    // A driver sees a light from here, further than the fastest needs to stop for it; what turns red nearer than he can
    // brake is passed, as yellow is.
    private const double LightSightMetres = 180;

    // No street is longer than this; a drive that takes longer would be a defect.
    private const int MaxSeconds = 3 * 3_600;

    private readonly List<Place> _line = [];
    private readonly List<double> _along = [];
    private readonly List<bool> _isTunnel = [];
    private readonly List<(double AtMetres, int Node, bool IsLight)> _halts = [];
    private readonly double[] _allowedMps;
    private readonly double _lengthMetres;

    /// <param name="paceFactor">How much of the limit this driver uses at this hour: about 0.6 to 1.05.</param>
    public Drive(RoadGraph graph, IReadOnlyList<int> arcs, double paceFactor)
    {
        var limits = new List<double>();
        var piece = new List<Place>();
        foreach (var arc in arcs)
        {
            piece.Clear();
            graph.AppendLine(arc, piece);
            for (var i = _line.Count == 0 ? 0 : 1; i < piece.Count; i++)
                Add(piece[i], graph.IsTunnel(arc), graph.LimitMps(arc) * paceFactor, limits);
            var end = graph.EndOf(arc);
            if (arc != arcs[^1] && (graph.HasTrafficLights(end) || graph.HasStopSign(end)))
                _halts.Add((_along[^1], end, graph.HasTrafficLights(end)));
        }
        _lengthMetres = _along.Count == 0 ? 0 : _along[^1];
        _allowedMps = Allowed(limits);
    }

    /// <summary>Appends one moment a second, from the first after <paramref name="startUnixSeconds"/> to the arrival.</summary>
    public void AppendTo(List<Moment> moments, long startUnixSeconds)
    {
        double at = 0, speed = 0;
        var (point, halt, waited) = (0, 0, 0);
        for (var second = 1; at < _lengthMetres; second++)
        {
            if (second > MaxSeconds)
                throw new InvalidOperationException("A drive within a city does not end.");
            var target = _allowedMps[Math.Min((int)(at / StepMetres), _allowedMps.Length - 1)];
            if (halt < _halts.Count && MustHalt(_halts[halt], _halts[halt].AtMetres - at, speed, startUnixSeconds + second, waited) is { } braking)
                target = Math.Min(target, braking);
            speed = target > speed ? Math.Min(target, speed + AccelerationMps2) : Math.Max(target, speed - HardBrakingMps2);
            waited = speed < 0.1 ? waited + 1 : waited;
            at += speed;
            if (halt < _halts.Count && at >= _halts[halt].AtMetres)
                (halt, waited) = (halt + 1, 0);
            moments.Add(MomentAt(Math.Min(at, _lengthMetres), speed, ref point));
        }
    }

    /// <summary>Whether a light is red: 55 % of its own cycle of 60 to 90 s, which begins at its own time.</summary>
    public static bool IsRed(int node, long unixSeconds)
    {
        var cycle = 60 + node * 7 % 31;
        return (unixSeconds + node * 13L) % cycle >= cycle * 45 / 100;
    }

    private static double? MustHalt((double AtMetres, int Node, bool IsLight) halt, double ahead, double speed, long now, int waited)
    {
        if (ahead > LightSightMetres)
            return null;
        if (halt.IsLight ? !IsRed(halt.Node, now) : waited >= StopSignSeconds)
            return null;
        if (halt.IsLight && speed * speed / (2 * HardBrakingMps2) > ahead + 2)
            return null;
        return ahead < 4 ? 0 : Math.Sqrt(2 * BrakingMps2 * Math.Max(0, ahead - 3)) * 0.8;
    }

    private void Add(Place place, bool isTunnel, double limit, List<double> limits)
    {
        var along = _line.Count == 0 ? 0 : _along[^1] + _line[^1].DistanceMetres(place);
        if (_line.Count > 0 && along <= _along[^1])
            return; // two shape points in one place have no direction
        _line.Add(place);
        _along.Add(along);
        _isTunnel.Add(isTunnel);
        limits.Add(limit);
    }

    /// <summary>The speed allowed every few metres: limits and bends, and what braking for them asks before.</summary>
    private double[] Allowed(List<double> limits)
    {
        var allowed = new double[(int)(_lengthMetres / StepMetres) + 2];
        var point = 0;
        for (var step = 0; step < allowed.Length; step++)
        {
            while (point < _line.Count - 2 && _along[point + 1] <= step * StepMetres)
                point++;
            allowed[step] = limits.Count == 0 ? 0 : limits[Math.Min(point + 1, limits.Count - 1)];
        }
        for (var i = 1; i < _line.Count - 1; i++)
        {
            var step = (int)(_along[i] / StepMetres);
            allowed[step] = Math.Min(allowed[step], BendMps(i));
        }
        allowed[^1] = allowed[^2] = SlowestBendMps / 2; // creeps the last metres to the kerb
        for (var step = allowed.Length - 2; step >= 0; step--)
            allowed[step] = Math.Min(allowed[step], Math.Sqrt(allowed[step + 1] * allowed[step + 1] + 2 * BrakingMps2 * StepMetres));
        return allowed;
    }

    /// <summary>The speed of a bend by its radius: from the turn and the shorter of its two legs, 20 m at most.</summary>
    private double BendMps(int i)
    {
        var turn = Math.Abs(_line[i - 1].BearingDeg(_line[i]) - _line[i].BearingDeg(_line[i + 1]));
        turn = Math.Min(turn, 360 - turn) * Math.PI / 180;
        if (turn < 0.05)
            return double.MaxValue;
        var leg = Math.Min(20, Math.Min(_along[i] - _along[i - 1], _along[i + 1] - _along[i]));
        return Math.Max(SlowestBendMps, Math.Sqrt(LateralMps2 * Math.Max(4, leg) / (2 * Math.Tan(Math.Min(turn, 2.8) / 2)) * 2));
    }

    private Moment MomentAt(double at, double speed, ref int point)
    {
        while (point < _line.Count - 2 && _along[point + 1] < at)
            point++;
        var part = (at - _along[point]) / (_along[point + 1] - _along[point]);
        var (east, north) = _line[point].OffsetMetres(_line[point + 1]);
        return new Moment(
            _line[point].Moved(east * part, north * part), (float)speed, (float)_line[point].BearingDeg(_line[point + 1]),
            _isTunnel[point + 1]);
    }
}
