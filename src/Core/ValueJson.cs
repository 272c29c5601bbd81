using System.Text.Json;
using System.Text.Json.Serialization;

namespace FieldCrm.Core;

/// <summary>A tenant's id as a bare number.</summary>
public sealed class TenantIdJsonConverter : JsonConverter<TenantId>
{
    public override TenantId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetInt32());

    public override void Write(Utf8JsonWriter writer, TenantId value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value.Value);
}

/// <summary>A device's id as a bare number.</summary>
public sealed class DeviceIdJsonConverter : JsonConverter<DeviceId>
{
    public override DeviceId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetInt32());

    public override void Write(Utf8JsonWriter writer, DeviceId value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value.Value);
}

/// <summary>A moment as µs since 1970.</summary>
public sealed class UtcMicrosJsonConverter : JsonConverter<UtcMicros>
{
    public override UtcMicros Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetInt64());

    public override void Write(Utf8JsonWriter writer, UtcMicros value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value.Value);
}
