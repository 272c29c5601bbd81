using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FieldCrm.Core.Availability;

/// <summary>Whether a unit can be sent. Numbers are stored and stand in live records, words in events and over HTTP: append, never change.</summary>
[JsonConverter(typeof(AvailabilityStatusJsonConverter))]
public enum AvailabilityStatus : byte
{
    /// <summary>Nobody has said.</summary>
    Unknown = 0,
    Available = 1,
    Busy = 2,
    OnBreak = 3,
    OffDuty = 4,
    OutOfService = 5,
}

/// <summary>The words of <see cref="AvailabilityStatus"/>.</summary>
public static class AvailabilityStatuses
{
    /// <summary>By number.</summary>
    public static readonly ImmutableArray<string> Words = ["unknown", "available", "busy", "onBreak", "offDuty", "outOfService"];

    public static string WordOf(AvailabilityStatus status) => Words[(int)status];

    /// <summary>Null for a word that is none.</summary>
    public static AvailabilityStatus? Of(string word) => Words.IndexOf(word) is >= 0 and var number ? (AvailabilityStatus)number : null;
}

internal sealed class AvailabilityStatusJsonConverter : JsonConverter<AvailabilityStatus>
{
    public override AvailabilityStatus Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        AvailabilityStatuses.Of(reader.GetString() ?? "") ?? throw new JsonException();

    public override void Write(Utf8JsonWriter writer, AvailabilityStatus value, JsonSerializerOptions options) =>
        writer.WriteStringValue(AvailabilityStatuses.WordOf(value));
}
