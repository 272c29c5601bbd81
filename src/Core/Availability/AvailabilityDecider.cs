using FieldCrm.Core.Tenants;

namespace FieldCrm.Core.Availability;

/// <summary>Decides what a command does to a unit's availability. Pure; a command that finds everything as it asks is no event.</summary>
public static class AvailabilityDecider
{
    private static readonly Failure Stale = new(
        "availability.stale", "Somebody changed this unit's availability meanwhile: look at it again.");

    private static readonly Failure NothingToUndo = new("availability.nothing-to-undo", "Nobody has set this unit's availability yet.");

    private static readonly Failure NoteInvalid = new(
        "availability.note-invalid", $"A note has 1 to {UnitAvailability.MaxNote} characters in one line, no space at either end; leave it out for none.");

    /// <summary>One of the two is null; both are where nothing is left to do.</summary>
    public static (Failure? Refusal, AvailabilitySet? Happened) Decide(UnitAvailability state, AvailabilityCommand command, Actor by) =>
        command switch
        {
            SetAvailability set => Set(state, set, by),
            UndoAvailability undo => Undo(state, undo, by),
            _ => throw new ArgumentOutOfRangeException(nameof(command), command.GetType().Name, "No such command."),
        };

    private static (Failure?, AvailabilitySet?) Set(UnitAvailability state, SetAvailability set, Actor by)
    {
        if (set.Note is { } note && !OneLine.Is(note, UnitAvailability.MaxNote))
            return (NoteInvalid, null);
        var isAsAsked = (state.Status, state.Note) == (set.Status, set.Note);
        if (set.ExpectedVersion == state.Version)
            return isAsAsked ? (null, null) : (null, Change(state, set.Status, set.Note, by));
        // The same again from whom it came: its first answer was lost on the way.
        return isAsAsked && set.ExpectedVersion == state.Version - 1 && state.ChangedBy == by && state.Undoes is null
            ? (null, null) : (Stale, null);
    }

    private static (Failure?, AvailabilitySet?) Undo(UnitAvailability state, UndoAvailability undo, Actor by)
    {
        if (state.Version == 0)
            return (NothingToUndo, null);
        if (undo.Version == state.Version)
            return (null, Change(state, state.PreviousStatus, state.PreviousNote, by) with { Undoes = undo.Version });
        return state.Undoes == undo.Version && state.ChangedBy == by ? (null, null) : (Stale, null);
    }

    private static AvailabilitySet Change(UnitAvailability state, AvailabilityStatus status, string? note, Actor by) =>
        new(state.Version + 1, status, note, state.Status, state.Note, by);
}
