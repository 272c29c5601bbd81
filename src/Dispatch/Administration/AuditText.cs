using System.Text.Json;
using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Administration;

/// <summary>An entry of the audit log for people.</summary>
public static class AuditText
{
    // More would push the other columns aside; the API gives all of it.
    private const int MaxLength = 300;

    private const long EarliestMicros = 946_684_800_000_000; // 2000
    private const long LatestMicros = 4_102_444_800_000_000; // 2100

    public static string Who(AuditActor by, Words words) => by.Kind switch
    {
        "operator" => by.Name is null ? words.Admin.AnOperator : $"{words.Admin.AnOperator} ({by.Name})",
        "system" => words.Admin.TheSystem,
        "token" => by.Name ?? words.Admin.AToken,
        "user" => by.Name ?? words.Admin.AUser,
        _ => words.Unknown,
    };

    /// <summary>The event's members as name and value; those inside others like the rest.</summary>
    public static string Details(AuditEntry entry, Formats formats)
    {
        if (entry.Details is not { ValueKind: JsonValueKind.Object } details)
            return "";
        var text = string.Join(", ", Members(details).Select(m => $"{m.Name}: {Value(m, formats)}"));
        return text.Length <= MaxLength ? text : string.Concat(text.AsSpan(0, MaxLength), "…");
    }

    private static IEnumerable<JsonProperty> Members(JsonElement of) => of.EnumerateObject().SelectMany(
        m => m.Value.ValueKind == JsonValueKind.Object ? Members(m.Value) : [m]);

    // The ledger's times are microseconds since 1970.
    private static string Value(JsonProperty member, Formats formats) => member.Value.ValueKind switch
    {
        JsonValueKind.String => member.Value.GetString() ?? "",
        JsonValueKind.Number when (member.Name.EndsWith("At", StringComparison.Ordinal) || member.Name == "until")
            && member.Value.TryGetInt64(out var micros) && micros is > EarliestMicros and < LatestMicros =>
            formats.DateAndTime(DateTimeOffset.UnixEpoch.AddMicroseconds(micros)),
        _ => member.Value.GetRawText(),
    };
}
