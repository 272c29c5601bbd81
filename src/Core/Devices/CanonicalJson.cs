using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FieldCrm.Core.Devices;

/// <summary>
/// One spelling for equal JSON, since a fix's attributes are hashed: members in ordinal order of their UTF-16 names,
/// no insignificant space, and in strings only what JSON must escape is escaped. Numbers keep their spelling.
/// U+0000 becomes U+FFFD: PostgreSQL's <c>jsonb</c> cannot hold it. Ingest and file import spell alike, so that a fix that was
/// exported and comes back is the same fix.
/// </summary>
public static class CanonicalJson
{
    /// <summary>Longest number that is kept: the full expansion of a double.</summary>
    private const int MaxNumberLength = 32;

    /// <summary>Digits of an exponent that are kept; PostgreSQL's numeric ends at about 10^131,072.</summary>
    private const int MaxExponentDigits = 3;

    /// <summary>
    /// Appends the value that the reader stands on, and leaves the reader on its last token. False when it holds
    /// what cannot be stored (a member named twice, a number out of all bounds); the text appended is then to be dropped.
    /// </summary>
    /// <exception cref="JsonException">The text is no JSON or nested deeper than the reader allows.</exception>
    public static bool TryAppend(ref Utf8JsonReader reader, StringBuilder target)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return TryAppendObject(ref reader, target);
            case JsonTokenType.StartArray:
                return TryAppendArray(ref reader, target);
            case JsonTokenType.String:
                AppendString(target, reader.GetString());
                return true;
            case JsonTokenType.Number:
                if (!IsStorable(reader.ValueSpan))
                    return false;
                target.Append(Encoding.ASCII.GetString(reader.ValueSpan));
                return true;
            case JsonTokenType.True:
                target.Append("true");
                return true;
            case JsonTokenType.False:
                target.Append("false");
                return true;
            default:
                target.Append("null");
                return true;
        }
    }

    /// <summary>As <see cref="TryAppend"/>, and makes no more text than the result when the value is a plain one.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, out string json)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.True:
                json = "true";
                return true;
            case JsonTokenType.False:
                json = "false";
                return true;
            case JsonTokenType.String:
                json = StringOf(reader.GetString());
                return true;
            case JsonTokenType.Number:
                json = IsStorable(reader.ValueSpan) ? Encoding.ASCII.GetString(reader.ValueSpan) : "";
                return json.Length > 0;
            default:
                var text = new StringBuilder();
                var isStorable = TryAppend(ref reader, text);
                json = text.ToString();
                return isStorable;
        }
    }

    /// <summary>A member's name as it will be written, so that it is sorted and compared as such.</summary>
    public static string NameOf(string name) => name.Replace('\0', '\uFFFD');

    public static string StringOf(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAny('"', '\\') < 0 && !text.ContainsAnyInRange('\0', '\u001F'))
            return string.Concat("\"", text, "\"");
        var json = new StringBuilder(text.Length + 8);
        AppendString(json, text);
        return json.ToString();
    }

    public static void AppendString(StringBuilder target, ReadOnlySpan<char> text)
    {
        target.Append('"');
        foreach (var character in text)
        {
            switch (character)
            {
                case '"' or '\\':
                    target.Append('\\').Append(character);
                    break;
                case '\0':
                    target.Append('\uFFFD');
                    break;
                case < ' ':
                    target.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
                    break;
                default:
                    target.Append(character);
                    break;
            }
        }
        target.Append('"');
    }

    private static bool TryAppendObject(ref Utf8JsonReader reader, StringBuilder target)
    {
        var members = new SortedList<string, string>(StringComparer.Ordinal);
        var storable = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = NameOf(reader.GetString() ?? "");
            reader.Read();
            var value = new StringBuilder();
            storable &= TryAppend(ref reader, value);
            storable &= members.TryAdd(name, value.ToString());
        }
        target.Append('{');
        var first = true;
        foreach (var (name, value) in members)
        {
            if (!first)
                target.Append(',');
            first = false;
            AppendString(target, name);
            target.Append(':').Append(value);
        }
        target.Append('}');
        return storable;
    }

    private static bool TryAppendArray(ref Utf8JsonReader reader, StringBuilder target)
    {
        target.Append('[');
        var storable = true;
        var first = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!first)
                target.Append(',');
            first = false;
            storable &= TryAppend(ref reader, target);
        }
        target.Append(']');
        return storable;
    }

    private static bool IsStorable(ReadOnlySpan<byte> number)
    {
        var exponent = number.IndexOfAny((byte)'e', (byte)'E');
        var digits = exponent < 0 ? default : number[(exponent + 1)..].TrimStart("+-0"u8);
        return number.Length <= MaxNumberLength && digits.Length <= MaxExponentDigits;
    }
}
