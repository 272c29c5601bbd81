using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Fleet;

/// <summary>Addresses of a unit's day: the reader's zone says where it begins and ends.</summary>
public static class DayQuery
{
    /// <summary>Doubted positions of a day that are looked at in one go.</summary>
    public const int MaxDoubted = 1_000;

    // Each comes with all that the device sent.
    private const int MaxAside = 100;

    public static string OfDay(string id, DateOnly day, Formats formats) => $"/api/v1/units/{Escaped(id)}/day?{Span(day, formats)}";

    public static string OfMarked(string id, DateOnly day, Formats formats) =>
        FormattableString.Invariant($"/api/v1/units/{Escaped(id)}/day/marked?{Span(day, formats)}&limit={MaxDoubted}");

    public static string OfQuarantine(string id, DateOnly day, Formats formats) =>
        FormattableString.Invariant($"/api/v1/devices/{Escaped(id)}/quarantine?{Span(day, formats)}&limit={MaxAside}");

    private static string Span(DateOnly day, Formats formats) =>
        FormattableString.Invariant($"from={formats.StartOf(day).UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}&to={formats.StartOf(day.AddDays(1)).UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}");

    private static string Escaped(string id) => Uri.EscapeDataString(id);
}
