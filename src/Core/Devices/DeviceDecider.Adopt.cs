using System.Collections.Immutable;

namespace FieldCrm.Core.Devices;

// What a refold found, brought up to now, against what is recorded. Everything here must be read in the turn that
// adopts: a report between reading and adopting would be missing from it.
public static partial class DeviceDecider
{
    /// <param name="current">The grain's committed state.</param>
    /// <param name="refold">Of this device and fold version.</param>
    /// <param name="tail">
    /// Stored fixes with a key after <see cref="RefoldResult.ThroughKey"/> and not after the current last key,
    /// ascending, without those marked <see cref="FixMark.BeyondWindow"/>.
    /// </param>
    /// <param name="recordedEvents">Recorded net events with EmittedAt after <see cref="RefoldResult.FromKey"/>.</param>
    /// <param name="recordedMarks">Marks of stored fixes with a key after <see cref="RefoldResult.FromKey"/>.</param>
    /// <param name="checkpointEvery">See <see cref="DeviceSettings.CheckpointEvery"/>.</param>
    /// <exception cref="ArgumentException">The refold is of another device or fold version.</exception>
    public static AdoptDecision Adopt(
        DeviceState current, RefoldResult refold, ReadOnlySpan<Fix> tail, IReadOnlyCollection<NetEvent> recordedEvents,
        IReadOnlyCollection<MarkChange> recordedMarks, int checkpointEvery = 256)
    {
        ArgumentNullException.ThrowIfNull(current);
        ArgumentNullException.ThrowIfNull(refold);
        ArgumentNullException.ThrowIfNull(recordedEvents);
        ArgumentNullException.ThrowIfNull(recordedMarks);
        var fold = refold.Device == current.Fold.Device
            ? DeviceFold.FromBytes(refold.Device, refold.State.AsSpan()) : null;
        if (fold is null)
            throw new ArgumentException("The refold is of another device or fold version.", nameof(refold));
        var output = new FoldOutput();
        output.Events.AddRange(refold.Events);
        output.Marks.AddRange(refold.Marks);
        var checkpoints = refold.Checkpoints;
        foreach (ref readonly var fix in tail)
        {
            if (fold.CheckpointOfDayBefore(fix, checkpointEvery) is { } ofDay)
                checkpoints = checkpoints.Add(ofDay);
            fold.Step(fix, output);
            if (fold.CheckpointWhenDue(checkpointEvery) is { } checkpoint)
                checkpoints = checkpoints.Add(checkpoint);
        }
        var (set, withdrawn) = Corrections(FoldOutputs.Latest(output.Events), recordedEvents, refold.FromKey);
        return new AdoptDecision
        {
            Next = current with { Fold = fold },
            Set = set,
            Withdrawn = withdrawn,
            Marks = MarkCorrections(FoldOutputs.Latest(output.Marks), recordedMarks, refold.FromKey),
            Checkpoints = checkpoints,
            IsStartStale = IsStartStale(refold, tail, checkpointEvery),
        };
    }

    /// <summary>
    /// One slice of a long refold against the record between its two keys. The state is not touched: that is for the
    /// last part, by <see cref="Adopt"/>. An event that the record has on the other side of a border is taken back by
    /// one slice and set by another; in the end each is what the fold says.
    /// </summary>
    /// <param name="slice">With at least one fix.</param>
    /// <param name="recordedEvents">Recorded net events with EmittedAt after FromKey and not after ThroughKey.</param>
    /// <param name="recordedMarks">Marks of stored fixes with a key after FromKey and not after ThroughKey.</param>
    /// <param name="checkpointEvery">See <see cref="DeviceSettings.CheckpointEvery"/>.</param>
    public static SliceDecision Correct(
        RefoldResult slice, IReadOnlyCollection<NetEvent> recordedEvents, IReadOnlyCollection<MarkChange> recordedMarks,
        int checkpointEvery = 256)
    {
        ArgumentNullException.ThrowIfNull(slice);
        ArgumentNullException.ThrowIfNull(recordedEvents);
        ArgumentNullException.ThrowIfNull(recordedMarks);
        var (set, withdrawn) = Corrections(slice.Events, recordedEvents, slice.FromKey);
        var end = new Checkpoint(slice.ThroughKey, slice.State);
        return new SliceDecision
        {
            Set = set,
            Withdrawn = withdrawn,
            Marks = MarkCorrections(slice.Marks, recordedMarks, slice.FromKey),
            Checkpoints = slice.Checkpoints is [.., var last] && last.Through == end.Through
                ? slice.Checkpoints : slice.Checkpoints.Add(end),
            IsStartStale = IsStartStale(slice, [], checkpointEvery),
        };
    }

    /// <summary>
    /// The starting point ended its day or a slice, and neither does it now: a fix of the same day follows it. Were
    /// these kept, a device that delivers an old day one by one would leave a checkpoint at each of its fixes. A state that
    /// was forgotten stays: what came before it is not stored any more, so no refold could begin anywhere else.
    /// </summary>
    private static bool IsStartStale(RefoldResult refold, ReadOnlySpan<Fix> tail, int checkpointEvery)
    {
        if (refold.FromFixCount == 0 || refold.FromFixCount % checkpointEvery == 0 || refold.FromKey.ContentHash == DeviceFold.ForgottenHash)
            return false;
        FixKey? next = refold.FirstKey > refold.FromKey ? refold.FirstKey : tail.Length > 0 ? tail[0].Key : null;
        return next is { } key && FoldOutputs.IsSameDay(refold.FromKey.FixedAt, key.FixedAt);
    }

    private static (ImmutableArray<NetEvent> Set, ImmutableArray<Guid> Withdrawn) Corrections(
        ImmutableArray<NetEvent> truth, IReadOnlyCollection<NetEvent> recordedEvents, FixKey from)
    {
        var recorded = recordedEvents.ToDictionary(static e => e.Id);
        var set = ImmutableArray.CreateBuilder<NetEvent>();
        foreach (var happened in truth)
        {
            // One that was emitted up to the starting point is recorded so, unless it was replaced later.
            if (recorded.Remove(happened.Id, out var before) ? before != happened : happened.EmittedAt > from)
                set.Add(happened);
        }
        return (set.ToImmutable(), [.. recorded.Values.OrderBy(static e => e.EmittedAt).Select(static e => e.Id)]);
    }

    private static ImmutableArray<MarkChange> MarkCorrections(
        ImmutableArray<MarkChange> truth, IReadOnlyCollection<MarkChange> recordedMarks, FixKey from)
    {
        var recorded = recordedMarks.Where(static m => m.Mark != FixMark.BeyondWindow && m.Mark != FixMark.None)
            .ToDictionary(static m => m.Fix, static m => m.Mark);
        var changes = ImmutableArray.CreateBuilder<MarkChange>();
        foreach (var mark in truth)
        {
            var isSame = recorded.Remove(mark.Fix, out var before) ? before == mark.Mark : mark.Mark == FixMark.None;
            if (!isSame || mark.Fix <= from) // the few still open at the starting point were not asked for: state them
                changes.Add(mark);
        }
        changes.AddRange(recorded.Keys.Order().Select(static fix => new MarkChange(fix, FixMark.None)));
        return changes.ToImmutable();
    }
}
