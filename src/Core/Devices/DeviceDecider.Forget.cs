using System.Collections.Immutable;

namespace FieldCrm.Core.Devices;

// What retention does to a device. Where a refold may begin is forgotten like the state itself, so that what comes in
// afterwards, in whatever order, is evaluated from the same beginning.
public static partial class DeviceDecider
{
    /// <param name="checkpoints">
    /// Ascending: all of them when the state's live position is older than <paramref name="before"/>, else at least those
    /// through a fix older than it.
    /// </param>
    /// <returns>Null when there is nothing to forget.</returns>
    public static ForgetDecision? Forget(DeviceState state, IReadOnlyList<Checkpoint> checkpoints, UtcMicros before)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(checkpoints);
        var fold = state.Fold.ForgetBefore(before) ?? state.Fold;
        if (fold is { IsForgotten: true, LastKey: { } last })
            return ForgetAll(state, fold, last, checkpoints);
        FixKey? dropBefore = null;
        var set = ImmutableArray.CreateBuilder<Checkpoint>();
        for (var i = 0; i < checkpoints.Count; i++)
        {
            var through = checkpoints[i].Through;
            if (i + 1 < checkpoints.Count && checkpoints[i + 1].Through.FixedAt < before)
                continue; // the newest of the old ones is where a refold of the first fix that is kept begins
            var kept = DeviceFold.FromBytes(state.Fold.Device, checkpoints[i].State.AsSpan());
            var forgotten = kept?.ForgetBefore(before);
            if (forgotten is { LastKey: { } key })
                set.Add(new Checkpoint(through = key, [.. forgotten.ToBytes()]));
            if (through.FixedAt < before)
                dropBefore = kept is null ? through.Next : through; // of another version: nobody can begin there
        }
        if (ReferenceEquals(fold, state.Fold) && set.Count == 0)
            return null;
        return new ForgetDecision
        {
            Next = state with { Fold = fold }, IsAllForgotten = false, DropBefore = dropBefore, Checkpoints = set.ToImmutable(),
        };
    }

    private static ForgetDecision? ForgetAll(DeviceState state, DeviceFold fold, FixKey last, IReadOnlyList<Checkpoint> checkpoints)
    {
        if (ReferenceEquals(fold, state.Fold) && checkpoints is [var only] && only.Through == last)
            return null; // before
        return new ForgetDecision
        {
            Next = state with { Fold = fold, RecentKeys = [] }, IsAllForgotten = true, DropBefore = last,
            Checkpoints = [new Checkpoint(last, [.. fold.ToBytes()])],
        };
    }
}

/// <summary>What retention takes away. Committed in one transaction.</summary>
public sealed record ForgetDecision
{
    public required DeviceState Next { get; init; }

    /// <summary>No fix of the device is kept any more; a refold that is pending has nothing left to fold.</summary>
    public required bool IsAllForgotten { get; init; }

    /// <summary>Checkpoints before this one go; null for none.</summary>
    public required FixKey? DropBefore { get; init; }

    /// <summary>To store, after that.</summary>
    public required ImmutableArray<Checkpoint> Checkpoints { get; init; }
}
