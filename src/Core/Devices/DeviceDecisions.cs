using System.Collections.Immutable;

namespace FieldCrm.Core.Devices;

/// <summary>The fold's bytes after every fix up to <paramref name="Through"/>: where a refold may start.</summary>
public readonly record struct Checkpoint(FixKey Through, ImmutableArray<byte> State);

/// <summary>What a batch of one device's fixes comes to. Everything in it is committed in one transaction or not at all.</summary>
public sealed record ReportDecision
{
    public required DeviceState Next { get; init; }

    /// <summary>Newer than everything folded, ascending: folded into <see cref="Next"/>.</summary>
    public required ImmutableArray<Fix> Forward { get; init; }

    /// <summary>Older than the newest, ascending: stored with a refold mark when not stored yet, folded later.</summary>
    public required ImmutableArray<Fix> Late { get; init; }

    /// <summary>
    /// Too old for the window, ascending: stored with <see cref="FixMark.BeyondWindow"/> when not stored yet. Not in
    /// <see cref="Marks"/>, as a repeat of a fix that was evaluated in its time must keep its mark.
    /// </summary>
    public required ImmutableArray<Fix> BeyondWindow { get; init; }

    /// <summary>Fixes known to be committed already, or twice in this batch.</summary>
    public required int Duplicates { get; init; }

    /// <summary>To upsert by id; each id once.</summary>
    public required ImmutableArray<NetEvent> Events { get; init; }

    /// <summary>Each fix once; may reinstate a fix of an earlier batch.</summary>
    public required ImmutableArray<MarkChange> Marks { get; init; }

    public required ImmutableArray<PresenceEvent> Presence { get; init; }

    /// <summary>To store; there may be newer ones that a pending refold will replace.</summary>
    public required ImmutableArray<Checkpoint> Checkpoints { get; init; }

    /// <summary>When the silence is due; null when the row that exists is early enough (firing early re-arms).</summary>
    public required UtcMicros? ArmDueAt { get; init; }
}

/// <summary>What a due time comes to: one of re-arm and signal lost, or neither for a device never heard or already lost.</summary>
public sealed record DueDecision
{
    public required DeviceState Next { get; init; }

    public UtcMicros? ReArmAt { get; init; }

    public PresenceEvent? SignalLost { get; init; }
}

/// <summary>What of the record a refold corrects. Committed in one transaction with the marks it was made for.</summary>
public sealed record AdoptDecision
{
    public required DeviceState Next { get; init; }

    /// <summary>Events new or different from the record: to upsert by id.</summary>
    public required ImmutableArray<NetEvent> Set { get; init; }

    /// <summary>Recorded events that did not happen after all: to delete.</summary>
    public required ImmutableArray<Guid> Withdrawn { get; init; }

    public required ImmutableArray<MarkChange> Marks { get; init; }

    /// <summary>Replace every stored checkpoint with a key after <see cref="RefoldResult.FromKey"/>.</summary>
    public required ImmutableArray<Checkpoint> Checkpoints { get; init; }

    /// <summary>The checkpoint at <see cref="RefoldResult.FromKey"/> has lost its place and goes as well.</summary>
    public required bool IsStartStale { get; init; }
}

/// <summary>What of the record one slice of a refold corrects. Committed with the mark moved behind the slice.</summary>
public sealed record SliceDecision
{
    /// <summary>Events new or different from the record: to upsert by id.</summary>
    public required ImmutableArray<NetEvent> Set { get; init; }

    /// <summary>Recorded events that did not happen within the slice: to delete.</summary>
    public required ImmutableArray<Guid> Withdrawn { get; init; }

    public required ImmutableArray<MarkChange> Marks { get; init; }

    /// <summary>Replace every stored checkpoint within the slice; the last stands at its end, where the next one begins.</summary>
    public required ImmutableArray<Checkpoint> Checkpoints { get; init; }

    /// <summary>The checkpoint at <see cref="RefoldResult.FromKey"/> has lost its place and goes as well.</summary>
    public required bool IsStartStale { get; init; }
}
