using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Tests.Devices;

/// <summary>
/// Motion as the oracle sees it: the believed track is cut into threads (at jumps and at silences that end
/// elsewhere), and a thread alternates between standing and travelling, each found by looking ahead.
/// </summary>
internal sealed class NaiveMotion(NaiveOracle oracle)
{
    private enum Ending { Data, Gap, Change }

    private NaiveOracle.Believed[] _points = [];

    public MotionState State { get; private set; }
    public long Distance { get; private set; }
    public int Circle { get; private set; } = -1;
    public int LastSeen { get; private set; } = -1;
    public int LastStill { get; private set; } = -1;
    public int LeftAt { get; private set; } = -1;
    public int Leaving { get; private set; }
    public GeoPoint MeasuredFrom { get; private set; }
    public long Pending { get; private set; }
    public int TripStart { get; private set; } = -1;
    public long TripBase { get; private set; }

    public void Run()
    {
        // A jump cuts even where the fixes themselves are too poor to look at.
        var runs = new List<(int CutAt, List<NaiveOracle.Believed> Points)> { (-1, []) };
        foreach (var point in oracle.Track)
        {
            if (point.IsAfterJump)
                runs.Add((point.EmittedAt, []));
            if (!(oracle.Fixes[point.Index].AccuracyMm > 200_000))
                runs[^1].Points.Add(point);
        }
        foreach (var (cutAt, points) in runs)
        {
            if (cutAt >= 0)
                Cut(cutAt, "3");
            _points = [.. points];
            for (var at = 0; at < _points.Length;)
            {
                at = Thread(at);
                if (at < _points.Length)
                    Cut(_points[at].EmittedAt, "2");
            }
        }
    }

    private int Fix(int point) => _points[point].Index;

    private GeoPoint Place(int index) => oracle.Fixes[index].Position;

    private decimal Seconds(int from, int to) => oracle.SecondsBetween(from, to);

    private bool IsOutside(int circle, int index) =>
        GeoDistance.Mm(Place(circle), Place(index)) / 1000m > 50 + (oracle.Fixes[index].AccuracyMm ?? 0) / 1000m;

    private bool IsAway(int circle, int index) => IsOutside(circle, index) || oracle.Fixes[index].SpeedMmps >= 3_000;

    private bool IsGap(int point) => Seconds(Fix(point - 1), Fix(point)) > 15 * 60;

    // From a first point to where the thread is lost or the data ends; returns the point that begins the next.
    private int Thread(int at)
    {
        Circle = LastStill = LastSeen = Fix(at);
        MeasuredFrom = Place(Circle);
        State = MotionState.Unknown;
        var next = at + 1;
        while (true)
        {
            var ending = Stand(ref next);
            if (ending == Ending.Change)
                ending = Travel(ref next);
            if (ending != Ending.Change)
                return next;
        }
    }

    private Ending Stand(ref int next)
    {
        while (next < _points.Length)
        {
            var index = Fix(next);
            if (!IsAway(Circle, index))
            {
                RestAt(next++);
                continue;
            }
            var end = next;
            var isGone = false;
            while (end < _points.Length && IsAway(Circle, Fix(end)) && !IsGap(end) && !isGone)
            {
                end++;
                isGone = end - next >= 3 || (end - next == 2 && IsOutside(Circle, Fix(end - 1)));
            }
            var covered = Legs(next, end);
            if (end > next)
                LastSeen = Fix(end - 1);
            if (isGone)
            {
                SetOff(Fix(next), _points[end - 1].EmittedAt);
                Distance += covered;
                Circle = Fix(end - 1);
                next = end;
                return Ending.Change;
            }
            var isLost = end < _points.Length && IsAway(Circle, Fix(end));
            (Leaving, LeftAt, Pending) = (end - next, end > next ? Fix(next) : -1, covered);
            next = end;
            if (isLost)
                return Ending.Gap;
            if (end < _points.Length)
                (Leaving, LeftAt, Pending) = (0, -1, 0); // it came back
        }
        return Ending.Data;
    }

