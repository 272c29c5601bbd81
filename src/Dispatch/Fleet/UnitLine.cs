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
/// <param name="What">What it is and whether it is free; what nobody said is left out.</param>
public sealed record UnitLine(
    long Number, string Name, string What, int Kind, int Availability, string AvailabilityText, string? Note, int Motion, string MotionText, string Age,
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
        live = Newer(unit, live);
        var motion = live?.Motion ?? Codes.MotionOf(unit.Motion);
        var fixedAt = live?.FixedAt ?? unit.Position?.FixedAt;
        var speed = live is not null ? live.SpeedMps : unit.Position?.SpeedMps;
        var freshness = FreshnessOf(fixedAt, now);
        var lost = live?.SignalLost ?? unit.SignalLost;
        return new UnitLine(
            unit.Number, unit.Name, What(), Codes.KindOf(unit.Kind), availability, Codes.Availability(availability, words), Note(), motion,
            MotionTextOf(), fixedAt is { } at ? formats.Age(now - at) : words.NeverHeard, freshness, lost, live?.HasAlarm ?? unit.OpenAlarms > 0);

        string? Note() => availability == said ? unit.AvailabilityNote : null;

        string What()
        {
            var kind = Codes.Kind(Codes.KindOf(unit.Kind), words);
            var known = availability == 0 ? kind : $"{kind} · {Codes.Availability(availability, words)}";
            return Note() is { Length: > 0 } note ? $"{known} · {note}" : known;
        }

        string MotionTextOf()
        {
            if (fixedAt is null)
                return "";
            if (lost)
                return words.SignalLost;
            // An old speed is no speed: a stale unit only says what it was doing. A new device's motion is not decided yet, its speed is known.
            return motion <= 1 && speed is { } metres && freshness < Freshness.Stale ? formats.Speed(metres) : Codes.Motion(motion, words);
        }
    }

    /// <summary>What the map knows, unless the directory knows something newer.</summary>
    public static LiveUnit? Newer(Unit unit, LiveUnit? live) => live is not null && unit.Position?.FixedAt > live.FixedAt ? null : live;

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
            unit.Number, unit.Name, Codes.Kind(kind, words), kind, Availability: 0, Codes.Kind(kind, words), Note: null, motion, text,
            row is null ? words.NotSeenYet : formats.Age(at - row.FixedAt), freshness, SignalLost: false, HasAlarm: false);
    }

    public static Freshness FreshnessOf(DateTimeOffset? fixedAt, DateTimeOffset now)
    {
        if (fixedAt is not { } at)
            return Freshness.Never;
        var age = now - at;
        return age >= StaleAfter ? Freshness.Stale : age >= FadesAfter ? Freshness.Aging : Freshness.Fresh;
    }
}
