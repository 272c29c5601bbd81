using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FieldCrm.Core.Live;

/// <summary>What <c>/live/events</c> streams (docs/wire/LIVE.md).</summary>
/// <param name="Token">Of a client that has taken this batch: follow from here after a loss of any kind.</param>
/// <param name="IsSnapshot">
/// The token before was none, or of another life of the database: read the lists now (after this batch, never before).
/// </param>
public sealed record EventBatch(string Token, bool IsSnapshot, ImmutableArray<LiveEvent> Items);

/// <summary>Something that happened.</summary>
/// <param name="Stream"><c>device/N</c>, <c>unit/N</c> or <c>tenant/N</c>.</param>
/// <param name="Version">Within the stream.</param>
/// <param name="Unit">The device's number; absent where it is about none.</param>
/// <param name="DeviceId">What its owner calls the device.</param>
/// <param name="Payload">Absent when it was erased.</param>
public sealed record LiveEvent(
    string Stream, long Version, string Type, DateTimeOffset RecordedAt, int? Unit, string? DeviceId, JsonElement? Payload);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EventBatch))]
public sealed partial class LiveJson : JsonSerializerContext;
