using System.CommandLine.Parsing;
using System.Globalization;

namespace FieldCrm.Hub.Cli;

/// <summary>A date (the whole day, UTC) or a date and time (UTC when it names no zone), in ISO 8601.</summary>
/// <param name="First">The first moment that is meant.</param>
/// <param name="Behind">The first moment after what is meant: both ends of a range are part of it.</param>
internal readonly record struct TrackTime(DateTimeOffset First, DateTimeOffset Behind)
{
    private const string Date = "yyyy-MM-dd";

    public static TrackTime? Of(string text)
    {
        if (text.Length < Date.Length || !DateOnly.TryParseExact(
                text.AsSpan(0, Date.Length), Date, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            || day.Year is < 1900 or > 9998)
            return null;
        if (text.Length == Date.Length)
        {
            var midnight = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
            return new TrackTime(midnight, midnight.AddDays(1));
        }
        return DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? new TrackTime(time, time.AddMicroseconds(1)) : null;
    }

    /// <summary>For a command line's option; what cannot be read is a usage error.</summary>
    public static TrackTime? Parse(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        var time = Of(text);
        if (time is null)
            argument.AddError($"'{text}' is no date or time such as 2026-11-22 or 2026-11-22T19:04:24Z.");
        return time;
    }
}
