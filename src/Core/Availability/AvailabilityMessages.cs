using System.Text.Json.Serialization;
using FieldCrm.Core.Tenants;

namespace FieldCrm.Core.Availability;

/// <summary>What a dispatcher can ask of a unit.</summary>
[JsonDerivedType(typeof(SetAvailability), nameof(SetAvailability))]
[JsonDerivedType(typeof(UndoAvailability), nameof(UndoAvailability))]
public abstract record AvailabilityCommand;

/// <summary>Refused: <c>availability.stale</c>, <c>availability.note-invalid</c>.</summary>
/// <param name="ExpectedVersion">What its sender has seen: who has not seen the newest must look again.</param>
public sealed record SetAvailability(AvailabilityStatus Status, string? Note, long ExpectedVersion) : AvailabilityCommand;

/// <summary>
/// Brings back what was before a change, as long as nothing was changed since. It is a change of its own, so it can be undone too.
/// Refused: <c>availability.stale</c>, <c>availability.nothing-to-undo</c>.
/// </summary>
/// <param name="Version">The change that is not to be.</param>
public sealed record UndoAvailability(long Version) : AvailabilityCommand;

/// <summary>Stands in the unit's stream of the ledger under this name: never rename it.</summary>
/// <param name="Undoes">The version that this takes back; null for a change of its own.</param>
public sealed record AvailabilitySet(
    long Version, AvailabilityStatus Status, string? Note, AvailabilityStatus PreviousStatus, string? PreviousNote, Actor By,
    long? Undoes = null);

/// <summary>What a command led to.</summary>
/// <param name="State">As it stands now, also where the command was refused.</param>
public sealed record AvailabilityOutcome(UnitAvailability State, Failure? Refusal = null);

/// <summary>How these messages travel and are stored: a member may be added with a default, never renamed.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcMicrosJsonConverter)])]
[JsonSerializable(typeof(AvailabilityCommand))]
[JsonSerializable(typeof(AvailabilitySet))]
[JsonSerializable(typeof(AvailabilityOutcome))]
public sealed partial class AvailabilityJson : JsonSerializerContext;