    private void RestAt(int point)
    {
        LastStill = LastSeen = Fix(point);
        MeasuredFrom = Place(LastStill);
        var rested = Seconds(Circle, LastStill);
        if (State == MotionState.Unknown && rested >= 60)
            Become(MotionState.Idle, NetEventKind.Idled, point);
        if (State == MotionState.Idle && rested >= 300)
        {
            Become(MotionState.Stopped, NetEventKind.Stopped, point);
            EndTrip(Circle, _points[point].EmittedAt, "1");
        }
    }

    private void Become(MotionState state, NetEventKind kind, int point)
    {
        State = state;
        oracle.Emit(kind, Circle, _points[point].EmittedAt,
            $"{{\"sinceMicros\":{oracle.Fixes[Circle].FixedAt.Value},{Coordinates("l", Circle)}}}");
    }

    private void SetOff(int first, int emittedAt)
    {
        State = MotionState.Moving;
        if (TripStart >= 0)
            return;
        TripStart = Seconds(LastStill, first) <= 300 ? LastStill : first;
        TripBase = Distance;
        oracle.Emit(NetEventKind.TripStarted, TripStart, emittedAt,
            $"{{\"startedAtMicros\":{oracle.Fixes[TripStart].FixedAt.Value},{Coordinates("l", TripStart)}}}");
    }

    // Hops from circle to circle: each ends with the next fix that is away, unless it has become a rest before.
    private Ending Travel(ref int next)
    {
        while (next < _points.Length)
        {
            var end = next;
            while (end < _points.Length && !IsAway(Circle, Fix(end)) && Seconds(Circle, Fix(end)) < 60)
                end++;
            if (end < _points.Length && !IsAway(Circle, Fix(end)))
            {
                State = MotionState.Unknown; // RestAt makes it idle
                next = end + 1;
                RestAt(end);
                return Ending.Change;
            }
            if (end > next)
                LastSeen = Fix(end - 1);
            if (end == _points.Length || IsGap(end))
            {
                Pending = Legs(next, end);
                next = end;
                return end == _points.Length ? Ending.Data : Ending.Gap;
            }
            Distance += Legs(next, end + 1);
            Circle = LastSeen = Fix(end);
            next = end + 1;
        }
        return Ending.Data;
    }

    // Ground covered from one point to before another, without what may be noise.
    private long Legs(int from, int to)
    {
        var sum = 0L;
        for (var point = from; point < to; point++)
        {
            var leg = GeoDistance.Mm(MeasuredFrom, Place(Fix(point)));
            if (leg < Math.Min(50_000, Math.Max(10_000, oracle.Fixes[Fix(point)].AccuracyMm ?? 0)))
                continue;
            sum += leg;
            MeasuredFrom = Place(Fix(point));
        }
        return sum;
    }

    private void Cut(int emittedAt, string reason)
    {
        if (State == MotionState.Moving)
            Distance += Pending;
        EndTrip(State == MotionState.Moving ? LastSeen : Circle, emittedAt, reason);
        State = MotionState.Unknown;
        Circle = LastSeen = LastStill = LeftAt = -1;
        Leaving = 0;
        Pending = 0;
    }

    private void EndTrip(int end, int emittedAt, string reason)
    {
        if (TripStart < 0)
            return;
        var (start, finish) = (oracle.Fixes[TripStart], oracle.Fixes[end]);
        oracle.Emit(NetEventKind.TripEnded, TripStart, emittedAt,
            $"{{\"startedAtMicros\":{start.FixedAt.Value},{Coordinates("startL", TripStart)},"
            + $"\"endedAtMicros\":{finish.FixedAt.Value},{Coordinates("endL", end)},"
            + $"\"distanceMm\":{Distance - TripBase},\"durationMs\":{Math.Floor(Seconds(TripStart, end) * 1000)},"
            + $"\"endedBy\":{reason}}}");
        TripStart = -1;
        TripBase = 0;
    }

    private string Coordinates(string l, int index) =>
        $"\"{l}atitudeE7\":{Place(index).LatitudeE7},\"{l}ongitudeE7\":{Place(index).LongitudeE7}";
}
