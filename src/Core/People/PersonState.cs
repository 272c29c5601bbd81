using System.Collections.Immutable;

namespace FieldCrm.Core.People;

/// <summary>What a person's decisions depend on.</summary>
public sealed record PersonState
{
    public static readonly PersonState New = new();

    /// <summary>Null: never given, or withdrawn.</summary>
    public Consent? Consent { get; init; }

    /// <summary>The version of the notice that he last said no to; null when he said nothing or yes since.</summary>
    public int? DeclinedVersion { get; init; }

    /// <summary>When the shift began that nobody ended yet; it may have lasted longer than it may.</summary>
    public UtcMicros? ShiftFrom { get; init; }

    /// <summary>When the last shift that is over ended; null before the first.</summary>
    public UtcMicros? LastShiftEnd { get; init; }

    /// <summary>Asked for and not done yet.</summary>
    public UtcMicros? ErasureAskedAt { get; init; }

    /// <summary>The shift that goes on; null off shift.</summary>
    public Shift? ShiftAt(UtcMicros now) =>
        ShiftFrom is { } from && new Shift(from, null) is var shift && shift.Contains(now) ? shift : null;

    public PersonState Apply(PersonEvent happened) => happened switch
    {
        ConsentGiven given => this with
        {
            Consent = new Consent(given.Notice.Purpose, given.Notice.Version, given.Notice.RetentionDays, given.At), DeclinedVersion = null,
        },
        ConsentDeclined declined => this with { DeclinedVersion = declined.Notice.Version },
        ConsentWithdrawn => this with { Consent = null },
        ShiftStarted started => this with { ShiftFrom = started.At },
        ShiftEnded ended => this with { ShiftFrom = null, LastShiftEnd = ended.At },
        ErasureRequested asked => this with { ErasureAskedAt = asked.At },
        PositionsErased => this with { ErasureAskedAt = null },
        _ => this,
    };
}

/// <summary>What a command led to: events (none when all was so already), or the reason why not.</summary>
public sealed record PersonOutcome
{
    public Failure? Refusal { get; init; }

    public ImmutableArray<PersonEvent> Events { get; init; } = [];

    public static readonly PersonOutcome Nothing = new();

    public static PersonOutcome Of(params ImmutableArray<PersonEvent> events) => new() { Events = events };

    public static implicit operator PersonOutcome(Failure refusal) => new() { Refusal = refusal };

    public static implicit operator PersonOutcome(PersonEvent happened) => new() { Events = [happened] };
}
