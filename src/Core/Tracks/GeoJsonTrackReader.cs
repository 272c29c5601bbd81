using System.Globalization;
using System.Text.Json;
using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Tracks;

/// <summary>
/// GeoJSON: a FeatureCollection (or one Feature) of Points with <c>fixedAt</c>, <c>time</c> or <c>timestamp</c> among
/// their properties, or of LineStrings and MultiLineStrings with <c>coordTimes</c> (or <c>coordinateProperties.times</c>),
/// as GPX converters write them. Other geometries are left out. A third coordinate is not read: it is above the
/// ellipsoid, not above sea level.
/// </summary>
internal static class GeoJsonTrackReader
{
    private static readonly string[] TimeNames = ["fixedAt", "time", "timestamp"];

    public static TrackFile Read(ReadOnlyMemory<byte> file)
    {
        var fixes = new List<Fix>();
        try
        {
            var reader = new Utf8JsonReader(file.Span, new JsonReaderOptions { MaxDepth = 32 });
            return ReadRoot(ref reader, fixes, file) is { } failure ? TrackFile.Refused(failure) : TrackFile.Of(fixes);
        }
        catch (JsonException e)
        {
            return TrackFile.Refused("track-file.malformed", $"Line {(e.LineNumber ?? 0) + 1} is not valid JSON.");
        }
        catch (InvalidOperationException) // text that is not UTF-8
        {
            return TrackFile.Refused("track-file.malformed", "The file holds text that is not UTF-8.");
        }
    }

    // Feature by feature, so that no second copy of a large file is held.
    private static Failure? ReadRoot(ref Utf8JsonReader reader, List<Fix> fixes, ReadOnlyMemory<byte> file)
    {
        reader.Read();
        var number = 0;
        string? type = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isFeatures = reader.ValueTextEquals("features"u8);
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String)
                type = reader.GetString();
            if (!isFeatures || reader.TokenType != JsonTokenType.StartArray)
            {
                reader.Skip();
                continue;
            }
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                using var feature = JsonDocument.ParseValue(ref reader);
                if (ReadFeature(feature.RootElement, ++number, fixes) is { } failure)
                    return failure;
            }
        }
        if (reader.Read())
            return new Failure("track-file.malformed", "Something follows the end of the JSON document.");
        if (number > 0 || type == "FeatureCollection")
            return null;
        if (type != "Feature")
            return new Failure("track-file.unknown-format", "The file is JSON, but no GeoJSON FeatureCollection.");
        using var single = JsonDocument.Parse(file);
        return ReadFeature(single.RootElement, 1, fixes);
    }

    private static Failure? ReadFeature(JsonElement feature, int number, List<Fix> fixes)
    {
        if (feature.ValueKind != JsonValueKind.Object || Member(feature, "geometry") is not { } geometry
            || geometry.ValueKind != JsonValueKind.Object || Member(geometry, "coordinates") is not { } coordinates)
            return null;
        var properties = Member(feature, "properties") is { ValueKind: JsonValueKind.Object } found ? found : default;
        return (Member(geometry, "type") is { ValueKind: JsonValueKind.String } type ? type.GetString() : null) switch
        {
            "Point" => ReadPoint(coordinates, properties, number, fixes),
            "LineString" => ReadLine(coordinates, Times(properties), number, fixes),
            "MultiLineString" => ReadLines(coordinates, Times(properties), number, fixes),
            _ => null,
        };
    }

    private static Failure? ReadPoint(JsonElement coordinates, JsonElement properties, int number, List<Fix> fixes)
    {
        var draft = new TrackPointDraft(string.Create(CultureInfo.InvariantCulture, $"feature {number}"));
        draft.Position(GeoJsonTrackFormat.ReadPosition(coordinates));
        if (properties.ValueKind == JsonValueKind.Object)
        {
            foreach (var name in TimeNames)
            {
                if (Member(properties, name) is { ValueKind: JsonValueKind.String } time)
                {
                    draft.Time(time.GetString());
                    break;
                }
            }
            foreach (var property in properties.EnumerateObject())
                TakeProperty(draft, property);
        }
        return Take(draft, fixes);
    }

    private static void TakeProperty(TrackPointDraft draft, JsonProperty property)
    {
        if (property.NameEquals("attributes"u8) && property.Value.ValueKind == JsonValueKind.Object)
            draft.Attributes(property.Value);
        else if (property.Value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
            draft.Value(property.Name, property.Value.GetRawText());
        else if (property.NameEquals("alarm"u8) && property.Value.ValueKind == JsonValueKind.String)
            draft.Value(property.Name, property.Value.GetString() ?? "");
    }

    private static Failure? ReadLines(JsonElement lines, JsonElement times, int number, List<Fix> fixes)
    {
        if (lines.ValueKind != JsonValueKind.Array || times.ValueKind != JsonValueKind.Array
            || lines.GetArrayLength() != times.GetArrayLength())
            return NoTimes(number);
        foreach (var (line, lineTimes) in lines.EnumerateArray().Zip(times.EnumerateArray()))
        {
            if (ReadLine(line, lineTimes, number, fixes) is { } failure)
                return failure;
        }
        return null;
    }

    private static Failure? ReadLine(JsonElement line, JsonElement times, int number, List<Fix> fixes)
    {
        if (line.ValueKind != JsonValueKind.Array || times.ValueKind != JsonValueKind.Array
            || line.GetArrayLength() != times.GetArrayLength())
            return NoTimes(number);
        var index = 0;
        foreach (var (coordinates, time) in line.EnumerateArray().Zip(times.EnumerateArray()))
        {
            var draft = new TrackPointDraft(string.Create(CultureInfo.InvariantCulture, $"feature {number}, coordinate {++index}"));
            draft.Position(GeoJsonTrackFormat.ReadPosition(coordinates));
            draft.Time(time.ValueKind == JsonValueKind.String ? time.GetString() : null);
            if (Take(draft, fixes) is { } failure)
                return failure;
        }
        return null;
    }

    private static Failure? Take(TrackPointDraft draft, List<Fix> fixes)
    {
        if (draft.Finish() is { } fix)
            fixes.Add(fix);
        return draft.Failure;
    }

    private static JsonElement Times(JsonElement properties) =>
        Member(properties, "coordTimes")
        ?? (Member(properties, "coordinateProperties") is { } nested ? Member(nested, "times") : null)
        ?? default;

    private static Failure NoTimes(int number) => new(
        "track-file.no-time", $"Feature {number} is a line without one time a coordinate (coordTimes).");

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : null;
}
