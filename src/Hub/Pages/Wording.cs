using System.Globalization;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Hub.Pages;

/// <summary>How values read on the pages: invariant numbers, km/h, km and UTC. "–" where nothing was reported.</summary>
internal static class Wording
{
    public const string Nothing = "–";

    /// <summary>Rounded down to the unit that matters: "just now", "42 s ago", "3 min ago", "5 h ago", "2 days ago".</summary>
    public static string Age(TimeSpan age) => age < TimeSpan.FromSeconds(5) ? "just now" : $"{Span(age)} ago";

    public static string Span(TimeSpan span) => span switch
    {
        { TotalMinutes: < 1 } => Number($"{(int)span.TotalSeconds} s"),
        { TotalHours: < 1 } => Number($"{(int)span.TotalMinutes} min"),
        { TotalDays: < 1 } => Number($"{(int)span.TotalHours} h {span.Minutes} min"),
        { TotalDays: < 2 } => Number($"1 day {span.Hours} h"),
        _ => Number($"{(int)span.TotalDays} days"),
    };

    /// <param name="speedMmps">Millimetres a second.</param>
    public static string Speed(int? speedMmps) =>
        speedMmps is { } known ? Number($"{Math.Round(known * 0.0036, MidpointRounding.AwayFromZero)} km/h") : Nothing;

    public static string Distance(long distanceMm) => distanceMm switch
    {
        < 1_000_000 => Number($"{distanceMm / 1_000} m"),
        < 100_000_000 => Number($"{distanceMm / 1_000_000.0:0.0} km"),
        _ => Number($"{distanceMm / 1_000_000} km"),
    };

    /// <param name="batteryPermille">0 … 1,000.</param>
    public static string Battery(int? batteryPermille) =>
        batteryPermille is { } known ? Number($"{known / 10} %") : Nothing;

    /// <summary>The radius of the device's own estimate.</summary>
    public static string Accuracy(int? accuracyMm) =>
        accuracyMm is { } known ? Number($"± {Math.Max(1, known / 1_000)} m") : Nothing;

    public static string Position(GeoPoint point) => Number($"{point.LatitudeDeg:0.00000}, {point.LongitudeDeg:0.00000}");

    public static string Position(int latitudeE7, int longitudeE7) => Position(new GeoPoint(latitudeE7, longitudeE7));

    /// <param name="skewMs">Our clock minus the device's.</param>
    public static string ClockSkew(long skewMs) => Math.Abs(skewMs) < 2_000
        ? "in step"
        : $"{Span(TimeSpan.FromMilliseconds(Math.Abs(skewMs)))} {(skewMs > 0 ? "behind, or sent late" : "ahead")}";

    public static string Alarm(AlarmKind kind) => kind switch
    {
        AlarmKind.Sos => "SOS",
        AlarmKind.PowerCut => "Power cut",
        AlarmKind.LowBattery => "Low battery",
        AlarmKind.HarshDriving => "Harsh driving",
        AlarmKind.Other or AlarmKind.None => "Alarm",
        _ => kind.ToString(),
    };

    public static string Mark(FixMark mark) => mark switch
    {
        FixMark.DeclaredInvalid => "The device itself called it invalid",
        FixMark.NullIsland => "Near 0, 0: what receivers send when they know nothing",
        FixMark.Teleport => "Too far from the fixes around it",
        FixMark.BeyondWindow => "Arrived too late to be evaluated",
        _ => "",
    };

    public static string Quarantine(string reason) => reason switch
    {
        "fix.future" => "More than 5 minutes ahead of our clock",
        "fix.older-than-retention" => "Older than positions are kept",
        "commit.refused" => "Refused by the database",
        _ => "Set aside",
    };

    public static string TripEnded(TripEnd end) => end switch
    {
        TripEnd.Gap => "until the signal was lost",
        TripEnd.Jump => "until it turned out to be elsewhere",
        _ => "until it stopped",
    };

    /// <summary>For <c>datetime=""</c>, to the second.</summary>
    public static string Iso(UtcMicros time) =>
        time.ToDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Clock(UtcMicros time) =>
        time.ToDateTimeOffset().UtcDateTime.ToString("HH:mm 'UTC'", CultureInfo.InvariantCulture);

    public static string DateAndClock(UtcMicros time) =>
        time.ToDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string LongDay(DateOnly day) => day.ToString("dddd, d MMMM yyyy", CultureInfo.InvariantCulture);

    public static string Number(FormattableString text) => FormattableString.Invariant(text);

    public static string DeviceAddress(string uniqueId) => $"/devices/{Uri.EscapeDataString(uniqueId)}";
}
