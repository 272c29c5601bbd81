using System.Buffers;
using System.Text;
using System.Text.Unicode;
using FieldCrm.Core;

namespace FieldCrm.Hub.Ingest.Protocols;

/// <summary>
/// The OsmAnd protocol: parameters of a query, of a form, or of both. One request carries one position. Shapes, units
/// and codes: docs/wire/OSMAND.md; source: the protocol's description at https://www.traccar.org/osmand/.
/// Pure; never throws on what a device sent.
/// </summary>
internal static class OsmAndDecoder
{
    /// <summary>Most bytes of query and body together: a position with full attributes takes under 20 KiB.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>Most parameters; the richest client known sends about 30.</summary>
    public const int MaxParameters = 100;

    public const int MaxNameBytes = 64;

    /// <summary>Long enough for lists of cells and access points.</summary>
    public const int MaxValueBytes = 2_048;

    /// <summary>Longest id that a device may claim, in characters.</summary>
    public const int MaxDeviceIdLength = 128;

    /// <param name="query">With or without its question mark, still percent-encoded.</param>
    /// <param name="form">The body of an <c>application/x-www-form-urlencoded</c> POST; empty for a GET.</param>
    /// <param name="receivedAt">Becomes the fix's time when no <c>timestamp</c> is given.</param>
    public static DecodeResult DecodeForm(ReadOnlySpan<char> query, ReadOnlySpan<byte> form, UtcMicros receivedAt)
    {
        if (query.Length > MaxBytes || Encoding.UTF8.GetByteCount(query) + form.Length > MaxBytes)
            return DecodeResult.Refused(OsmAndFailures.TooLarge);
        if (query.Length > 0 && query[0] == '?')
            query = query[1..];
        var encoded = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(query) + 1 + form.Length);
        try
        {
            var length = Encoding.UTF8.GetBytes(query, encoded);
            encoded[length++] = (byte)'&';
            form.CopyTo(encoded.AsSpan(length));
            return DecodeParameters(encoded.AsSpan(0, length + form.Length), receivedAt);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }

    /// <summary>The newer client's JSON body. Parameters in the query are not part of it.</summary>
    /// <param name="body">UTF-8, with or without a byte order mark.</param>
    /// <param name="receivedAt">Becomes the fix's time when no <c>timestamp</c> is given.</param>
    public static DecodeResult DecodeJson(ReadOnlySpan<byte> body, UtcMicros receivedAt)
    {
        if (body.Length > MaxBytes)
            return DecodeResult.Refused(OsmAndFailures.TooLarge);
        if (!Utf8.IsValid(body))
            return DecodeResult.Refused(OsmAndFailures.EncodingInvalid);
        return OsmAndJson.Decode(body, receivedAt);
    }

    /// <summary>A claimed id as it is kept: printable, 1 … 128 characters. Null for an empty one.</summary>
    public static bool TryDeviceId(ReadOnlySpan<byte> text, out string? deviceId)
    {
        deviceId = null;
        if (text.Length == 0)
            return true;
        if (text.Length > MaxDeviceIdLength * 4)
            return false;
        var decoded = Encoding.UTF8.GetString(text);
        foreach (var character in decoded)
        {
            if (char.IsControl(character))
                return false;
        }
        deviceId = decoded;
        return decoded.Length <= MaxDeviceIdLength;
    }

    private static DecodeResult DecodeParameters(Span<byte> encoded, UtcMicros receivedAt)
    {
        var draft = new FixDraft();
        var known = new OsmAndParameters();
        var reader = new FormReader(encoded);
        var count = 0;
        while (reader.TryRead(out var name, out var value))
        {
            if (++count > MaxParameters)
                return DecodeResult.Refused(OsmAndFailures.ParametersTooMany);
            if (name.Length > MaxNameBytes || value.Length > MaxValueBytes)
                return DecodeResult.Refused(OsmAndFailures.ParameterTooLong);
            if (!Utf8.IsValid(name) || !Utf8.IsValid(value))
                return DecodeResult.Refused(OsmAndFailures.EncodingInvalid);
            if (value.IsEmpty || name.IsEmpty)
                continue; // nothing was reported
            if (!known.TryPut(name, value, ref draft))
                draft.Attributes.AddText(Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(value));
        }
        if (reader.IsDamaged)
            return DecodeResult.Refused(OsmAndFailures.EncodingInvalid);
        known.Fill(ref draft, receivedAt, out var deviceId);
        return draft.TryBuild(out var fix)
            ? new DecodeResult(null, [fix], deviceId)
            : DecodeResult.Refused(draft.Failure ?? OsmAndFailures.EncodingInvalid);
    }
}
