using System.Text;
using FieldCrm.Core;

namespace FieldCrm.Hub.Ingest.Protocols;

/// <summary>
/// The parameters that make the fix itself, found wherever they stood (query or form, any order). Given twice with the
/// same text they count once; with different texts the request is refused, since either choice would be a guess.
/// </summary>
internal ref struct OsmAndParameters
{
    private ReadOnlySpan<byte> _id;
    private ReadOnlySpan<byte> _latitude;
    private ReadOnlySpan<byte> _longitude;
    private ReadOnlySpan<byte> _timestamp;
    private ReadOnlySpan<byte> _speed;
    private ReadOnlySpan<byte> _heading;
    private ReadOnlySpan<byte> _altitude;
    private ReadOnlySpan<byte> _accuracy;
    private ReadOnlySpan<byte> _battery;
    private ReadOnlySpan<byte> _valid;
    private ReadOnlySpan<byte> _alarm;

    /// <summary>False when the name is none of ours: then it is an attribute.</summary>
    public bool TryPut(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ref FixDraft draft)
    {
        if (name.SequenceEqual("lat"u8))
            return Keep(ref _latitude, value, ref draft);
        if (name.SequenceEqual("lon"u8))
            return Keep(ref _longitude, value, ref draft);
        if (name.SequenceEqual("timestamp"u8))
            return Keep(ref _timestamp, value, ref draft);
        if (name.SequenceEqual("speed"u8))
            return Keep(ref _speed, value, ref draft);
        if (name.SequenceEqual("bearing"u8) || name.SequenceEqual("heading"u8))
            return Keep(ref _heading, value, ref draft);
        if (name.SequenceEqual("altitude"u8))
            return Keep(ref _altitude, value, ref draft);
        if (name.SequenceEqual("accuracy"u8))
            return Keep(ref _accuracy, value, ref draft);
        if (name.SequenceEqual("batt"u8))
            return Keep(ref _battery, value, ref draft);
        if (name.SequenceEqual("id"u8) || name.SequenceEqual("deviceid"u8) || name.SequenceEqual("device_id"u8))
            return Keep(ref _id, value, ref draft);
        if (name.SequenceEqual("valid"u8))
            return Keep(ref _valid, value, ref draft);
        if (name.SequenceEqual("alarm"u8))
            return Keep(ref _alarm, value, ref draft);
        return name.SequenceEqual("location"u8) && PutLocation(value, ref draft);
    }

    /// <summary>Interprets what was found; what is wrong is in the draft's failure.</summary>
    public readonly void Fill(ref FixDraft draft, UtcMicros receivedAt, out string? deviceId)
    {
        if (!OsmAndDecoder.TryDeviceId(_id, out deviceId))
            draft.Fail(OsmAndFailures.DeviceIdInvalid);
        if (!_latitude.IsEmpty)
            draft.SetLatitude(_latitude);
        if (!_longitude.IsEmpty)
            draft.SetLongitude(_longitude);
        if (_timestamp.IsEmpty)
            draft.SetFixedAt(receivedAt);
        else if (TimeText.TryParse(_timestamp, out var fixedAt))
            draft.SetFixedAt(fixedAt);
        else
            draft.Fail(FixFailures.TimestampInvalid);
        if (!_speed.IsEmpty)
            draft.SetSpeedKnots(_speed);
        if (!_heading.IsEmpty)
            draft.SetHeadingDegrees(_heading);
        if (!_altitude.IsEmpty)
            draft.SetAltitudeMetres(_altitude);
        if (!_accuracy.IsEmpty)
            draft.SetAccuracyMetres(_accuracy);
        if (!_battery.IsEmpty)
            draft.SetBatteryPercent(_battery);
        if (!_valid.IsEmpty)
            SetValid(_valid, ref draft);
        if (!_alarm.IsEmpty)
            draft.SetAlarm(Encoding.UTF8.GetString(_alarm));
    }

    private static void SetValid(ReadOnlySpan<byte> text, ref FixDraft draft)
    {
        if (Ascii.EqualsIgnoreCase(text, "false"u8) || text.SequenceEqual("0"u8))
            draft.DeclareInvalid();
        else if (!Ascii.EqualsIgnoreCase(text, "true"u8) && !text.SequenceEqual("1"u8))
            draft.Attributes.Ignore("valid");
    }

    private bool PutLocation(ReadOnlySpan<byte> value, ref FixDraft draft)
    {
        var comma = value.IndexOf((byte)',');
        if (comma < 0 || value[(comma + 1)..].Contains((byte)','))
        {
            draft.Fail(FixFailures.LocationInvalid);
            return true;
        }
        Keep(ref _latitude, value[..comma].Trim((byte)' '), ref draft);
        return Keep(ref _longitude, value[(comma + 1)..].Trim((byte)' '), ref draft);
    }

    private static bool Keep(ref ReadOnlySpan<byte> slot, ReadOnlySpan<byte> value, ref FixDraft draft)
    {
        if (slot.IsEmpty)
            slot = value;
        else if (!slot.SequenceEqual(value))
            draft.Fail(OsmAndFailures.ParameterConflict);
        return true;
    }
}
