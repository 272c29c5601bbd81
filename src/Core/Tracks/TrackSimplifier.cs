using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Tracks;

/// <summary>
/// Leaves out the fixes that a map at one zoom level would not show: Ramer–Douglas–Peucker in Web Mercator pixels, chunk
/// by chunk, so that memory does not grow with the track. First and last fix, both ends of every stand and of every gap,
/// alarms and marked fixes are always kept.
/// </summary>
/// <remarks>
/// The tolerance is half a pixel of the map's 512-pixel tiles: what is left out lies closer to the drawn line than the
/// eye tells apart; at zoom 22 that is 9 mm, less than a position's last digit.
/// </remarks>
public sealed class TrackSimplifier
{
    public const int MaxZoom = 22;

    /// <summary>Fixes held at a time; a chunk's ends are kept, so 86,400 fixes of a day keep 43 more than they must.</summary>
    public const int ChunkFixes = 2_048;

    private const double TolerancePixels = 0.5;
    private const double TilePixels = 512;

    // Web Mercator ends where its square does; positions beyond are drawn at its edge.
    private const double MaxLatitudeRadians = 85.05112878 * Math.PI / 180;

    private readonly double _pixelsPerWorld;
    private readonly List<TrackFix> _chunk = new(ChunkFixes);
    private readonly List<bool> _kept = new(ChunkFixes);
    private readonly List<(double X, double Y)> _pixels = new(ChunkFixes);
    private double _unwrappedX;
    private GeoPoint _restPosition;
    private UtcMicros _restSince;
    private int _restIndex;

    /// <param name="zoom">0 … 22, as in the map.</param>
    public TrackSimplifier(int zoom)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(zoom is >= 0 and <= MaxZoom, true);
        _pixelsPerWorld = TilePixels * Math.Pow(2, zoom);
    }

    /// <summary>Takes the next fix in order; appends to <paramref name="output"/> what is certain to be drawn.</summary>
    public void Add(in TrackFix fix, List<TrackFix> output)
    {
        var isForced = fix.Mark != FixMark.None || fix.Fix.Alarm != AlarmKind.None;
        if (_chunk.Count > 0 && IsGap(_chunk[^1], fix))
        {
            _kept[^1] = true;
            isForced = true;
        }
        FollowRest(fix);
        _chunk.Add(fix);
        _kept.Add(isForced);
        _pixels.Add(Project(fix.Fix.Position));
        if (_chunk.Count == ChunkFixes)
        {
            _kept[_restIndex] = true; // a stand may have begun here
            Drain(output, keepsLast: true);
            _restIndex = 0; // where a stand that goes on is still known to begin no later
        }
    }

    /// <summary>The rest, with the track's last fix.</summary>
    public void Finish(List<TrackFix> output)
    {
        KeepRest();
        Drain(output, keepsLast: false);
    }

    private static bool IsGap(in TrackFix from, in TrackFix to) =>
        to.Fix.FixedAt.Value - from.Fix.FixedAt.Value > FoldLimits.GapMicros;

    // A stand is a stretch within the fold's circle that lasts the fold's five minutes; its end shows with the next fix.
    private void FollowRest(in TrackFix fix)
    {
        if (_chunk.Count > 0 && GeoDistance.Mm(_restPosition, fix.Fix.Position) <= FoldLimits.CircleMm)
            return;
        KeepRest();
        _restPosition = fix.Fix.Position;
        _restSince = fix.Fix.FixedAt;
        _restIndex = _chunk.Count;
    }

    private void KeepRest()
    {
        if (_chunk.Count > 0 && _chunk[^1].Fix.FixedAt.Value - _restSince.Value >= FoldLimits.StoppedAfterMicros)
            _kept[_restIndex] = _kept[^1] = true;
    }

    // The last fix of a full chunk stays as the first of the next one, not yet given out.
    private void Drain(List<TrackFix> output, bool keepsLast)
    {
        if (_chunk.Count == 0)
            return;
        _kept[0] = _kept[^1] = true;
        var from = 0;
        for (var to = 1; to < _chunk.Count; to++)
        {
            if (!_kept[to])
                continue;
            Simplify(from, to);
            from = to;
        }
        var given = keepsLast ? _chunk.Count - 1 : _chunk.Count;
        for (var i = 0; i < given; i++)
        {
            if (_kept[i])
                output.Add(_chunk[i]);
        }
        _chunk.RemoveRange(0, given);
        _kept.RemoveRange(0, given);
        _pixels.RemoveRange(0, given);
    }

    // Without recursion: a chunk may be as deep as it is long.
    private void Simplify(int first, int last)
    {
        var open = new Stack<(int First, int Last)>();
        open.Push((first, last));
        while (open.TryPop(out var span))
        {
            var farthest = -1;
            var farthestSquare = TolerancePixels * TolerancePixels;
            for (var i = span.First + 1; i < span.Last; i++)
            {
                var square = SquareToSegment(_pixels[i], _pixels[span.First], _pixels[span.Last]);
                if (square > farthestSquare)
                    (farthest, farthestSquare) = (i, square);
            }
            if (farthest < 0)
                continue;
            _kept[farthest] = true;
            open.Push((span.First, farthest));
            open.Push((farthest, span.Last));
        }
    }

    private static double SquareToSegment((double X, double Y) point, (double X, double Y) from, (double X, double Y) to)
    {
        double dx = to.X - from.X, dy = to.Y - from.Y;
        var length = dx * dx + dy * dy;
        var along = length == 0 ? 0 : Math.Clamp(((point.X - from.X) * dx + (point.Y - from.Y) * dy) / length, 0, 1);
        double x = point.X - from.X - along * dx, y = point.Y - from.Y - along * dy;
        return x * x + y * y;
    }

    // A step over the antimeridian goes on in the same direction instead of once around the world.
    private (double X, double Y) Project(GeoPoint point)
    {
        var x = (point.LongitudeDeg + 180) / 360;
        x += Math.Round(_unwrappedX - x);
        _unwrappedX = x;
        var latitude = Math.Clamp(point.LatitudeDeg * Math.PI / 180, -MaxLatitudeRadians, MaxLatitudeRadians);
        var y = 0.5 - Math.Log(Math.Tan(Math.PI / 4 + latitude / 2)) / (2 * Math.PI);
        return (x * _pixelsPerWorld, y * _pixelsPerWorld);
    }
}
