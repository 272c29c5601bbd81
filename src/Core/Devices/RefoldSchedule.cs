namespace FieldCrm.Core.Devices;

/// <summary>
/// When one device's pending late fixes are folded again. It waits until they stop coming, but not for ever, and
/// spaces refolds by what they cost, so that a device that sends its buffer newest first costs a few refolds and not
/// one a fix. Immutable; the caller says what the time is.
/// </summary>
public readonly record struct RefoldSchedule
{
    /// <summary>Quiet after the newest mark before a refold.</summary>
    public static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait of the oldest mark, unless the device's last refold was too costly to follow so soon.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    /// <summary>A refold is followed by this many times its own duration without one of this device.</summary>
    public const int CostFactor = 4;

    /// <summary>A refold is followed by this much without another for every fix it folded: 100 steps a second a device.</summary>
    public static readonly TimeSpan RestPerStep = TimeSpan.FromMilliseconds(10);

    /// <summary>Longest rest of <see cref="RestPerStep"/>: corrections are not put off for ever.</summary>
    public static readonly TimeSpan MaxRest = TimeSpan.FromMinutes(1);

    private UtcMicros? OldestMarkAt { get; init; }

    private UtcMicros? NewestMarkAt { get; init; }

    private UtcMicros? StartedAt { get; init; }

    private UtcMicros? RestedAt { get; init; }

    /// <summary>Null while nothing is pending or a refold runs.</summary>
    public UtcMicros? DueAt
    {
        get
        {
            if (OldestMarkAt is not { } oldest || NewestMarkAt is not { } newest || StartedAt is not null)
                return null;
            var due = Earlier(newest.Plus(Settle), oldest.Plus(MaxWait));
            return RestedAt is { } rested && rested > due ? rested : due;
        }
    }

    /// <summary>Nothing pending, nothing running: when the rest after the last refold is over and this no longer worth keeping.</summary>
    public UtcMicros? IdleAt => OldestMarkAt is null && StartedAt is null ? RestedAt ?? new UtcMicros(long.MinValue) : null;

    /// <summary>A late fix was committed with its mark.</summary>
    public RefoldSchedule Marked(UtcMicros at) => this with { OldestMarkAt = OldestMarkAt ?? at, NewestMarkAt = at };

    /// <summary>A refold begins that answers every mark so far.</summary>
    public RefoldSchedule Started(UtcMicros at) => this with { OldestMarkAt = null, NewestMarkAt = null, StartedAt = at };

    /// <summary>The refold is adopted and committed.</summary>
    public RefoldSchedule Finished(UtcMicros at, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        var took = new TimeSpan((at.Value - (StartedAt ?? at).Value) * TimeSpan.TicksPerMicrosecond);
        var rest = TimeSpan.FromTicks(Math.Min(steps * RestPerStep.Ticks, MaxRest.Ticks));
        return this with { StartedAt = null, RestedAt = at.Plus(took * CostFactor > rest ? took * CostFactor : rest) };
    }

    /// <summary>The refold was not adopted: its marks are pending again, and it is tried again after the rest.</summary>
    public RefoldSchedule Failed(UtcMicros at, int steps) =>
        Finished(at, steps) with { OldestMarkAt = OldestMarkAt ?? at, NewestMarkAt = NewestMarkAt ?? at };

    private static UtcMicros Earlier(UtcMicros left, UtcMicros right) => left < right ? left : right;
}
