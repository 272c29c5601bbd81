using System.Globalization;
using System.Text;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Tracks;

namespace FieldCrm.Hub.Pages;

/// <param name="IsOutside">Far beyond the picture: drawn at its edge.</param>
public readonly record struct DrawnPoint(string X, string Y, bool IsOutside = false);

/// <summary>A length on the ground that fits the picture: 1, 2 or 5 times a power of ten metres.</summary>
public sealed record ScaleBar(string Label, string Length);

/// <summary>A day's track as a picture in Web Mercator, north up: what an SVG needs and nothing of how it looks.</summary>
public sealed class TrackDrawing
{
    public const int Width = 960;
    public const int Height = 540;

    private const int Margin = 48;
    private const double EarthCircumferenceM = 40_075_016.686;

    // A device that stood all day: not one pixel of noise blown up to the whole picture.
    private const double LeastWidthM = 200;

    private const double LongestBar = 200;

    private const double MaxLatitudeRadians = 85.05112878 * Math.PI / 180;

    private readonly double _left;
    private readonly double _top;
    private readonly double _pixelsPerWorld;
    private readonly double _aroundX;

    private TrackDrawing(IReadOnlyList<TrackFix> fixes)
    {
        var believed = fixes.Where(f => !f.IsImplausible).Select(f => f.Fix.Position).ToArray();
        _aroundX = WorldX(believed[0]);
        double west = double.MaxValue, east = double.MinValue, north = double.MaxValue, south = double.MinValue;
        foreach (var point in believed)
        {
            var (x, y) = World(point);
            (west, east, north, south) = (Math.Min(west, x), Math.Max(east, x), Math.Min(north, y), Math.Max(south, y));
        }
        var metresPerWorld = EarthCircumferenceM * Math.Cos(LatitudeAt((north + south) / 2));
        var least = LeastWidthM / metresPerWorld;
        _pixelsPerWorld = Math.Min(
            (Width - 2 * Margin) / Math.Max(east - west, least), (Height - 2 * Margin) / Math.Max(south - north, least * Height / Width));
        _left = (west + east) / 2 - Width / 2.0 / _pixelsPerWorld;
        _top = (north + south) / 2 - Height / 2.0 / _pixelsPerWorld;
        Scale = ScaleFor(metresPerWorld / _pixelsPerWorld);
        Draw(fixes);
    }

    /// <summary>SVG path data: one line for each stretch without a gap.</summary>
    public string Lines { get; private set; } = "";

    /// <summary>SVG path data: across the gaps, where nobody knows the way.</summary>
    public string Gaps { get; private set; } = "";

    public DrawnPoint Start { get; private set; }

    public DrawnPoint End { get; private set; }

    public ScaleBar Scale { get; }

    public IReadOnlyList<(DrawnPoint At, TrackFix Fix)> Marked { get; private set; } = [];

    /// <summary>Null when the day has no fix that is believed.</summary>
    public static TrackDrawing? Of(IReadOnlyList<TrackFix> fixes) =>
        fixes.Any(f => !f.IsImplausible) ? new TrackDrawing(fixes) : null;

    /// <summary>Where a position lies on this picture; at its edge when it is not on it.</summary>
    public DrawnPoint At(GeoPoint point)
    {
        var (x, y) = Pixel(point);
        var isOutside = x is < 0 or > Width || y is < 0 or > Height;
        return new DrawnPoint(Text(Math.Clamp(x, 12, Width - 12)), Text(Math.Clamp(y, 12, Height - 12)), isOutside);
    }

    private void Draw(IReadOnlyList<TrackFix> fixes)
    {
        var lines = new StringBuilder();
        var gaps = new StringBuilder();
        var marked = new List<(DrawnPoint, TrackFix)>();
        TrackFix? before = null;
        foreach (var fix in Simplified(fixes))
        {
            if (fix.IsImplausible)
            {
                marked.Add((At(fix.Fix.Position), fix));
                continue;
            }
            var here = Pair(fix);
            if (before is not { } previous)
                lines.Append('M').Append(here);
            else if (fix.Fix.FixedAt.Value - previous.Fix.FixedAt.Value <= FoldLimits.GapMicros)
                lines.Append('L').Append(here);
            else
            {
                gaps.Append('M').Append(Pair(previous)).Append('L').Append(here);
                lines.Append('M').Append(here);
            }
            if (before is null)
                Start = At(fix.Fix.Position);
            End = At(fix.Fix.Position);
            before = fix;
        }
        (Lines, Gaps, Marked) = (lines.ToString(), gaps.ToString(), marked);
    }

    // Half a pixel is what a reader cannot see; the map's zoom just above this picture's scale is that fine.
    private List<TrackFix> Simplified(IReadOnlyList<TrackFix> fixes)
    {
        var zoom = (int)Math.Clamp(Math.Ceiling(Math.Log2(_pixelsPerWorld / 512)), 0, TrackSimplifier.MaxZoom);
        var simplifier = new TrackSimplifier(zoom);
        var kept = new List<TrackFix>();
        foreach (var fix in fixes)
            simplifier.Add(fix, kept);
        simplifier.Finish(kept);
        return kept;
    }

    private static ScaleBar ScaleFor(double metresPerPixel)
    {
        var longest = LongestBar * metresPerPixel;
        var power = Math.Pow(10, Math.Floor(Math.Log10(longest)));
        var metres = (longest / power) switch { >= 5 => 5 * power, >= 2 => 2 * power, _ => power };
        var label = metres >= 1_000 ? Wording.Number($"{metres / 1_000:0} km") : Wording.Number($"{metres:0} m");
        return new ScaleBar(label, Text(metres / metresPerPixel));
    }

    private string Pair(in TrackFix fix)
    {
        var (x, y) = Pixel(fix.Fix.Position);
        return $"{Text(x)} {Text(y)}";
    }

    private (double X, double Y) Pixel(GeoPoint point)
    {
        var (x, y) = World(point);
        return ((x - _left) * _pixelsPerWorld, (y - _top) * _pixelsPerWorld);
    }

    // A day over the antimeridian stays in one piece around where it began.
    private (double X, double Y) World(GeoPoint point)
    {
        var x = WorldX(point);
        var latitude = Math.Clamp(point.LatitudeDeg * Math.PI / 180, -MaxLatitudeRadians, MaxLatitudeRadians);
        return (x + Math.Round(_aroundX - x), 0.5 - Math.Log(Math.Tan(Math.PI / 4 + latitude / 2)) / (2 * Math.PI));
    }

    private static double WorldX(GeoPoint point) => (point.LongitudeDeg + 180) / 360;

    private static double LatitudeAt(double worldY) => 2 * Math.Atan(Math.Exp((0.5 - worldY) * 2 * Math.PI)) - Math.PI / 2;

    private static string Text(double pixels) => pixels.ToString("0.#", CultureInfo.InvariantCulture);
}
