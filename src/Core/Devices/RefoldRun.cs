using System.Collections.Immutable;

namespace FieldCrm.Core.Devices;

/// <summary>
/// Folds a device's stored fixes again from a checkpoint, outside any grain turn. Feed every stored fix with a key
/// after the starting point, ascending, except those marked <see cref="FixMark.BeyondWindow"/>; the pending marks that
/// this run answers must have been read before the fixes.
/// </summary>
public sealed class RefoldRun
{
    private readonly DeviceFold _fold;
    private readonly FixKey _from;
    private readonly long _fromCount;
    private readonly int _checkpointEvery;
    private readonly FoldOutput _output = new();
    private readonly ImmutableArray<Checkpoint>.Builder _checkpoints = ImmutableArray.CreateBuilder<Checkpoint>();

    /// <param name="startingPoint">A checkpoint's state, or an empty fold to begin with the first fix. Not changed.</param>
    /// <param name="checkpointEvery">See <see cref="DeviceSettings.CheckpointEvery"/>.</param>
    public RefoldRun(DeviceFold startingPoint, int checkpointEvery = 256)
    {
        ArgumentNullException.ThrowIfNull(startingPoint);
        ArgumentOutOfRangeException.ThrowIfLessThan(checkpointEvery, 1);
        _fold = startingPoint.Clone();
        _from = _fold.LastKey ?? FixKey.Min;
        _fromCount = _fold.FixCount;
        _checkpointEvery = checkpointEvery;
        _fold.StateOpen(_output);
    }

    private FixKey? _first;

    /// <summary>Fixes folded so far: what the run has cost.</summary>
    public int Steps { get; private set; }

    /// <summary>The last key fed, or the starting point's; null when there is neither.</summary>
    public FixKey? ThroughKey => _fold.LastKey;

    /// <exception cref="ArgumentException">The fix lies before one already fed.</exception>
    public void Feed(in Fix fix)
    {
        var before = _fold.FixCount;
        _first ??= fix.Key;
        if (_fold.LastKey > _from && _fold.CheckpointOfDayBefore(fix, _checkpointEvery) is { } ofDay)
            _checkpoints.Add(ofDay);
        _fold.Step(fix, _output);
        Steps++;
        if (_fold.FixCount != before && _fold.CheckpointWhenDue(_checkpointEvery) is { } checkpoint)
            _checkpoints.Add(checkpoint);
    }

    public RefoldResult Finish() => new()
    {
        Device = _fold.Device,
        FromKey = _from,
        FromFixCount = _fromCount,
        FirstKey = _first ?? _from,
        ThroughKey = _fold.LastKey ?? FixKey.Min,
        State = [.. _fold.ToBytes()],
        Events = FoldOutputs.Latest(_output.Events),
        Marks = FoldOutputs.Latest(_output.Marks),
        Checkpoints = _checkpoints.ToImmutable(),
        Steps = Steps,
    };
}

/// <summary>
/// What a refold found between two keys. Events and marks with a key up to <see cref="FromKey"/> are those that were
/// still open there: the truth about them, needed only where something later was recorded.
/// </summary>
public sealed record RefoldResult
{
    public required DeviceId Device { get; init; }

    /// <summary>The starting point's last key; <see cref="FixKey.Min"/> for the very beginning.</summary>
    public required FixKey FromKey { get; init; }

    /// <summary>Fixes that the starting point holds.</summary>
    public required long FromFixCount { get; init; }

    /// <summary>The first key fed, or <see cref="FromKey"/> when there was none.</summary>
    public required FixKey FirstKey { get; init; }

    /// <summary>The last key fed, or <see cref="FromKey"/> when there was none.</summary>
    public required FixKey ThroughKey { get; init; }

    /// <summary><see cref="DeviceFold.ToBytes"/> after <see cref="ThroughKey"/>.</summary>
    public required ImmutableArray<byte> State { get; init; }

    public required ImmutableArray<NetEvent> Events { get; init; }

    public required ImmutableArray<MarkChange> Marks { get; init; }

    public required ImmutableArray<Checkpoint> Checkpoints { get; init; }

    public required int Steps { get; init; }
}
