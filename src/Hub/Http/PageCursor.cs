using System.Buffers.Text;
using System.Globalization;
using System.Text;
using FieldCrm.Core;
using FieldCrm.Core.Devices;

namespace FieldCrm.Hub.Http;

/// <summary>Where a page ended, opaque to clients: base64url of the last row's key.</summary>
internal static class PageCursor
{
    public const int MaxLength = 1_024;

    public static string Of(FixKey key) => Encode($"{key.FixedAt.Value} {key.ContentHash}");

    public static FixKey? FixKeyOf(string cursor) =>
        Decode(cursor)?.Split(' ') is [var time, var hash]
        && TimeOf(time) is { } fixedAt && long.TryParse(hash, CultureInfo.InvariantCulture, out var contentHash)
            ? new FixKey(fixedAt, contentHash) : null;

    public static string Of(UtcMicros time, string id) => Encode($"{time.Value} {id}");

    public static (UtcMicros Time, Guid Id)? TimeAndGuidOf(string cursor) =>
        Decode(cursor)?.Split(' ') is [var text, var id] && TimeOf(text) is { } time && Guid.TryParse(id, out var guid)
            ? (time, guid) : null;

    public static (UtcMicros Time, long Id)? TimeAndNumberOf(string cursor) =>
        Decode(cursor)?.Split(' ') is [var text, var id] && TimeOf(text) is { } time
        && long.TryParse(id, CultureInfo.InvariantCulture, out var number)
            ? (time, number) : null;

    public static string Of(DeviceId device) => Encode(device.ToString());

    public static DeviceId? DeviceOf(string cursor) =>
        int.TryParse(Decode(cursor), NumberStyles.None, CultureInfo.InvariantCulture, out var device) ? new DeviceId(device) : null;

    public static string OfText(string text) => Encode(text);

    public static PageText? TextOf(string cursor) => Decode(cursor) is { } text ? new PageText(text) : null;

    private static UtcMicros? TimeOf(string text) =>
        long.TryParse(text, CultureInfo.InvariantCulture, out var micros)
        && micros >= UtcMicros.From(DateTimeOffset.MinValue).Value && micros <= UtcMicros.From(DateTimeOffset.MaxValue).Value
            ? new UtcMicros(micros) : null;

    private static string Encode(FormattableString text) => Encode(text.ToString(CultureInfo.InvariantCulture));

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    // Damaged UTF-8 and a zero, which no stored text holds, are nobody's cursor.
    private static string? Decode(string cursor)
    {
        if (!Base64Url.IsValid(cursor))
            return null;
        var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        return text.AsSpan().ContainsAny('\0', '\uFFFD') ? null : text;
    }
}

/// <summary>A text as a value type, for <see cref="QueryText.Cursor{T}"/>.</summary>
internal readonly record struct PageText(string Value);
