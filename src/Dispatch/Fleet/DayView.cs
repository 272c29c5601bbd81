using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Map;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Fleet;

/// <param name="To">Null while it goes on.</param>
public sealed record DayEntry(bool IsTrip, DateTimeOffset From, DateTimeOffset? To, string Detail, double? LatitudeDeg, double? LongitudeDeg);

/// <summary>A unit's day as the detail shows it: figures, a timeline, and the track for the map.</summary>
public sealed record DayView(
    string Distance, int Trips, int Stops, string Driving, IReadOnlyList<DayEntry> Entries, Track Track, int Marked, int Quarantined)
{
    public bool IsEmpty => Track.UnixMs.Length == 0 && Entries.Count == 0;

    public static DayView Of(long unit, UnitDay day, bool withMarked, DateTimeOffset now, Formats formats)
    {
        var words = formats.Words;
        var believed = day.Track.Where(p => p.Mark is null).ToArray();
        var driving = day.Trips.Aggregate(TimeSpan.Zero, (sum, t) => sum + ((t.To ?? now) - t.From));
        DayEntry[] entries =
        [
            .. day.Trips.Select(t => new DayEntry(
                true, t.From, t.To, Joined(Lasted(t, now), t.DistanceM is { } metres ? formats.Distance(metres) : ""), t.LatitudeDeg, t.LongitudeDeg)),
            .. day.Stops.Select(s => new DayEntry(false, s.From, s.To, Lasted(s, now), s.LatitudeDeg, s.LongitudeDeg)),
        ];
        var track = new Track(
            unit, [.. believed.Select(p => (double)p.At.ToUnixTimeMilliseconds())], [.. believed.Select(p => E7(p.LatitudeDeg))],
            [.. believed.Select(p => E7(p.LongitudeDeg))], [.. believed.Select(p => (int?)(p.SpeedMps * 100))],
            [.. day.Stops.Where(s => s is { LatitudeDeg: not null, LongitudeDeg: not null }).Select(s => new TrackStop(
                E7(s.LatitudeDeg ?? 0), E7(s.LongitudeDeg ?? 0), s.From.ToUnixTimeMilliseconds(), (s.To ?? now).ToUnixTimeMilliseconds(),
                $"{words.Stop} {formats.Time(s.From)}, {Lasted(s, now)}"))],
            withMarked
                ? [.. day.Track.Where(p => p.Mark is not null).Select(p => new TrackMark(
                    E7(p.LatitudeDeg), E7(p.LongitudeDeg), p.At.ToUnixTimeMilliseconds(), $"{formats.Time(p.At)} {p.Mark}"))]
                : null);
        return new DayView(
            formats.Distance(day.DistanceM), day.Trips.Count, day.Stops.Count, Formats.Duration(driving), [.. entries.OrderByDescending(e => e.From)],
            track, day.Marked, day.Quarantined);
    }

    public Bounds? Bounds() => Track.UnixMs.Length == 0 ? null : new Bounds(
        Track.LatitudeE7.Min() / 1e7, Track.LongitudeE7.Min() / 1e7, Track.LatitudeE7.Max() / 1e7, Track.LongitudeE7.Max() / 1e7);

    private static string Lasted(DayStretch stretch, DateTimeOffset now) => Formats.Duration((stretch.To ?? now) - stretch.From);

    private static string Joined(string one, string other) => other.Length == 0 ? one : $"{one} · {other}";

    private static int E7(double degrees) => (int)Math.Round(degrees * 1e7);
}
