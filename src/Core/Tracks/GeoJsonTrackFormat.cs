using System.Text.Encodings.Web;
using System.Text.Json;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Tracks;

/// <summary>
/// GeoJSON (RFC 7946): a FeatureCollection, one Point feature a fix in fix-time order. A page that is not the last has
/// a foreign member <c>next</c> with the address of the following one.
/// The altitude is a property: devices report it above mean sea level, a third coordinate would be above the ellipsoid.
/// </summary>
public sealed class GeoJsonTrackFormat(Stream output) : ITrackFormat
{
    private readonly Utf8JsonWriter _json = new(output, new JsonWriterOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // a JSON document of its own, never inside HTML
    });

    public void Begin(TrackHead head)
    {
        _json.WriteStartObject();
        _json.WriteString("type"u8, "FeatureCollection"u8);
        _json.WriteString("device"u8, head.DeviceId);
        _json.WriteStartArray("features"u8);
    }

    public void Write(in TrackFix track)
    {
        var fix = track.Fix;
        _json.WriteStartObject();
        _json.WriteString("type"u8, "Feature"u8);
        _json.WriteStartObject("geometry"u8);
        _json.WriteString("type"u8, "Point"u8);
        _json.WritePropertyName("coordinates"u8);
        WritePosition(_json, fix.Position);
        _json.WriteEndObject();
        _json.WriteStartObject("properties"u8);
        _json.WriteString("fixedAt"u8, TrackText.Time(fix.FixedAt));
        _json.WriteString("receivedAt"u8, TrackText.Time(track.ReceivedAt));
        WriteNumber("speedMps"u8, TrackText.Metres(fix.SpeedMmps));
        WriteNumber("headingDeg"u8, TrackText.DegreesOfHeading(fix.HeadingCdeg));
        WriteNumber("accuracyM"u8, TrackText.Metres(fix.AccuracyMm));
        WriteNumber("altitudeM"u8, TrackText.Metres(fix.AltitudeMm));
        WriteNumber("batteryPercent"u8, TrackText.Percent(fix.BatteryPermille));
        WriteName("alarm"u8, TrackText.Name(fix.Alarm));
        if (fix.IsDeclaredInvalid)
            _json.WriteBoolean("declaredInvalid"u8, true);
        WriteName("mark"u8, TrackText.Name(track.Mark));
        if (fix.AttributesJson is { } attributes)
        {
            _json.WritePropertyName("attributes"u8);
            _json.WriteRawValue(attributes);
        }
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.Flush();
    }

    public void End(TrackTail tail)
    {
        _json.WriteEndArray();
        if (tail.Next is { } next)
            _json.WriteString("next"u8, next);
        _json.WriteEndObject();
        _json.Flush();
    }

    public void Dispose() => _json.Dispose();

    /// <summary>The one place that knows GeoJSON's order: longitude first.</summary>
    public static void WritePosition(Utf8JsonWriter json, GeoPoint position)
    {
        json.WriteStartArray();
        json.WriteNumberValue(TrackText.Degrees(position.LongitudeE7));
        json.WriteNumberValue(TrackText.Degrees(position.LatitudeE7));
        json.WriteEndArray();
    }

    /// <summary>The same order on reading; null when it is no position on earth.</summary>
    public static GeoPoint? ReadPosition(JsonElement coordinates)
    {
        if (coordinates.ValueKind != JsonValueKind.Array || coordinates.GetArrayLength() < 2
            || coordinates[0].ValueKind != JsonValueKind.Number || coordinates[1].ValueKind != JsonValueKind.Number)
            return null;
        return GeoPoint.FromDegrees(latitudeDeg: coordinates[1].GetDouble(), longitudeDeg: coordinates[0].GetDouble());
    }

    private void WriteNumber(ReadOnlySpan<byte> name, decimal? value)
    {
        if (value is { } present)
            _json.WriteNumber(name, present);
    }

    private void WriteName(ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
            _json.WriteString(name, value);
    }
}
