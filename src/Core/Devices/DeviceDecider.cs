using System.Collections.Immutable;

namespace FieldCrm.Core.Devices;

/// <summary>
/// What a device's grain decides, without a clock, a store or a grain. Every decision starts from committed state and
/// leaves it untouched; its <c>Next</c> replaces the state once the decision is committed.
/// </summary>
public static partial class DeviceDecider
{
    /// <summary>A batch of fixes of one device, in any order and with any repeats.</summary>
    public static ReportDecision Report(
        DeviceState state, ReadOnlySpan<Fix> fixes, UtcMicros receivedAt, DeviceSettings settings)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(settings);
        var sorted = Ascending(fixes);
        var fold = state.Fold.Clone();
        var sort = new Sorting(state, settings);
        var output = new FoldOutput();
        var checkpoints = ImmutableArray<Checkpoint>.Empty;
        foreach (ref readonly var fix in sorted)
        {
            if (!sort.IsForward(fix))
                continue;
            if (fold.CheckpointOfDayBefore(fix, settings.CheckpointEvery) is { } ofDay)
                checkpoints = checkpoints.Add(ofDay);
            fold.Step(fix, output);
            if (fold.CheckpointWhenDue(settings.CheckpointEvery) is { } checkpoint)
                checkpoints = checkpoints.Add(checkpoint);
        }
        var recentKeys = sort.RecentKeys();
        var forward = sort.Forward.DrainToImmutable();
        var presence = Heard(state.Presence, forward, receivedAt);
        return new ReportDecision
        {
            Next = new DeviceState(fold, presence) { RecentKeys = recentKeys },
            Forward = forward,
            Late = sort.Late.DrainToImmutable(),
            BeyondWindow = sort.BeyondWindow.DrainToImmutable(),
            Duplicates = sort.Duplicates,
            Events = FoldOutputs.Latest(output.Events),
            Marks = FoldOutputs.Latest(output.Marks),
            Presence = Regained(state, receivedAt),
            Checkpoints = checkpoints,
            ArmDueAt = state.Presence is { LastReceivedAt: not null, IsSignalLost: false }
                ? null : receivedAt.Plus(settings.SilenceAfter),
        };
    }

    /// <summary>The silence check, fired at or before its time, once or twice.</summary>
    public static DueDecision Due(DeviceState state, UtcMicros now, DeviceSettings settings)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(settings);
        if (state.Presence is not { LastReceivedAt: { } lastHeardAt, IsSignalLost: false })
            return new DueDecision { Next = state };
        var lostAt = lastHeardAt.Plus(settings.SilenceAfter);
        if (now < lostAt)
            return new DueDecision { Next = state, ReArmAt = lostAt };
        return new DueDecision
        {
            Next = state with { Presence = state.Presence with { IsSignalLost = true } },
            SignalLost = PresenceEvent.Of(state.Fold.Device, NetEventKind.SignalLost, lastHeardAt, now),
        };
    }

    private static ReadOnlySpan<Fix> Ascending(ReadOnlySpan<Fix> fixes)
    {
        for (var i = 1; i < fixes.Length; i++)
        {
            if (fixes[i].Key >= fixes[i - 1].Key)
                continue;
            var sorted = fixes.ToArray();
            Array.Sort(sorted, static (left, right) => left.Key.CompareTo(right.Key));
            return sorted;
        }
        return fixes;
    }

    private static ImmutableArray<PresenceEvent> Regained(DeviceState state, UtcMicros receivedAt) =>
        state.Presence is { LastReceivedAt: { } lastHeardAt, IsSignalLost: true }
            ? [PresenceEvent.Of(state.Fold.Device, NetEventKind.SignalRegained, lastHeardAt, receivedAt)]
            : [];

    private static DevicePresence Heard(DevicePresence before, ImmutableArray<Fix> forward, UtcMicros receivedAt)
    {
        var heardAt = before.LastReceivedAt is { } last && last > receivedAt ? last : receivedAt;
        var skew = before.ClockSkewMs;
        if (!forward.IsEmpty)
        {
            // Buffered fixes look like a slow clock: what comes sooner is nearer the truth and counts more.
            var sample = (receivedAt.Value - forward[^1].FixedAt.Value) / UtcMicros.PerMillisecond;
            skew = before.LastReceivedAt is null ? sample : skew + (sample - skew) / (sample < skew ? 2 : 16);
        }
        return new DevicePresence(heardAt, IsSignalLost: false, skew);
    }

    // Where each fix of an ascending batch belongs.
    private sealed class Sorting(DeviceState state, DeviceSettings settings)
    {
        private readonly FixKey? _newest = state.Fold.LastKey;
        private readonly UtcMicros _oldestEvaluated = OldestEvaluated(state.Fold.LastKey, settings);
        private FixKey? _previous;

        public ImmutableArray<Fix>.Builder Forward { get; } = ImmutableArray.CreateBuilder<Fix>();

        public ImmutableArray<Fix>.Builder Late { get; } = ImmutableArray.CreateBuilder<Fix>();

        public ImmutableArray<Fix>.Builder BeyondWindow { get; } = ImmutableArray.CreateBuilder<Fix>();

        public int Duplicates { get; private set; }

        public bool IsForward(in Fix fix)
        {
            var key = fix.Key;
            if (key == _previous || key == _newest || state.RecentKeys.Contains(key))
            {
                Duplicates++;
                return false;
            }
            _previous = key;
            var isForward = _newest is not { } newest || key > newest;
            (isForward ? Forward : fix.FixedAt < _oldestEvaluated ? BeyondWindow : Late).Add(fix);
            return isForward;
        }

        public ImmutableArray<FixKey> RecentKeys()
        {
            if (Forward.Count + Late.Count + BeyondWindow.Count == 0)
                return state.RecentKeys;
            var keys = state.RecentKeys.Concat(Keys(BeyondWindow)).Concat(Keys(Late)).Concat(Keys(Forward));
            return [.. keys.TakeLast(DeviceState.MaxRecentKeys)];
        }

        private static IEnumerable<FixKey> Keys(ImmutableArray<Fix>.Builder fixes) =>
            fixes.TakeLast(DeviceState.MaxRecentKeys).Select(static fix => fix.Key);

        private static UtcMicros OldestEvaluated(FixKey? newest, DeviceSettings settings) =>
            newest is { } key ? key.FixedAt.Minus(settings.RefoldWindow) : new UtcMicros(long.MinValue);
    }
}
