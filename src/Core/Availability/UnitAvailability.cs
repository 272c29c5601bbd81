using FieldCrm.Core.Tenants;

namespace FieldCrm.Core.Availability;

/// <summary>Whether a unit can be sent, as it was last said, and what undoing that brings back.</summary>
public sealed record UnitAvailability
{
    /// <summary>Longest note, in characters: a line in a list.</summary>
    public const int MaxNote = 200;

    /// <summary>Nobody has said anything yet.</summary>
    public static readonly UnitAvailability Unsaid = new();

    /// <summary>Counts the changes; 0 is none.</summary>
    public long Version { get; init; }

    public AvailabilityStatus Status { get; init; }

    public string? Note { get; init; }

    public AvailabilityStatus PreviousStatus { get; init; }

    public string? PreviousNote { get; init; }

    /// <summary>The version that the last change undid; null when it undid none.</summary>
    public long? Undoes { get; init; }

    /// <summary>Null at version 0.</summary>
    public UtcMicros? ChangedAt { get; init; }

    /// <summary>Null at version 0.</summary>
    public Actor? ChangedBy { get; init; }

    public UnitAvailability Apply(AvailabilitySet happened, UtcMicros at) => new()
    {
        Version = happened.Version, Status = happened.Status, Note = happened.Note, PreviousStatus = Status, PreviousNote = Note,
        Undoes = happened.Undoes, ChangedAt = at, ChangedBy = happened.By,
    };
}
