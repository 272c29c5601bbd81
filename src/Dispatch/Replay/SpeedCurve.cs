using System.Globalization;
using System.Text;
using FieldCrm.Dispatch.Map;

namespace FieldCrm.Dispatch.Replay;

/// <summary>A track's speed over a span as an SVG path in a box of <see cref="Width"/> × <see cref="Height"/>.</summary>
public static class SpeedCurve
{
    public const int Width = 1000;
    public const int Height = 60;

    // A longer silence is a gap, not a slope.
    private const double GapMs = 5 * 60_000;

    public static (string Path, double TopMps) Of(Track track, ReplaySpan span)
    {
        var top = 1.0;
        foreach (var speed in track.SpeedCmps)
            top = Math.Max(top, (speed ?? 0) / 100.0);
        var path = new StringBuilder();
        var before = double.NegativeInfinity;
        // One point a pixel is enough.
        var lastX = -1;
        for (var i = 0; i < track.UnixMs.Length; i++)
        {
            var at = track.UnixMs[i];
            if (at < span.FromUnixMs || at >= span.ToUnixMs || track.SpeedCmps[i] is not { } speed)
                continue;
            var x = (int)Math.Round(span.FractionOf(at) * Width);
            if (x == lastX && at - before <= GapMs)
                continue;
            var y = Height - speed / 100.0 / top * (Height - 2);
            path.Append(at - before > GapMs ? 'M' : 'L').Append(x).Append(' ').Append(y.ToString("0.#", CultureInfo.InvariantCulture));
            (before, lastX) = (at, x);
        }
        return (path.ToString(), top);
    }
}
