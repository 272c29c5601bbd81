using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using FieldCrm.Core;
using FieldCrm.Core.Devices;

namespace FieldCrm.Hub.Ingest.Protocols;

/// <summary>
/// Our own batch format (docs/wire/FIXES.md): the hot path of ingest. One pass over the bytes, no text is made
/// but for attributes. A fix that is wrong is reported with its index and does not hold back the others; only a body that
/// cannot be read to its end is refused whole. Pure; never throws on what was sent.
/// </summary>
internal ref struct FixesJsonDecoder
{
    public const int MaxFixes = FixBatchCodec.MaxFixes;

    /// <summary>Most bytes of a body: 1,000 fixes with 4 KiB each.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    // {"fixes":[{"attributes":{ … }}]} is 4 deep; the rest is for nesting inside attributes.
    private const int MaxDepth = 16;

    // Longest member name is "batteryPercent"; an escaped name that does not fit is none of ours.
    private const int NameBufferBytes = 64;

    private Utf8JsonReader _reader;
    private List<RejectedFix>? _rejected;

    private FixesJsonDecoder(ReadOnlySpan<byte> body) =>
        _reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });

    /// <param name="body">UTF-8, with or without a byte order mark.</param>
    public static FixesDecodeResult Decode(ReadOnlySpan<byte> body)
    {
        if (body.Length > MaxBytes)
            return FixesDecodeResult.Refused(FixesJsonFailures.TooLarge);
        if (!Utf8.IsValid(body))
            return FixesDecodeResult.Refused(FixesJsonFailures.EncodingInvalid);
        var decoder = new FixesJsonDecoder(body.StartsWith("\uFEFF"u8) ? body[3..] : body);
        var accepted = ArrayPool<Fix>.Shared.Rent(MaxFixes);
        var count = 0;
        try
        {
            return decoder.ReadBody(accepted, ref count) is { } failure
                ? FixesDecodeResult.Refused(failure)
                : new FixesDecodeResult(null, accepted.AsSpan(0, count).ToArray(), decoder._rejected?.ToArray() ?? []);
        }
        catch (Exception damage) when (damage is JsonException or InvalidOperationException)
        {
            // The second is how the reader reports an escape of half a surrogate pair.
            return FixesDecodeResult.Refused(FixesJsonFailures.JsonInvalid);
        }
        finally
        {
            accepted.AsSpan(0, count).Clear(); // a pooled array must not keep attributes alive
            ArrayPool<Fix>.Shared.Return(accepted);
        }
    }

    private Failure? ReadBody(Fix[] accepted, ref int count)
    {
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject)
            return FixesJsonFailures.JsonInvalid;
        Failure? failure = null;
        var isSeen = false;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var isFixes = _reader.ValueTextEquals("fixes"u8);
            _reader.Read();
            if (!isFixes)
                failure ??= FixesJsonFailures.FieldUnknown;
            else if (isSeen)
                failure ??= FixesJsonFailures.FieldDuplicate;
            else if (_reader.TokenType == JsonTokenType.StartArray)
                failure ??= ReadList(accepted, ref count);
            isSeen |= isFixes && _reader.TokenType is JsonTokenType.StartArray or JsonTokenType.EndArray;
            JsonMembers.Leave(ref _reader);
        }
        _reader.Read(); // throws on anything behind the object
        return failure ?? (isSeen ? null : FixesJsonFailures.Missing);
    }

    private Failure? ReadList(Fix[] accepted, ref int count)
    {
        for (var index = 0; _reader.Read() && _reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (index == MaxFixes)
                return FixesJsonFailures.TooMany;
            if (ReadFix(out accepted[count]) is { } failure)
                (_rejected ??= []).Add(new RejectedFix(index, failure));
            else
                count++;
        }
        return null;
    }

    private Failure? ReadFix(out Fix fix)
    {
        fix = default;
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            JsonMembers.Leave(ref _reader);
            return FixFailures.NotAnObject;
        }
        var draft = new FixDraft();
        var seen = 0;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = FieldOf();
            _reader.Read();
            if ((seen & (1 << (int)field)) != 0)
                draft.Fail(FixFailures.FieldDuplicate);
            seen |= 1 << (int)field;
            if (_reader.TokenType != JsonTokenType.Null || field == Field.Unknown)
                ReadField(field, ref draft);
        }
        return draft.TryBuild(out fix) ? null : draft.Failure;
    }

    private void ReadField(Field field, ref FixDraft draft)
    {
        switch (field)
        {
            case Field.FixedAt:
                ReadTime(ref draft);
                break;
            case Field.Latitude:
                draft.SetLatitude(JsonMembers.Number(ref _reader));
                break;
            case Field.Longitude:
                draft.SetLongitude(JsonMembers.Number(ref _reader));
                break;
            case Field.Speed:
                draft.SetSpeedMps(JsonMembers.Number(ref _reader));
                break;
            case Field.Heading:
                draft.SetHeadingDegrees(JsonMembers.Number(ref _reader));
                break;
            case Field.Accuracy:
                draft.SetAccuracyMetres(JsonMembers.Number(ref _reader));
                break;
            case Field.Altitude:
                draft.SetAltitudeMetres(JsonMembers.Number(ref _reader));
                break;
            case Field.Battery:
                draft.SetBatteryPercent(JsonMembers.Number(ref _reader));
                break;
            case Field.Alarm:
                ReadAlarm(ref draft);
                break;
            case Field.Valid:
                ReadValid(ref draft);
                break;
            case Field.Attributes:
                ReadAttributes(ref draft);
                break;
            default:
                draft.Fail(FixFailures.FieldUnknown);
                JsonMembers.Leave(ref _reader);
                break;
        }
    }

    private void ReadTime(ref FixDraft draft)
    {
        if (JsonMembers.TryTime(ref _reader, isAnyForm: false, out var fixedAt))
            draft.SetFixedAt(fixedAt);
        else
            draft.Fail(FixFailures.TimestampInvalid);
        JsonMembers.Leave(ref _reader);
    }

    private void ReadAlarm(ref FixDraft draft)
    {
        if (_reader.TokenType == JsonTokenType.String)
            draft.SetAlarm(_reader.GetString());
        else
            draft.Fail(FixFailures.AlarmInvalid);
        JsonMembers.Leave(ref _reader);
    }

    private void ReadValid(ref FixDraft draft)
    {
        if (_reader.TokenType == JsonTokenType.False)
            draft.DeclareInvalid();
        else if (_reader.TokenType != JsonTokenType.True)
            draft.Fail(FixFailures.ValidInvalid);
        JsonMembers.Leave(ref _reader);
    }

    private void ReadAttributes(ref FixDraft draft)
    {
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            draft.Fail(FixFailures.AttributesInvalid);
            JsonMembers.Leave(ref _reader);
            return;
        }
        while (JsonMembers.Next(ref _reader))
        {
            var name = _reader.GetString() ?? "";
            _reader.Read();
            draft.AddAttribute(name, ref _reader);
        }
    }

    private readonly Field FieldOf()
    {
        if (!_reader.ValueIsEscaped)
            return FieldOf(_reader.ValueSpan);
        if (_reader.ValueSpan.Length > NameBufferBytes)
            return Field.Unknown;
        Span<byte> unescaped = stackalloc byte[NameBufferBytes];
        return FieldOf(unescaped[.._reader.CopyString(unescaped)]);
    }

    // By length first: most names then cost one comparison.
    private static Field FieldOf(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 when name.SequenceEqual("lat"u8) => Field.Latitude,
        3 when name.SequenceEqual("lon"u8) => Field.Longitude,
        5 when name.SequenceEqual("alarm"u8) => Field.Alarm,
        5 when name.SequenceEqual("valid"u8) => Field.Valid,
        7 when name.SequenceEqual("fixedAt"u8) => Field.FixedAt,
        8 when name.SequenceEqual("speedMps"u8) => Field.Speed,
        9 when name.SequenceEqual("accuracyM"u8) => Field.Accuracy,
        9 when name.SequenceEqual("altitudeM"u8) => Field.Altitude,
        10 when name.SequenceEqual("headingDeg"u8) => Field.Heading,
        10 when name.SequenceEqual("attributes"u8) => Field.Attributes,
        14 when name.SequenceEqual("batteryPercent"u8) => Field.Battery,
        _ => Field.Unknown,
    };

    private enum Field
    {
        Unknown,
        FixedAt,
        Latitude,
        Longitude,
        Speed,
        Heading,
        Accuracy,
        Altitude,
        Battery,
        Alarm,
        Valid,
        Attributes,
    }
}
