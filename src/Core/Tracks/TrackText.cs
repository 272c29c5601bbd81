using System.Globalization;
using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Tracks;

/// <summary>How the parts of a fix are written as text, the same in every format.</summary>
public static class TrackText
{
    /// <summary>ISO 8601 in UTC with as many decimals as the time has: none, three or six.</summary>
    public static string Time(UtcMicros time) => time.ToDateTimeOffset().UtcDateTime.ToString(
        time.Value % UtcMicros.PerSecond == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'"
        : time.Value % UtcMicros.PerMillisecond == 0 ? "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"
        : "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Exact, without trailing zeros.</summary>
    public static decimal Degrees(int e7) => e7 / 10_000_000m;

    public static decimal? Metres(int? mm) => mm / 1_000m;

    public static decimal? DegreesOfHeading(int? cdeg) => cdeg / 100m;

    public static decimal? Percent(int? permille) => permille / 10m;

    public static string Number(decimal value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The alarm's name as clients see it (<c>powerCut</c>); null for none.</summary>
    public static string? Name(AlarmKind alarm) => alarm switch
    {
        AlarmKind.None => null,
        AlarmKind.Sos => "sos",
        AlarmKind.Crash => "crash",
        AlarmKind.Fall => "fall",
        AlarmKind.Tow => "tow",
        AlarmKind.Tamper => "tamper",
        AlarmKind.PowerCut => "powerCut",
        AlarmKind.LowBattery => "lowBattery",
        AlarmKind.Overspeed => "overspeed",
        AlarmKind.HarshDriving => "harshDriving",
        AlarmKind.Movement => "movement",
        _ => "other",
    };

    /// <summary>The alarm of a name as <see cref="Name(AlarmKind)"/> gives it; null for a name nobody knows.</summary>
    public static AlarmKind? AlarmOf(string name)
    {
        for (var kind = AlarmKind.Other; kind <= AlarmKind.Movement; kind++)
        {
            if (name == Name(kind))
                return kind;
        }
        return null;
    }

    /// <summary>The mark's name as clients see it (<c>nullIsland</c>); null for none.</summary>
    public static string? Name(FixMark mark) => mark switch
    {
        FixMark.None => null,
        FixMark.DeclaredInvalid => "declaredInvalid",
        FixMark.NullIsland => "nullIsland",
        FixMark.Teleport => "teleport",
        FixMark.BeyondWindow => "beyondWindow",
        _ => "unknown",
    };
}
