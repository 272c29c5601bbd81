using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Map;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Fleet;

public enum DayEntryKind
{
    Trip,
    Stop,
    Alarm,
}

/// <param name="To">Null while it goes on, and of an alarm.</param>
public sealed record DayEntry(DayEntryKind Kind, DateTimeOffset From, DateTimeOffset? To, string Detail, double? LatitudeDeg, double? LongitudeDeg);

/// <summary>Positions that are doubted, fetched when somebody asks for them.</summary>
/// <param name="AreAll">False where there are more than are shown.</param>
public sealed record DoubtedFixes(IReadOnlyList<MarkedFix> Marked, IReadOnlyList<QuarantinedFix> Quarantined, bool AreAll);

/// <summary>A unit's day as the detail shows it: figures, a timeline, and the track for the map.</summary>
/// <param name="ClockSkew">The server's clock minus the device's; null before it is known.</param>
public sealed record DayView(
    string Distance, int Trips, int Stops, string Driving, string? TopSpeed, IReadOnlyList<DayEntry> Entries, Track Track, int Marked,
    int Quarantined, TimeSpan? ClockSkew, bool IsCut)
{
    public bool IsEmpty => Track.UnixMs.Length == 0 && Entries.Count == 0;

    /// <param name="start">Of the day; what began before or goes on after it counts for what lies within.</param>
    public static DayView Of(long unit, UnitDay day, DateTimeOffset start, DateTimeOffset end, DoubtedFixes? doubted, DateTimeOffset now, Formats formats)
    {
        var driving = day.Trips.Aggregate(TimeSpan.Zero, (sum, t) => sum + Within(t, start, end, now));
        DayEntry[] entries =
        [
            .. day.Trips.Select(t => new DayEntry(
                DayEntryKind.Trip, t.From, t.To, Joined(Lasted(t, now), t.DistanceM is { } metres ? formats.Distance(metres) : ""), t.LatitudeDeg, t.LongitudeDeg)),
            .. day.Stops.Select(s => new DayEntry(DayEntryKind.Stop, s.From, s.To, Lasted(s, now), s.LatitudeDeg, s.LongitudeDeg)),
            .. day.Alarms.Select(a => new DayEntry(DayEntryKind.Alarm, a.At, null, Codes.Alarm(a.Kind, formats.Words), a.LatitudeDeg, a.LongitudeDeg)),
        ];
        return new DayView(
            formats.Distance(day.DistanceM), day.Trips.Count, day.Stops.Count, Formats.Duration(driving),
            day.MaxSpeedMps is { } top ? formats.Speed(top) : null, [.. entries.OrderByDescending(e => e.From)],
            TrackOf(unit, day, doubted, now, formats), day.Marked, day.Quarantined,
            day.ClockSkewMs is { } skew ? TimeSpan.FromMilliseconds(skew) : null, day.IsCut);
    }

    public Bounds? Bounds() => Track.UnixMs.Length == 0 ? null : new Bounds(
        Track.LatitudeE7.Min() / 1e7, Track.LongitudeE7.Min() / 1e7, Track.LatitudeE7.Max() / 1e7, Track.LongitudeE7.Max() / 1e7);

    private static Track TrackOf(long unit, UnitDay day, DoubtedFixes? doubted, DateTimeOffset now, Formats formats) => new(
        unit, [.. day.Track.Select(p => (double)p.At.ToUnixTimeMilliseconds())], [.. day.Track.Select(p => E7(p.LatitudeDeg))],
        [.. day.Track.Select(p => E7(p.LongitudeDeg))], [.. day.Track.Select(p => (int?)(p.SpeedMps * 100))],
        [.. day.Stops.Where(s => s is { LatitudeDeg: not null, LongitudeDeg: not null }).Select(s => new TrackStop(
            E7(s.LatitudeDeg ?? 0), E7(s.LongitudeDeg ?? 0), s.From.ToUnixTimeMilliseconds(), (s.To ?? now).ToUnixTimeMilliseconds(),
            $"{formats.Words.Stop} {formats.Time(s.From)}, {Lasted(s, now)}"))],
        doubted is null
            ? null
            : [.. doubted.Marked.Select(p => new TrackMark(
                E7(p.LatitudeDeg), E7(p.LongitudeDeg), p.FixedAt.ToUnixTimeMilliseconds(), $"{formats.Time(p.FixedAt)} {Codes.Mark(p.Mark, formats.Words)}"))]);

    private static TimeSpan Within(DayStretch stretch, DateTimeOffset start, DateTimeOffset end, DateTimeOffset now)
    {
        var from = stretch.From > start ? stretch.From : start;
        var to = (stretch.To ?? now) < end ? stretch.To ?? now : end;
        return to > from ? to - from : TimeSpan.Zero;
    }

    private static string Lasted(DayStretch stretch, DateTimeOffset now) => Formats.Duration((stretch.To ?? now) - stretch.From);

    private static string Joined(string one, string other) => other.Length == 0 ? one : $"{one} · {other}";

    private static int E7(double degrees) => (int)Math.Round(degrees * 1e7);
}
