using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Hub.Ingest.Protocols;

/// <summary>
/// A fix while it is read: every dialect puts its fields here, and the rules of what is refused and what is only
/// left out are the same for all. What is no number is refused; a number that hardware cannot have measured
/// is left out and named in <see cref="AttributeBag.IgnoredName"/>, so that a silly altitude never costs a position. A
/// negative speed, heading, accuracy or battery is how phones say "unknown" and is left out without a note.
/// </summary>
internal struct FixDraft
{
    private int? _latitudeE7;
    private int? _longitudeE7;
    private UtcMicros? _fixedAt;
    private int? _altitudeMm;
    private int? _speedMmps;
    private int? _headingCdeg;
    private int? _accuracyMm;
    private int? _batteryPermille;
    private AlarmKind _alarm;
    private bool _isDeclaredInvalid;
    private AttributeBag? _attributes;

    /// <summary>The first thing that was wrong; null as long as nothing is.</summary>
    public Failure? Failure { get; private set; }

    public AttributeBag Attributes => _attributes ??= new AttributeBag();

    public void Fail(Failure failure) => Failure ??= failure;

    public void SetLatitude(ReadOnlySpan<byte> text)
    {
        if (!DecimalText.TryParse(text, out var degrees))
            Fail(FixFailures.LatitudeInvalid);
        else if (!degrees.TryScale(decimals: 7, GeoPoint.MaxLatitudeE7, out var latitudeE7))
            Fail(FixFailures.LatitudeOutOfRange);
        else
            _latitudeE7 = (int)latitudeE7;
    }

    public void SetLongitude(ReadOnlySpan<byte> text)
    {
        if (!DecimalText.TryParse(text, out var degrees))
            Fail(FixFailures.LongitudeInvalid);
        else if (!degrees.TryScale(decimals: 7, GeoPoint.MaxLongitudeE7, out var longitudeE7))
            Fail(FixFailures.LongitudeOutOfRange);
        else
            _longitudeE7 = (int)longitudeE7;
    }

    public void SetFixedAt(UtcMicros fixedAt) => _fixedAt = fixedAt;

    public void SetAltitudeMetres(ReadOnlySpan<byte> text)
    {
        if (!DecimalText.TryParse(text, out var metres))
            Fail(FixFailures.AltitudeInvalid);
        else if (metres.TryScale(decimals: 3, Units.MaxAltitudeMm, out var mm) && mm >= Units.MinAltitudeMm)
            _altitudeMm = (int)mm;
        else
            Attributes.Ignore("altitude");
    }

    public void SetSpeedMps(ReadOnlySpan<byte> text) =>
        _speedMmps = NonNegative(text, decimals: 3, Units.MaxSpeedMmps, FixFailures.SpeedInvalid, "speed");

    public void SetSpeedKnots(ReadOnlySpan<byte> text)
    {
        if (!DecimalText.TryParse(text, out var knots))
            Fail(FixFailures.SpeedInvalid);
        else if (knots.IsNegative)
            return;
        else if (knots.TryScale(Units.KnotMmpsNumerator, Units.KnotMmpsDenominator, Units.MaxSpeedMmps, out var mmps))
            _speedMmps = (int)mmps;
        else
            Attributes.Ignore("speed");
    }

    public void SetHeadingDegrees(ReadOnlySpan<byte> text)
    {
        var cdeg = NonNegative(text, decimals: 2, Units.FullCircleCdeg, FixFailures.HeadingInvalid, "heading");
        _headingCdeg = cdeg is { } present ? Units.WrapFullCircle(present) : null;
    }

    public void SetAccuracyMetres(ReadOnlySpan<byte> text) =>
        _accuracyMm = NonNegative(text, decimals: 3, Units.MaxAccuracyMm, FixFailures.AccuracyInvalid, "accuracy");

    public void SetBatteryPercent(ReadOnlySpan<byte> text) =>
        _batteryPermille = NonNegative(text, decimals: 1, Units.MaxBatteryPermille, FixFailures.BatteryInvalid, "battery");

    /// <summary>From 0 (empty) … 1 (full).</summary>
    public void SetBatteryFraction(ReadOnlySpan<byte> text) =>
        _batteryPermille = NonNegative(text, decimals: 3, Units.MaxBatteryPermille, FixFailures.BatteryInvalid, "battery");

    /// <summary>A word that is not our own name of its kind stays readable in the attribute <c>alarm</c>.</summary>
    public void SetAlarm(ReadOnlySpan<char> words)
    {
        _alarm = AlarmWords.KindOf(words);
        if (_alarm != AlarmKind.None && !AlarmWords.IsOwnName(words))
            Attributes.AddText("alarm", words);
    }

    public void DeclareInvalid() => _isDeclaredInvalid = true;

    /// <summary>Takes the JSON value that the reader stands on as an attribute; null and an empty object say nothing.</summary>
    public void AddAttribute(string name, ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return;
        if (!CanonicalJson.TryRead(ref reader, out var json))
            Attributes.Ignore(name);
        else if (json != "{}")
            Attributes.AddJson(name, json);
    }

    /// <summary>The hashed fix; false with <see cref="Failure"/> set when something is wrong or missing.</summary>
    public bool TryBuild(out Fix fix)
    {
        fix = default;
        string? attributesJson = null;
        if (_attributes is not null && !_attributes.TryBuild(out attributesJson))
            Fail(FixFailures.AttributesTooLarge);
        if (_latitudeE7 is null)
            Fail(FixFailures.LatitudeMissing);
        if (_longitudeE7 is null)
            Fail(FixFailures.LongitudeMissing);
        if (_fixedAt is null)
            Fail(FixFailures.TimestampMissing);
        if (Failure is not null)
            return false;
        fix = new Fix
        {
            FixedAt = _fixedAt.GetValueOrDefault(),
            Position = new GeoPoint(_latitudeE7.GetValueOrDefault(), _longitudeE7.GetValueOrDefault()),
            AltitudeMm = _altitudeMm, SpeedMmps = _speedMmps, HeadingCdeg = _headingCdeg, AccuracyMm = _accuracyMm,
            BatteryPermille = _batteryPermille, Alarm = _alarm, IsDeclaredInvalid = _isDeclaredInvalid,
            AttributesJson = attributesJson,
        }.Hashed();
        return true;
    }

    private int? NonNegative(ReadOnlySpan<byte> text, int decimals, int max, Failure invalid, string name)
    {
        if (!DecimalText.TryParse(text, out var number))
            Fail(invalid);
        else if (number.IsNegative)
            return null;
        else if (number.TryScale(decimals, max, out var scaled))
            return (int)scaled;
        else
            Attributes.Ignore(name);
        return null;
    }
}
