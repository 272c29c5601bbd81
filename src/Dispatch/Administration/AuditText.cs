using System.Text.Json;
using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Fleet;
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

    /// <summary>The event's members as name and value; those inside others like the rest. What it does not say is left out.</summary>
    public static string Details(AuditEntry entry, Formats formats, Words words)
    {
        if (entry.Details is not { ValueKind: JsonValueKind.Object } details)
            return "";
        var text = string.Join(", ", Members(details).Where(m => m.Value.ValueKind != JsonValueKind.Null)
            .Select(m => $"{Label(m.Name, words) ?? m.Name}: {Value(m, formats, words)}"));
        return text.Length <= MaxLength ? text : string.Concat(text.AsSpan(0, MaxLength), "…");
    }

    private static IEnumerable<JsonProperty> Members(JsonElement of) => of.EnumerateObject().SelectMany(
        m => m.Value.ValueKind == JsonValueKind.Object ? Members(m.Value) : [m]);

    /// <summary>What a member of an event is called; null for one that a newer server knows.</summary>
    public static string? Label(string member, Words words) => member switch
    {
        "name" => words.Name,
        "role" => words.Role,
        "kind" => words.Kind,
        "phone" => words.Phone,
        "uniqueId" or "tenant" or "tokenId" or "alarmId" => words.Id,
        "madeBy" => words.Admin.MadeBy,
        "retentionDays" => words.RetentionDays,
        "personRetentionDays" => words.Admin.PersonRetentionDays,
        "refoldWindowDays" => words.RefoldDays,
        "silenceAfterSeconds" => words.SilenceSeconds,
        "maxDevices" => words.MaxDevices,
        "maxUsers" => words.MaxUsers,
        "maxUnregistered" => words.Admin.MaxUnregistered,
        "expiresAt" => words.Admin.Ends,
        "issuer" => words.Admin.ByProvider,
        _ => LabelOfAct(member, words.Members),
    };

    private static string? LabelOfAct(string member, MemberWords words) => member switch
    {
        "acceptsEnrolment" => words.AcceptsEnrolment,
        "bareId" => words.BareId,
        "claimedId" => words.ClaimedId,
        "until" => words.Until,
        "tries" => words.Tries,
        "method" => words.Method,
        "subject" => words.Subject,
        "people" => words.People,
        "withinMinutes" => words.WithinMinutes,
        "processId" => words.ProcessId,
        "credentialId" => words.Credential,
        _ => null,
    };

    // The ledger's times are microseconds since 1970.
    private static string Value(JsonProperty member, Formats formats, Words words) => member.Value.ValueKind switch
    {
        JsonValueKind.String => Text(member.Name, member.Value.GetString() ?? "", words),
        JsonValueKind.True => words.Members.Yes,
        JsonValueKind.False => words.Members.No,
        JsonValueKind.Number when (member.Name.EndsWith("At", StringComparison.Ordinal) || member.Name == "until")
            && member.Value.TryGetInt64(out var micros) && micros is > EarliestMicros and < LatestMicros =>
            formats.DateAndTime(DateTimeOffset.UnixEpoch.AddMicroseconds(micros)),
        _ => member.Value.GetRawText(),
    };

    private static string Text(string member, string value, Words words) => (member, value) switch
    {
        ("role", _) => Roles.Name(value, words),
        ("kind", _) when Codes.KindOf(value) >= 0 => Codes.Kind(Codes.KindOf(value), words),
        ("method", "password") => words.Members.ByPassword,
        ("method", "passkey") => words.Members.ByPasskey,
        ("method", "provider") => words.Admin.ByProvider,
        _ => value,
    };
}
