using System.Collections.Immutable;
using System.Text.Json.Serialization;
using FieldCrm.Core.Tenants;

namespace FieldCrm.Core.People;

/// <summary>How a person's commands travel and his events are stored. Stored for ever: a member may be added with a default, never renamed.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcMicrosJsonConverter)])]
[JsonSerializable(typeof(PersonCommand))]
[JsonSerializable(typeof(PersonEvent))]
[JsonSerializable(typeof(PersonOutcome))]
[JsonSerializable(typeof(PersonState))]
[JsonSerializable(typeof(Shift))]
[JsonSerializable(typeof(Actor))]
[JsonSerializable(typeof(ImmutableArray<PersonEvent>))]
public sealed partial class PersonJson : JsonSerializerContext;
