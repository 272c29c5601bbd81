using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Fleet;

/// <summary>How fresh a position is; the map fades by the same limits (src/Map/units/appearance.ts).</summary>
public enum Freshness
{
    Fresh,
    Aging,
    Stale,
    Never,
}

/// <summary>A unit as a row shows it: the directory's row, overtaken by what the map knows that is newer.</summary>
public sealed record UnitLine(
    long Number, string Name, int Kind, int Availability, string AvailabilityText, string? Note, int Motion, string MotionText, string Age,
    Freshness Freshness, bool SignalLost, bool HasAlarm)
{
    private static readonly TimeSpan FadesAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(120);

    public static UnitLine Of(Unit unit, LiveUnit? live, DateTimeOffset now, Formats formats)
    {
        var words = formats.Words;
        // What was said after the picture that the map has is not in it yet.
        var isSaidSince = live is null || unit.AvailabilityChangedAt > live.SeenAt;
        var said = Codes.AvailabilityOf(unit.Availability);
        var availability = isSaidSince ? said : live?.Availability ?? said;
        if (live is not null && unit.Position is { } known && known.FixedAt > live.FixedAt)
            live = null;
        var motion = live?.Motion ?? Codes.MotionOf(unit.Motion);
        var fixedAt = live?.FixedAt ?? unit.Position?.FixedAt;
        var speed = live is not null ? live.SpeedMps : unit.Position?.SpeedMps;
        var freshness = FreshnessOf(fixedAt, now);
        var lost = live?.SignalLost ?? unit.SignalLost;
        return new UnitLine(
            unit.Number, unit.Name, Codes.KindOf(unit.Kind), availability, Codes.Availability(availability, words), availability == said ? unit.AvailabilityNote : null, motion,
            MotionTextOf(), fixedAt is { } at ? Formats.Duration(now - at) : words.NeverHeard, freshness, lost, live?.HasAlarm ?? unit.OpenAlarms > 0);

        string MotionTextOf()
        {
            if (fixedAt is null)
                return "";
            if (lost)
                return words.SignalLost;
            // An old speed is no speed: a stale unit only says what it was doing.
            return motion == 1 && speed is { } metres && freshness < Freshness.Stale ? formats.Speed(metres) : Codes.Motion(motion, words);
        }
    }

    /// <summary>The same at a moment of a replay, which knows where units were and nothing of their availability.</summary>
    /// <param name="row">Null where it had not been seen by then.</param>
    public static UnitLine Then(Unit unit, LiveUnit? row, DateTimeOffset at, Formats formats)
    {
        var words = formats.Words;
        var kind = Codes.KindOf(unit.Kind);
        var freshness = FreshnessOf(row?.FixedAt, at);
        var motion = row?.Motion ?? 0;
        var text = row is null ? "" : motion == 1 && row.SpeedMps is { } metres && freshness < Freshness.Stale ? formats.Speed(metres) : Codes.Motion(motion, words);
        return new UnitLine(
            unit.Number, unit.Name, kind, Availability: 0, Codes.Kind(kind, words), Note: null, motion, text,
            row is null ? words.NotSeenYet : Formats.Duration(at - row.FixedAt), freshness, SignalLost: false, HasAlarm: false);
    }

    public static Freshness FreshnessOf(DateTimeOffset? fixedAt, DateTimeOffset now)
    {
        if (fixedAt is not { } at)
            return Freshness.Never;
        var age = now - at;
        return age >= StaleAfter ? Freshness.Stale : age >= FadesAfter ? Freshness.Aging : Freshness.Fresh;
    }
}
