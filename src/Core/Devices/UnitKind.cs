using System.Text.Json;
using System.Text.Json.Serialization;

namespace FieldCrm.Core.Devices;

/// <summary>What carries the device. Numbers are stored and stand in live records, words in events and over HTTP: append, never change.</summary>
[JsonConverter(typeof(UnitKindJsonConverter))]
public enum UnitKind : byte
{
    Vehicle = 0,
    Person = 1,
    Asset = 2,
}

/// <summary>The words of <see cref="UnitKind"/>.</summary>
public static class UnitKinds
{
    /// <summary>By number.</summary>
    public static readonly System.Collections.Immutable.ImmutableArray<string> Words = ["vehicle", "person", "asset"];

    public static string WordOf(UnitKind kind) => Words[(int)kind];

    /// <summary>Null for a word that is none.</summary>
    public static UnitKind? Of(string word) => Words.IndexOf(word) is >= 0 and var number ? (UnitKind)number : null;
}

internal sealed class UnitKindJsonConverter : JsonConverter<UnitKind>
{
    public override UnitKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        UnitKinds.Of(reader.GetString() ?? "") ?? throw new JsonException();

    public override void Write(Utf8JsonWriter writer, UnitKind value, JsonSerializerOptions options) =>
        writer.WriteStringValue(UnitKinds.WordOf(value));
}
