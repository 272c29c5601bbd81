namespace FieldCrm.Core.People;

/// <summary>From when to when a person lets his position be taken in. <paramref name="To"/> is excluded; null while it goes on.</summary>
public readonly record struct Shift(UtcMicros From, UtcMicros? To)
{
    /// <summary>A shift that nobody ends ends by itself: who forgets the button must not be followed home for days.</summary>
    public static readonly TimeSpan MaxLength = TimeSpan.FromHours(16);

    /// <summary>The first moment that is no longer part of it, known or not yet come.</summary>
    public UtcMicros End => To is { } to && to < LongestEnd ? to : LongestEnd;

    private UtcMicros LongestEnd => From.Plus(MaxLength);

    public bool Contains(UtcMicros time) => time >= From && time < End;
}
