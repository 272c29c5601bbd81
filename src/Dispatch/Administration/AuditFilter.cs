using System.Globalization;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Administration;

/// <summary>What of the audit log is looked for; null is anything.</summary>
/// <param name="Who">operator, system, or <see cref="Person"/>, whose name is <paramref name="Name"/>.</param>
/// <param name="Kind">The event's name.</param>
/// <param name="From">The reader's first day.</param>
/// <param name="To">The reader's last day.</param>
public sealed record AuditFilter(string? Who = null, string Name = "", string? Kind = null, DateOnly? From = null, DateOnly? To = null)
{
    public const string Person = "person";

    /// <summary>The rest of a query, each with an ampersand before it.</summary>
    public string Query(Formats formats)
    {
        var actor = Who == Person ? Name : Who;
        return (string.IsNullOrEmpty(actor) ? "" : $"&actor={Uri.EscapeDataString(actor)}")
            + (Kind is null ? "" : $"&kind={Uri.EscapeDataString(Kind)}")
            + (From is { } from ? $"&from={Moment(formats.StartOf(from))}" : "")
            + (To is { } to ? $"&to={Moment(formats.StartOf(to.AddDays(1)))}" : "");
    }

    public static string? Iso(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static DateOnly? Day(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
        && day > DateOnly.MinValue && day < DateOnly.MaxValue ? day : null;

    private static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
