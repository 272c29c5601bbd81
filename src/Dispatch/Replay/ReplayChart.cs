using System.Globalization;
using System.Text;
using FieldCrm.Dispatch.Map;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Replay;

/// <param name="Fraction">0 … 1 of the span.</param>
/// <param name="IsMajor">Stays where there is little room.</param>
public sealed record ReplayTick(double Fraction, string Text, bool IsMajor);

/// <summary>What stands above the scrubber, as SVG paths in a box of <see cref="Width"/> × <see cref="Height"/>.</summary>
public static class ReplayChart
{
    public const int Width = 1000;
    public const int Height = 60;

    /// <summary>Steps of time that the map is asked for: two pixels each on a desk.</summary>
    public const int Steps = 500;

    private const int MostTicks = 9;
    private static readonly int[] HoursBetween = [1, 2, 3, 6, 12, 24];

    /// <summary>How many units moved, as an area; empty where none did.</summary>
    public static string Moving(ReplayCurves curves)
    {
        var top = MostMoving(curves);
        if (top == 0)
            return "";
        var path = new StringBuilder(FormattableString.Invariant($"M0 {Height}"));
        for (var i = 0; i < curves.Moving.Length; i++)
            path.Append('L').Append(X(i, curves.Moving.Length)).Append(' ').Append(Y(curves.Moving[i], top));
        return path.Append(CultureInfo.InvariantCulture, $"L{Width} {Height}Z").ToString();
    }

    public static int MostMoving(ReplayCurves curves) => curves.Moving.Length == 0 ? 0 : curves.Moving.Max();

    /// <summary>The greatest speed of all units in the chart, m/s; 1 where none is known.</summary>
    public static double TopMps(ReplayCurves curves) => curves.Units.SelectMany(u => u.SpeedCmps).Max() is { } top && top > 100 ? top / 100.0 : 1;

    /// <summary>One unit's speed, with a gap where none is known.</summary>
    public static string Speed(UnitCurve curve, double topMps)
    {
        var path = new StringBuilder();
        var isOpen = false;
        for (var i = 0; i < curve.SpeedCmps.Length; i++)
        {
            if (curve.SpeedCmps[i] is not { } speed)
            {
                isOpen = false;
                continue;
            }
            path.Append(isOpen ? 'L' : 'M').Append(X(i, curve.SpeedCmps.Length)).Append(' ').Append(Y(speed / 100.0, topMps));
            isOpen = true;
        }
        return path.ToString();
    }

    /// <summary>Full hours of the reader's clock, as many as can be read.</summary>
    public static IReadOnlyList<ReplayTick> Ticks(ReplaySpan span, Formats formats)
    {
        var hours = (span.To - span.From).TotalHours;
        var between = HoursBetween.FirstOrDefault(h => hours / h <= MostTicks, HoursBetween[^1]);
        var ticks = new List<ReplayTick>();
        // Quarters, since there are zones that are not whole hours from UTC.
        const long quarter = TimeSpan.TicksPerMinute * 15;
        for (var at = span.From.AddTicks((quarter - span.From.UtcTicks % quarter) % quarter); at < span.To; at = at.AddTicks(quarter))
        {
            var local = formats.Local(at);
            if (local.Minute == 0 && local.Hour % between == 0)
                ticks.Add(new ReplayTick(span.FractionOf(at.ToUnixTimeMilliseconds()), formats.Time(at), local.Hour % (between * 2) == 0));
        }
        return ticks;
    }

    private static string X(int step, int steps) => (Width * (step + 0.5) / steps).ToString("0.#", CultureInfo.InvariantCulture);

    private static string Y(double value, double top) => (Height - value / top * (Height - 3)).ToString("0.#", CultureInfo.InvariantCulture);
}
