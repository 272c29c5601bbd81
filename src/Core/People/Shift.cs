namespace FieldCrm.Core.People;

/// <summary>From when to when a person lets his position be taken in. <paramref name="To"/> is excluded; null while it goes on.</summary>
public readonly record struct Shift(UtcMicros From, UtcMicros? To)
{
    /// <summary>How many days its positions are kept at most, as he was promised before it; null where nobody asks.</summary>
    public int? PromisedDays { get; init; }

    /// <summary>A shift that nobody ends ends by itself: who forgets the button must not be followed home for days.</summary>
    public static readonly TimeSpan MaxLength = TimeSpan.FromHours(16);

    /// <summary>
    /// When a shift begins that is asked for at this moment: with that whole second. Phones date what they measure in
    /// whole seconds, so that the first fix after the button would else seem older than the shift and be dropped. Never
    /// before his yes or the end of the shift before it; where these lie ahead, the clock was set back, and they say nothing.
    /// </summary>
    public static UtcMicros Beginning(UtcMicros asked, UtcMicros consent, UtcMicros? lastEnd)
    {
        var begins = asked.WholeSecond;
        foreach (var bound in (ReadOnlySpan<UtcMicros?>)[consent, lastEnd])
        {
            if (bound is { } after && after > begins && after <= asked)
                begins = after;
        }
        return begins;
    }

    /// <summary>The first moment that is no longer part of it, known or not yet come.</summary>
    public UtcMicros End => To is { } to && to < LongestEnd ? to : LongestEnd;

    private UtcMicros LongestEnd => From.Plus(MaxLength);

    public bool Contains(UtcMicros time) => time >= From && time < End;
}
