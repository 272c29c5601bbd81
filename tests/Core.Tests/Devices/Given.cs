using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Tests.Devices;

/// <summary>Fixes around one place, in metres and seconds, for tests that tell a story.</summary>
internal static class Given
{
    public static readonly DeviceId Device = new(7);
    public static readonly UtcMicros Start = UtcMicros.FromUnixSeconds(1_790_000_000);

    private static readonly GeoPoint Home = new(481_351_000, 115_819_000);

    /// <summary>A fix so many metres north of home.</summary>
    public static Fix At(double seconds, double northMetres, int? accuracyMm = null, int? speedMmps = null, AlarmKind alarm = AlarmKind.None) =>
        At(seconds, new GeoPoint(Home.LatitudeE7 + (int)Math.Round(northMetres / 0.01111950802), Home.LongitudeE7), accuracyMm, speedMmps, alarm);

    public static Fix At(double seconds, GeoPoint position, int? accuracyMm = null, int? speedMmps = null, AlarmKind alarm = AlarmKind.None, bool isInvalid = false) => new Fix
    {
        FixedAt = new UtcMicros(Start.Value + (long)(seconds * UtcMicros.PerSecond)), Position = position, AccuracyMm = accuracyMm,
        SpeedMmps = speedMmps, Alarm = alarm, IsDeclaredInvalid = isInvalid,
    }.Hashed();

    public static (DeviceFold Fold, FoldOutput Output) Folded(params IEnumerable<Fix> fixes)
    {
        var fold = new DeviceFold(Device);
        var output = new FoldOutput();
        foreach (var fix in fixes.OrderBy(f => f.Key))
            fold.Step(fix, output);
        return (fold, output);
    }

    /// <summary>One fix every so many seconds from one time to before another.</summary>
    public static IEnumerable<Fix> Every(double seconds, double from, double to, Func<double, Fix> fixAt)
    {
        for (var at = from; at < to; at += seconds)
            yield return fixAt(at);
    }
}
