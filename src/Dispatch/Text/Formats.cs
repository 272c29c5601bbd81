using System.Globalization;

namespace FieldCrm.Dispatch.Text;

public enum MeasureSystem
{
    Metric,
    Imperial,
}

/// <summary>
/// Numbers, measures and times as the reader writes them. Own rules for our few languages: the browser's copy of every culture in
/// the world would be larger than the console.
/// </summary>
/// <param name="isMonthFirst">November 30th, as Americans write it.</param>
public sealed class Formats(Words words, MeasureSystem measures, TimeZoneInfo zone, bool isMonthFirst = false)
{
    private const double MetresPerMile = 1609.344;
    private const double MetresPerFoot = 0.3048;

    private static readonly TimeSpan JustNow = TimeSpan.FromSeconds(5);

    private readonly NumberFormatInfo _numbers = words.Code == "en"
        ? CultureInfo.InvariantCulture.NumberFormat
        : new NumberFormatInfo { NumberDecimalSeparator = ",", NumberGroupSeparator = "." };

    public Words Words => words;

    public MeasureSystem Measures => measures;

    public TimeZoneInfo Zone => zone;

    /// <summary>Miles where the reader's country drives by them.</summary>
    public static MeasureSystem MeasuresOf(string locale) =>
        RegionOf(locale) is "US" or "GB" or "LR" or "MM" ? MeasureSystem.Imperial : MeasureSystem.Metric;

    /// <summary>Whether people there write the month before the day; plain "en" is what Americans' browsers say, too.</summary>
    public static bool IsMonthFirst(string locale) => locale.Equals("en", StringComparison.OrdinalIgnoreCase) || RegionOf(locale) is "US" or "PH";

    public static string Fill(string text, params ReadOnlySpan<object?> values) => string.Format(CultureInfo.InvariantCulture, text, values);

    public string Number(long value) => value.ToString("#,0", _numbers);

    public string Units(long count) => count == 1 ? words.OneUnit : Fill(words.UnitCount, Number(count));

    public string Speed(double metresPerSecond) => measures == MeasureSystem.Imperial
        ? $"{Math.Round(metresPerSecond * 3600 / MetresPerMile).ToString(_numbers)} mph"
        : $"{Math.Round(metresPerSecond * 3.6).ToString(_numbers)} km/h";

    public string Distance(double metres)
    {
        if (measures == MeasureSystem.Imperial)
        {
            var miles = metres / MetresPerMile;
            return miles < 0.19 ? $"{Math.Round(metres / MetresPerFoot).ToString("#,0", _numbers)} ft" : $"{miles.ToString(Digits(miles), _numbers)} mi";
        }
        var kilometres = metres / 1000;
        return metres < 995 ? $"{Math.Round(metres).ToString(_numbers)} m" : $"{kilometres.ToString(Digits(kilometres), _numbers)} km";
    }

    /// <summary>Short and in the two largest parts: 42 s, 5 min, 3 h 20 min, 4 d.</summary>
    public static string Duration(TimeSpan span)
    {
        var value = span < TimeSpan.Zero ? TimeSpan.Zero : span;
        if (value.TotalSeconds < 60)
            return Invariant($"{(int)value.TotalSeconds} s");
        if (value.TotalMinutes < 60)
            return Invariant($"{(int)value.TotalMinutes} min");
        if (value.TotalHours < 48)
            return value.Minutes == 0 ? Invariant($"{(int)value.TotalHours} h") : Invariant($"{(int)value.TotalHours} h {value.Minutes} min");
        return Invariant($"{(int)value.TotalDays} d");
    }

    /// <summary>A duration since a moment, or that it was just now: seconds that change with every report are not read.</summary>
    public string Age(TimeSpan since) => since < JustNow ? words.JustNow : Duration(since);

    /// <summary>The same in a sentence.</summary>
    public string Ago(TimeSpan since) => since < JustNow ? words.JustNow : Fill(words.Ago, Duration(since));

    /// <summary>With a tenth: what is looked at while it passes.</summary>
    public string Seconds(TimeSpan span) => $"{span.TotalSeconds.ToString("0.0", _numbers)} s";

    public string Percent(double value) => $"{Math.Round(value).ToString(_numbers)} %";

    public string Heading(double degrees)
    {
        string[] winds = words.Code switch
        {
            "es" => ["N", "NE", "E", "SE", "S", "SO", "O", "NO"],
            "de" => ["N", "NO", "O", "SO", "S", "SW", "W", "NW"],
            _ => ["N", "NE", "E", "SE", "S", "SW", "W", "NW"],
        };
        return $"{winds[(int)Math.Round(degrees / 45) % 8]} {Math.Round(degrees).ToString(_numbers)}°";
    }

    public string Position(double latitude, double longitude) =>
        Invariant($"{Math.Abs(latitude):0.00000}° {(latitude < 0 ? "S" : "N")}, {Math.Abs(longitude):0.00000}° {(longitude < 0 ? West : "E")}");

    public DateTimeOffset Local(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, zone);

    public string Time(DateTimeOffset at) => Local(at).ToString("HH:mm", CultureInfo.InvariantCulture);

    public string TimeWithSeconds(DateTimeOffset at) => Local(at).ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    public string Date(DateOnly day) => words.Code switch
    {
        "de" => day.ToString("d.M.yyyy", CultureInfo.InvariantCulture),
        "es" => day.ToString("d/M/yyyy", CultureInfo.InvariantCulture),
        _ when isMonthFirst => day.ToString("MMM d, yyyy", CultureInfo.InvariantCulture),
        _ => day.ToString("d MMM yyyy", CultureInfo.InvariantCulture),
    };

    public DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(Local(at).DateTime);

    public string DateAndTime(DateTimeOffset at) => $"{Date(DayOf(at))} {Time(at)}";

    /// <summary>Midnight of the reader's zone; the first moment after it where the clocks skip midnight.</summary>
    public DateTimeOffset StartOf(DateOnly day)
    {
        var local = day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Unspecified);
        while (zone.IsInvalidTime(local))
            local = local.AddMinutes(15);
        return new DateTimeOffset(local, zone.GetUtcOffset(local));
    }

    private static string RegionOf(string locale) => locale[(locale.LastIndexOf('-') + 1)..].ToUpperInvariant();

    private string West => words.Code == "es" ? "O" : "W";

    private static string Digits(double value) => value < 10 ? "0.0" : "#,0";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
