using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace FieldCrm.Core.Tenants;

/// <summary>
/// How tenant messages are written: between processes, into the ledger (events) and into <c>tenant.settings</c>.
/// Stored for ever: a member may be added with a default, never renamed.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(TenantIdJsonConverter), typeof(DeviceIdJsonConverter), typeof(UtcMicrosJsonConverter)])]
[JsonSerializable(typeof(TenantCommand))]
[JsonSerializable(typeof(TenantEvent))]
[JsonSerializable(typeof(TenantOutcome))]
[JsonSerializable(typeof(TenantSettings))]
[JsonSerializable(typeof(TenantState))]
[JsonSerializable(typeof(Actor))]
[JsonSerializable(typeof(TenantId))]
[JsonSerializable(typeof(DeviceId))]
[JsonSerializable(typeof(UtcMicros))]
[JsonSerializable(typeof(ImmutableArray<DeviceId>))]
public sealed partial class TenantJson : JsonSerializerContext;
