using System.Collections.Immutable;
using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Tests.Devices;

/// <summary>
/// One device's grain, its rows in the store and the refold worker, in memory and single-threaded, doing what the
/// silo does in the order a seed says: commits that succeed, are lost, or succeed unheard; a grain that is dropped and
/// recovers; refolds that read, wait while fixes arrive, and are adopted or dropped.
/// </summary>
internal sealed class DeviceStoreSimulator(DeviceId device, DeviceSettings settings)
{
    private readonly SortedList<FixKey, Fix> _fixes = [];
    private readonly Dictionary<FixKey, FixMark> _marks = [];
    private readonly SortedSet<FixKey> _refoldMarks = [];
    private readonly Dictionary<Guid, NetEvent> _events = [];
    private readonly SortedList<FixKey, ImmutableArray<byte>> _checkpoints = [];
    private byte[] _snapshot = new DeviceFold(device).ToBytes();
    private DeviceState? _grain;
    private (RefoldRun Run, FixKey[] Answers)? _refold;

    public long Steps { get; private set; }

    public int Refolds { get; private set; }

    public int BeyondWindow { get; private set; }

    /// <summary>Every change to the net set, in the order of the commits: what the ledger holds.</summary>
    public List<(NetEvent? Set, Guid Withdrawn)> Ledger { get; } = [];

    public IReadOnlyDictionary<Guid, NetEvent> Events => _events;

    public IReadOnlyDictionary<FixKey, FixMark> Marks => _marks;

    public IReadOnlyDictionary<FixKey, ImmutableArray<byte>> Checkpoints => _checkpoints.AsReadOnly();

    public bool IsRefoldPending => _refoldMarks.Count > 0 || _refold is not null;

    public DeviceState Grain => _grain ??= Recovered();

    /// <summary>Reports and commits; false when the commit was lost and nothing may be acknowledged.</summary>
    public bool Report(ReadOnlySpan<Fix> fixes, UtcMicros receivedAt, bool isLost = false)
    {
        var decision = DeviceDecider.Report(Grain, fixes, receivedAt, settings);
        Steps += decision.Forward.Length;
        if (isLost)
        {
            DropGrain();
            return false;
        }
        foreach (var fix in decision.Forward)
            Assert.True(_fixes.TryAdd(fix.Key, fix), "a fix that was folded forward was stored already");
        foreach (var fix in decision.Late)
        {
            if (_fixes.TryAdd(fix.Key, fix))
                _refoldMarks.Add(fix.Key);
        }
        foreach (var fix in decision.BeyondWindow)
        {
            if (!_fixes.TryAdd(fix.Key, fix))
                continue;
            _marks[fix.Key] = FixMark.BeyondWindow;
            BeyondWindow++;
        }
        Record(decision.Events, [], decision.Marks);
        foreach (var checkpoint in decision.Checkpoints)
            _checkpoints[checkpoint.Through] = checkpoint.State;
        _grain = decision.Next;
        return true;
    }

    public void DropGrain() => _grain = null;

    public void Kill()
    {
        _grain = null;
        _refold = null;
    }

    public void WriteSnapshot() => _snapshot = Grain.Fold.ToBytes();

    /// <summary>Reads marks, then checkpoint and fixes, as the worker does; the grain goes on meanwhile.</summary>
    public void StartRefold()
    {
        if (_refold is not null || _refoldMarks.Count == 0)
            return;
        var answers = _refoldMarks.ToArray();
        var from = _checkpoints.LastOrDefault(c => c.Key < answers[0]);
        var start = from.Value.IsDefault
            ? new DeviceFold(device)
            : DeviceFold.FromBytes(device, from.Value.AsSpan()) ?? throw new InvalidOperationException("damaged checkpoint");
        var run = new RefoldRun(start, settings.CheckpointEvery);
        foreach (var fix in Evaluated(start.LastKey ?? FixKey.Min, null))
            run.Feed(fix);
        Steps += run.Steps;
        Refolds++;
        _refold = (run, answers);
    }

    public void AdoptRefold()
    {
        if (_refold is not { } refold)
            return;
        _refold = null;
        var result = refold.Run.Finish();
        var tail = Evaluated(result.ThroughKey, Grain.Fold.LastKey).ToArray();
        Steps += tail.Length;
        var decision = DeviceDecider.Adopt(
            Grain, result, tail, [.. _events.Values.Where(e => e.EmittedAt > result.FromKey)],
            [.. _marks.Where(m => m.Key > result.FromKey).Select(m => new MarkChange(m.Key, m.Value))], settings.CheckpointEvery);
        Record(decision.Set, decision.Withdrawn, decision.Marks);
        foreach (var stale in _checkpoints.Keys.Where(k => k > result.FromKey).ToArray())
            _checkpoints.Remove(stale);
        foreach (var checkpoint in decision.Checkpoints)
            _checkpoints.Add(checkpoint.Through, checkpoint.State);
        foreach (var answered in refold.Answers)
            _refoldMarks.Remove(answered);
        _grain = decision.Next;
        WriteSnapshot(); // an older one lacks the late fixes, and their marks are gone now
    }

    public void FinishRefolds()
    {
        while (IsRefoldPending)
        {
            StartRefold();
            AdoptRefold();
        }
    }

    private DeviceState Recovered()
    {
        var fold = DeviceFold.FromBytes(device, _snapshot) ?? throw new InvalidOperationException("damaged snapshot");
        var ignored = new FoldOutput();
        foreach (var fix in Evaluated(fold.LastKey ?? FixKey.Min, null))
            fold.Step(fix, ignored);
        return new DeviceState(fold, default);
    }

    private IEnumerable<Fix> Evaluated(FixKey after, FixKey? through) =>
        _fixes.Values.SkipWhile(f => f.Key <= after)
            .TakeWhile(f => through is not { } last || f.Key <= last)
            .Where(f => _marks.GetValueOrDefault(f.Key) != FixMark.BeyondWindow);

    private void Record(ImmutableArray<NetEvent> set, ImmutableArray<Guid> withdrawn, ImmutableArray<MarkChange> marks)
    {
        foreach (var happened in set)
        {
            _events[happened.Id] = happened;
            Ledger.Add((happened, default));
        }
        foreach (var id in withdrawn)
        {
            Assert.True(_events.Remove(id), "an event was withdrawn that is not recorded");
            Ledger.Add((null, id));
        }
        foreach (var mark in marks)
        {
            Assert.True(_fixes.ContainsKey(mark.Fix), "a mark names a fix that is not stored");
            if (mark.Mark == FixMark.None)
                _marks.Remove(mark.Fix);
            else
                _marks[mark.Fix] = mark.Mark;
        }
    }
}
