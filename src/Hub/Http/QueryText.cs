using System.Globalization;
using FieldCrm.Core;
using FieldCrm.Core.Geo;
using FieldCrm.Silo.Positions;

namespace FieldCrm.Hub.Http;

/// <summary>
/// Reads a request's query one value at a time and keeps the first refusal, whose code names the parameter:
/// <c>query.limit-invalid</c>. A parameter given twice or empty is refused like any other damage.
/// </summary>
internal sealed class QueryText(IQueryCollection query)
{
    public const string LikeEscape = "\\";

    // As long as the longest name.
    private const int MaxSearch = 200;

    public Failure? Failure { get; private set; }

    public int Int(string name, int absent, int min, int max) => OptionalInt(name, min, max) ?? absent;

    public int? OptionalInt(string name, int min, int max)
    {
        if (Text(name) is not { } text)
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
            return value;
        Refuse(name, string.Create(CultureInfo.InvariantCulture, $"a whole number of {min} … {max}"));
        return null;
    }

    public bool Flag(string name)
    {
        switch (Text(name))
        {
            case null or "false":
                return false;
            case "true":
                return true;
            default:
                Refuse(name, "true or false");
                return false;
        }
    }

    /// <summary>ISO 8601; UTC when it names no zone.</summary>
    public UtcMicros? Time(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (text.Length <= 40 && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            && text.Contains('-', StringComparison.Ordinal))
            return UtcMicros.From(time);
        Refuse(name, "a time in ISO 8601, such as 2026-11-22T19:04:24Z (a + is written %2B)");
        return null;
    }

    public GeoPoint? Point(string latitudeName, string longitudeName)
    {
        var latitude = Degrees(latitudeName, 90);
        var longitude = Degrees(longitudeName, 180);
        return latitude is { } lat && longitude is { } lon ? GeoPoint.FromDegrees(lat, lon) : null;
    }

    /// <summary>West, south, east, north in degrees; west greater than east crosses the antimeridian.</summary>
    public GeoBox? Box(string name)
    {
        var numbers = (Text(name) ?? "").Split(',').Select(Number).ToArray();
        if (numbers is [{ } west, { } south, { } east, { } north] && south <= north
            && GeoPoint.FromDegrees(south, west) is { } southWest && GeoPoint.FromDegrees(north, east) is { } northEast)
            return new GeoBox(southWest.LatitudeE7, southWest.LongitudeE7, northEast.LatitudeE7, northEast.LongitudeE7);
        Refuse(name, "minLon,minLat,maxLon,maxLat in degrees");
        return null;
    }

    /// <summary>One of some words; null when absent.</summary>
    public string? Word(string name, params ReadOnlySpan<string> words)
    {
        if (Text(name) is not { } text)
            return null;
        if (words.Contains(text))
            return text;
        Refuse(name, string.Join(", ", words!));
        return null;
    }

    /// <summary>Some of some words, with commas: a bit for each by its place; 0 when absent.</summary>
    public int Mask(string name, IReadOnlyList<string> words)
    {
        var mask = 0;
        foreach (var word in Text(name)?.Split(',') ?? [])
        {
            var place = words.Count - 1;
            while (place >= 0 && words[place] != word)
                place--;
            if (place < 0)
                Refuse(name, $"some of {string.Join(", ", words)}, with commas");
            else
                mask |= 1 << place;
        }
        return mask;
    }

    /// <summary>What an earlier page gave as its cursor.</summary>
    public T? Cursor<T>(string name, Func<string, T?> parse)
        where T : struct
    {
        if (Text(name) is not { } text)
            return null;
        if (text.Length <= PageCursor.MaxLength && parse(text) is { } cursor)
            return cursor;
        Refuse(name, "what a page gave as its cursor");
        return null;
    }

    /// <summary>Part of a name; null when absent.</summary>
    public string? Search(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (text.Length <= MaxSearch && !text.Contains('\0', StringComparison.Ordinal))
            return text;
        Refuse(name, string.Create(CultureInfo.InvariantCulture, $"1 to {MaxSearch} characters, none of them a zero"));
        return null;
    }

    /// <summary>For ILIKE with <see cref="LikeEscape"/>: the text anywhere, its own signs taken as they are.</summary>
    public static string? LikePattern(string? search) => search is null ? null
        : "%" + search.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal)
            .Replace("_", "\\_", StringComparison.Ordinal) + "%";

    /// <summary>Whole numbers of a parameter that may be given several times; null when absent.</summary>
    public HashSet<int>? Numbers(string name, int max)
    {
        if (!query.TryGetValue(name, out var values))
            return null;
        var numbers = new HashSet<int>();
        foreach (var text in values)
        {
            if (values.Count <= max && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                numbers.Add(number);
            else
                Refuse(name, string.Create(CultureInfo.InvariantCulture, $"whole numbers, at most {max} of them"));
        }
        return numbers;
    }

    public void Refuse(string name, string expected) =>
        Failure ??= new Failure($"query.{name}-invalid", $"The parameter {name} must be {expected}.");

    public string? Text(string name)
    {
        if (!query.TryGetValue(name, out var values))
            return null;
        if (values is [{ Length: > 0 } text])
            return text;
        Refuse(name, "given once and not empty");
        return null;
    }

    private double? Degrees(string name, double max)
    {
        if (Number(Text(name) ?? "") is { } value && Math.Abs(value) <= max)
            return value;
        Refuse(name, string.Create(CultureInfo.InvariantCulture, $"degrees of −{max} … {max}"));
        return null;
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value : null;
}
