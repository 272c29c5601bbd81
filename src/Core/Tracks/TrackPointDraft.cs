using System.Globalization;
using System.Text.Json;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Tracks;

/// <summary>A fix being read from a file, value by value, with the place to blame.</summary>
/// <param name="place">Where in the file: <c>line 12</c>, <c>feature 3</c>.</param>
internal sealed class TrackPointDraft(string place)
{
    private UtcMicros? _fixedAt;
    private GeoPoint? _position;
    private Fix _rest = new() { FixedAt = default, Position = default };

    public Failure? Failure { get; private set; }

    public void Position(GeoPoint? position)
    {
        _position = position;
        if (position is null)
            Fail("track-file.bad-position", "has no latitude within ±90° and longitude within ±180°");
    }

    /// <summary>ISO 8601 with a zone; without one it is UTC, as GPX says.</summary>
    public void Time(string? text)
    {
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
            _fixedAt = UtcMicros.From(time);
        else
            Fail("track-file.bad-time", "has a time that is not ISO 8601 (2026-11-22T19:04:24Z)");
    }

    /// <summary>A named number or word in this product's vocabulary; a name it does not know is left out.</summary>
    public void Value(string name, string text)
    {
        switch (name)
        {
            case "speedMps" or "speed": Number(name, text, Units.MmpsFromMps, v => _rest = _rest with { SpeedMmps = v }); break;
            case "headingDeg" or "course": Number(name, text, Units.CdegFromDegrees, v => _rest = _rest with { HeadingCdeg = v }); break;
            case "accuracyM": Number(name, text, Units.AccuracyMmFromMetres, v => _rest = _rest with { AccuracyMm = v }); break;
            case "altitudeM" or "ele": Number(name, text, Units.AltitudeMmFromMetres, v => _rest = _rest with { AltitudeMm = v }); break;
            case "batteryPercent": Number(name, text, Units.PermilleFromPercent, v => _rest = _rest with { BatteryPermille = v }); break;
            case "alarm": _rest = _rest with { Alarm = TrackText.AlarmOf(text) ?? AlarmKind.Other }; break;
            case "declaredInvalid": _rest = _rest with { IsDeclaredInvalid = text is "true" or "1" }; break;
            case "attributes": Attributes(text); break;
        }
    }

    public void Attributes(JsonElement attributes)
    {
        if (TrackFile.Canonical(attributes) is { } canonical)
            _rest = _rest with { AttributesJson = canonical };
        else
            Fail("track-file.attributes-too-long", $"has attributes that are no object of at most {Fix.MaxAttributesLength} characters with each member named once");
    }

    /// <summary>Null when something was wrong: see <see cref="Failure"/>.</summary>
    public Fix? Finish()
    {
        if (_fixedAt is null)
            Fail("track-file.no-time", "has no time: a position without one is not part of a track");
        if (_position is null)
            Fail("track-file.bad-position", "has no position");
        return Failure is null && _fixedAt is { } fixedAt && _position is { } position
            ? _rest with { FixedAt = fixedAt, Position = position }
            : null;
    }

    private void Attributes(string text)
    {
        try
        {
            using var parsed = JsonDocument.Parse(text);
            Attributes(parsed.RootElement);
        }
        catch (JsonException)
        {
            Fail("track-file.bad-value", "has attributes that are not JSON");
        }
    }

    private void Number(string name, string text, Func<double, int?> convert, Action<int> take)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && convert(number) is { } value)
            take(value);
        else
            Fail("track-file.bad-value", $"has a {name} out of range");
    }

    // The first thing wrong is the one to report.
    private void Fail(string code, string what) => Failure ??= new Failure(code, $"The position at {place} {what}.");
}
