using System.Text.Json;
using FieldCrm.Core;

namespace FieldCrm.Hub.Ingest.Protocols;

/// <summary>Walking the members of a JSON object where null means "not reported".</summary>
internal static class JsonMembers
{
    // 40 characters of time, each of which may be escaped in six: encoders do so with the plus of an offset.
    private const int MaxTimeBytes = 240;

    /// <summary>
    /// Moves to the name of the object's next member whose value is not null; false at the object's end.
    /// The reader must stand on the object's start or on the last token of a member's value.
    /// </summary>
    public static bool Next(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var ahead = reader;
            ahead.Read();
            if (ahead.TokenType != JsonTokenType.Null)
                return true;
            reader = ahead;
        }
        return false;
    }

    /// <summary>The number that the reader stands on as it is written; empty, which is no number, for anything else.</summary>
    public static ReadOnlySpan<byte> Number(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number)
            return reader.ValueSpan;
        Leave(ref reader);
        return default;
    }

    /// <summary>
    /// The time that the reader stands on: ISO 8601 text with a zone, or with <paramref name="isAnyForm"/> whatever
    /// <see cref="TimeText.TryParse"/> knows, as text or number. False for anything else.
    /// </summary>
    public static bool TryTime(ref Utf8JsonReader reader, bool isAnyForm, out UtcMicros time)
    {
        time = default;
        if (reader.TokenType != JsonTokenType.String && !(isAnyForm && reader.TokenType == JsonTokenType.Number))
            return false;
        if (!reader.ValueIsEscaped)
            return TryTime(reader.ValueSpan, isAnyForm, out time);
        Span<byte> unescaped = stackalloc byte[MaxTimeBytes];
        return reader.ValueSpan.Length <= MaxTimeBytes
            && TryTime(unescaped[..reader.CopyString(unescaped)], isAnyForm, out time);
    }

    /// <summary>Moves to the last token of the value that the reader stands on.</summary>
    public static void Leave(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            reader.Skip();
    }

    private static bool TryTime(ReadOnlySpan<byte> text, bool isAnyForm, out UtcMicros time) =>
        isAnyForm ? TimeText.TryParse(text, out time) : TimeText.TryParseIso(text, zoneRequired: true, out time);
}
