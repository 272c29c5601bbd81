using System.Collections.Immutable;
using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Tests.Devices;

/// <summary>
/// One device's grain, its rows in the store and the refold worker, in memory and single-threaded, doing what the
/// silo does in the order a seed says: commits that succeed, are lost, or succeed unheard; a grain that is dropped and
/// recovers; refolds that read, wait while fixes arrive, and are adopted or dropped.
/// </summary>
/// <param name="ignoresGenerations">A store with a fault, to show that the proofs notice: an adoption answers any mark.</param>
internal sealed class DeviceStoreSimulator(DeviceId device, DeviceSettings settings, bool ignoresGenerations = false)
{
    private readonly SortedList<FixKey, Fix> _fixes = [];
    private readonly Dictionary<FixKey, FixMark> _marks = [];
    private readonly Dictionary<Guid, NetEvent> _events = [];
    private readonly SortedList<FixKey, ImmutableArray<byte>> _checkpoints = [];
    private byte[] _snapshot = new DeviceFold(device).ToBytes();
    private DeviceState? _grain;
    private RefoldMark? _mark;
    private long _generations; // the store's sequence: it survives every mark and every kill
    private (RefoldRun Run, FixKey Through, long Generation)? _refold;

    /// <summary>The device's row of refold_mark: one for all its late fixes; each of them gives it a new generation.</summary>
    private readonly record struct RefoldMark(FixKey From, long Generation);

    public DeviceSettings Settings => settings;

    public long Steps { get; private set; }

    public int Refolds { get; private set; }

    public int BeyondWindow { get; private set; }

    /// <summary>Every change to the net set, in the order of the commits: what the ledger holds.</summary>
    public List<(NetEvent? Set, Guid Withdrawn)> Ledger { get; } = [];

    public IReadOnlyDictionary<Guid, NetEvent> Events => _events;

    public IReadOnlyDictionary<FixKey, FixMark> Marks => _marks;

    public IReadOnlyDictionary<FixKey, ImmutableArray<byte>> Checkpoints => _checkpoints.AsReadOnly();

    public bool IsRefoldPending => _mark is not null || _refold is not null;

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
        var late = decision.Late.Where(fix => _fixes.TryAdd(fix.Key, fix)).Select(fix => fix.Key).ToArray();
        if (late.Length > 0) // ascending; a repeat of what is stored moves nothing
            _mark = new RefoldMark(_mark is { } mark && mark.From < late[0] ? mark.From : late[0], ++_generations);
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

    /// <summary>Reads the mark, then checkpoint and fixes, as the worker does; the grain goes on meanwhile.</summary>
    /// <param name="most">Fixes of the first pass; <see cref="ContinueRefold"/> reads on.</param>
    public void StartRefold(int most = int.MaxValue)
    {
        if (_refold is not null || _mark is not { } mark)
            return;
        var from = _checkpoints.LastOrDefault(c => c.Key < mark.From);
        var start = from.Value.IsDefault
            ? new DeviceFold(device)
            : DeviceFold.FromBytes(device, from.Value.AsSpan()) ?? throw new InvalidOperationException("damaged checkpoint");
        Refolds++;
        _refold = (new RefoldRun(start, settings.CheckpointEvery), start.LastKey ?? FixKey.Min, mark.Generation);
        ContinueRefold(most);
    }

    /// <summary>Another pass: what is stored by now after the last fix fed.</summary>
    public void ContinueRefold(int most = int.MaxValue)
    {
        if (_refold is not { } refold)
            return;
        var through = refold.Through;
        foreach (var fix in Evaluated(through, null).Take(most).ToArray())
        {
            refold.Run.Feed(fix);
            through = fix.Key;
            Steps++;
        }
        _refold = refold with { Through = through };
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
        foreach (var happened in decision.Set)
            Assert.False(_events.TryGetValue(happened.Id, out var recorded) && recorded == happened, "the ledger is told again what stands there");
        Assert.Equal(Grain.Presence, decision.Next.Presence);
        Record(decision.Set, decision.Withdrawn, decision.Marks);
        foreach (var stale in _checkpoints.Keys.Where(k => k > result.FromKey || (decision.IsStartStale && k == result.FromKey)).ToArray())
            _checkpoints.Remove(stale);
        foreach (var checkpoint in decision.Checkpoints)
            _checkpoints.Add(checkpoint.Through, checkpoint.State);
        if (_mark is { } mark && (ignoresGenerations || mark.Generation == refold.Generation))
            _mark = null; // else a fix that came meanwhile has moved it, and it stays
        _grain = decision.Next;
        WriteSnapshot(); // an older one lacks the late fixes, and their mark is gone now
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
