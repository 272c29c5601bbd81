using System.Text;
using System.Text.Json;
using FieldCrm.Core;

namespace FieldCrm.Hub.Ingest.Protocols;

/// <summary>
/// The JSON body of the newer client (the location schema of its background SDK inside <c>location</c>).
/// What makes the fix is taken; every other member becomes an attribute under the name given in docs/wire/OSMAND.md.
/// </summary>
internal ref struct OsmAndJson
{
    // location.extras.X.Y… may nest; the deepest known client stays below 6.
    private const int MaxDepth = 16;

    private Utf8JsonReader _reader;
    private FixDraft _draft;
    private bool _hasCoords;
    private bool _hasTime;
    private string? _deviceId;

    private OsmAndJson(ReadOnlySpan<byte> body) =>
        _reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });

    /// <param name="body">Valid UTF-8.</param>
    /// <param name="receivedAt">Becomes the fix's time when none is given.</param>
    public static DecodeResult Decode(ReadOnlySpan<byte> body, UtcMicros receivedAt)
    {
        var document = new OsmAndJson(body.StartsWith("\uFEFF"u8) ? body[3..] : body);
        try
        {
            if (!document.TryReadRoot())
                return DecodeResult.Refused(OsmAndFailures.JsonInvalid);
        }
        catch (Exception damage) when (damage is JsonException or InvalidOperationException)
        {
            // The second is how the reader reports an escape of half a surrogate pair.
            return DecodeResult.Refused(OsmAndFailures.JsonInvalid);
        }
        return document.Finish(receivedAt);
    }

    private DecodeResult Finish(UtcMicros receivedAt)
    {
        if (!_hasCoords)
            _draft.Fail(OsmAndFailures.LocationMissing);
        if (!_hasTime)
            _draft.SetFixedAt(receivedAt);
        return _draft.TryBuild(out var fix)
            ? new DecodeResult(null, [fix], _deviceId)
            : DecodeResult.Refused(_draft.Failure ?? OsmAndFailures.JsonInvalid);
    }

    private bool TryReadRoot()
    {
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject)
            return false;
        var seen = 0;
        while (JsonMembers.Next(ref _reader))
        {
            if (Is("location"u8, 1, ref seen))
                ReadLocation();
            else if (Is("device_id"u8, 2, ref seen) || Is("deviceid"u8, 4, ref seen) || Is("id"u8, 8, ref seen))
                ReadDeviceId();
            else
                AddOther("");
        }
        return !_reader.Read(); // throws on anything behind the object
    }

    private void ReadLocation()
    {
        if (!TryEnter("location"))
            return;
        var seen = 0;
        while (JsonMembers.Next(ref _reader))
        {
            if (Is("timestamp"u8, 1, ref seen))
                ReadTime();
            else if (Is("coords"u8, 2, ref seen))
                ReadCoords();
            else if (Is("battery"u8, 4, ref seen))
                ReadBattery();
            else if (Is("activity"u8, 8, ref seen))
                ReadActivity();
            else if (Is("extras"u8, 16, ref seen))
                ReadExtras();
            else if (Is("alarm"u8, 32, ref seen))
                ReadAlarm();
            else if (Is("is_moving"u8, 64, ref seen))
                _draft.AddAttribute("moving", ref _reader);
            else if (Is("odometer"u8, 128, ref seen))
                _draft.AddAttribute("odometerM", ref _reader);
            else if (Is("age"u8, 256, ref seen))
                JsonMembers.Leave(ref _reader); // how late the phone heard of it: would make a repeated fix look new
            else
                AddOther("");
        }
    }

    private void ReadCoords()
    {
        if (!TryEnter("coords"))
            return;
        _hasCoords = true;
        var seen = 0;
        while (JsonMembers.Next(ref _reader))
        {
            if (Is("latitude"u8, 1, ref seen))
                _draft.SetLatitude(JsonMembers.Number(ref _reader));
            else if (Is("longitude"u8, 2, ref seen))
                _draft.SetLongitude(JsonMembers.Number(ref _reader));
            else if (Is("accuracy"u8, 4, ref seen))
                _draft.SetAccuracyMetres(JsonMembers.Number(ref _reader));
            else if (Is("speed"u8, 8, ref seen))
                _draft.SetSpeedMps(JsonMembers.Number(ref _reader));
            else if (Is("heading"u8, 16, ref seen))
                _draft.SetHeadingDegrees(JsonMembers.Number(ref _reader));
            else if (Is("altitude"u8, 32, ref seen))
                _draft.SetAltitudeMetres(JsonMembers.Number(ref _reader));
            else
                AddOther("coords.");
        }
    }

    private void ReadBattery()
    {
        if (!TryEnter("battery"))
            return;
        var seen = 0;
        while (JsonMembers.Next(ref _reader))
        {
            if (Is("level"u8, 1, ref seen))
                _draft.SetBatteryFraction(JsonMembers.Number(ref _reader));
            else if (Is("is_charging"u8, 2, ref seen))
                _draft.AddAttribute("charging", ref _reader);
            else
                AddOther("battery.");
        }
    }

    private void ReadActivity()
    {
        if (!TryEnter("activity"))
            return;
        var seen = 0;
        while (JsonMembers.Next(ref _reader))
        {
            if (Is("type"u8, 1, ref seen))
                _draft.AddAttribute("activity", ref _reader);
            else
                AddOther("activity.");
        }
    }

    private void ReadExtras()
    {
        if (!TryEnter("extras"))
            return;
        var seen = 0;
        while (JsonMembers.Next(ref _reader))
        {
            if (Is("alarm"u8, 1, ref seen))
                ReadAlarm(); // the client's panic button
            else
                AddOther("extras.");
        }
    }

    private void ReadTime()
    {
        _hasTime = true;
        if (JsonMembers.TryTime(ref _reader, isAnyForm: true, out var fixedAt))
            _draft.SetFixedAt(fixedAt);
        else
            _draft.Fail(FixFailures.TimestampInvalid);
        JsonMembers.Leave(ref _reader);
    }

    private void ReadAlarm()
    {
        if (_reader.TokenType == JsonTokenType.String)
            _draft.SetAlarm(_reader.GetString());
        else if (_reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            _draft.Fail(FixFailures.AlarmInvalid);
        else
            _draft.SetAlarm(Encoding.UTF8.GetString(_reader.ValueSpan)); // true, false or a number, as it is written
        JsonMembers.Leave(ref _reader);
    }

    private void ReadDeviceId()
    {
        string? deviceId = null;
        var isTaken = _reader.TokenType switch
        {
            JsonTokenType.Number => OsmAndDecoder.TryDeviceId(_reader.ValueSpan, out deviceId),
            JsonTokenType.String =>
                OsmAndDecoder.TryDeviceId(Encoding.UTF8.GetBytes(_reader.GetString() ?? ""), out deviceId),
            _ => false,
        };
        if (!isTaken)
            _draft.Fail(OsmAndFailures.DeviceIdInvalid);
        else if (_deviceId is not null && deviceId is not null && _deviceId != deviceId)
            _draft.Fail(OsmAndFailures.ParameterConflict);
        _deviceId ??= deviceId;
        JsonMembers.Leave(ref _reader);
    }

    /// <summary>Whether the member has this name; if so, moves to its value. A second one fails the fix.</summary>
    private bool Is(ReadOnlySpan<byte> name, int bit, ref int seen)
    {
        if (!_reader.ValueTextEquals(name))
            return false;
        if ((seen & bit) != 0)
            _draft.Fail(FixFailures.FieldDuplicate);
        seen |= bit;
        _reader.Read();
        return true;
    }

    private bool TryEnter(string name)
    {
        if (_reader.TokenType == JsonTokenType.StartObject)
            return true;
        _draft.Attributes.Ignore(name);
        JsonMembers.Leave(ref _reader);
        return false;
    }

    private void AddOther(string prefix)
    {
        var name = prefix + _reader.GetString();
        _reader.Read();
        _draft.AddAttribute(name, ref _reader);
    }
}
