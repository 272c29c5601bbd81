using System.Collections.Immutable;

namespace FieldCrm.Core.People;

/// <summary>
/// Decides what a person's word does to his position. Pure; a command that finds everything as it asks gives no events, so
/// that it can be repeated.
/// </summary>
public static class PersonDecider
{
    private const int MinRetentionDays = 1;
    private const int MaxRetentionDays = 3_650;

    public static PersonOutcome Decide(PersonState state, PersonCommand command, UtcMicros now) => command switch
    {
        GiveConsent give => Give(state, give.Notice, now),
        DeclineConsent decline => Decline(state, decline.Notice, now),
        WithdrawConsent => PersonOutcome.Of(Withdrawal(state, now)),
        StartShift start => Start(state, start, now),
        EndShift => state.ShiftFrom is null ? PersonOutcome.Nothing : Ended(state, now, ShiftEnd.Person),
        EndOverdueShift => state.ShiftFrom is null || state.ShiftAt(now) is not null
            ? PersonOutcome.Nothing : Ended(state, now, ShiftEnd.TooLong),
        EndShiftOfDisabled disabled => state.ShiftFrom is null
            ? PersonOutcome.Nothing : Ended(state, disabled.DisabledAt < now ? disabled.DisabledAt : now, ShiftEnd.Disabled),
        RequestErasure => Erase(state, now),
        NoteErased erased => state.ErasureAskedAt is null ? PersonOutcome.Nothing : new PositionsErased(erased.Positions, now),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command.GetType().Name, "No such command."),
    };

    private static PersonOutcome Give(PersonState state, ConsentNotice notice, UtcMicros now)
    {
        if (!IsValid(notice))
            return InvalidNotice;
        if (state.ErasureAskedAt is not null)
            return ErasurePending;
        return state.Consent is { } consent && consent.Covers(notice.Version, notice.RetentionDays)
            ? PersonOutcome.Nothing : new ConsentGiven(notice, notice.TextHash, now);
    }

    private static PersonOutcome Decline(PersonState state, ConsentNotice notice, UtcMicros now)
    {
        if (!IsValid(notice))
            return InvalidNotice;
        if (state.Consent is null && state.DeclinedVersion == notice.Version)
            return PersonOutcome.Nothing;
        return PersonOutcome.Of(Withdrawal(state, now).Add(new ConsentDeclined(notice, notice.TextHash, now)));
    }

    private static ImmutableArray<PersonEvent> Withdrawal(PersonState state, UtcMicros now)
    {
        if (state.Consent is not { } consent)
            return [];
        var withdrawn = new ConsentWithdrawn(consent.Purpose, now);
        return state.ShiftFrom is null ? [withdrawn] : [Ended(state, now, ShiftEnd.Withdrawn), withdrawn];
    }

    private static PersonOutcome Start(PersonState state, StartShift start, UtcMicros now)
    {
        if (state.Consent is not { } consent)
            return NoConsent;
        if (!consent.Covers(start.NoticeVersion, start.RetentionDays))
            return OutdatedConsent;
        if (state.ShiftFrom is null)
            return new ShiftStarted(Shift.Beginning(now, consent.From, state.LastShiftEnd), consent.From);
        if (state.ShiftAt(now) is not null)
            return PersonOutcome.Nothing;
        var ended = Ended(state, now, ShiftEnd.TooLong);
        return PersonOutcome.Of(ended, new ShiftStarted(Shift.Beginning(now, consent.From, ended.At), consent.From));
    }

    private static PersonOutcome Erase(PersonState state, UtcMicros now)
    {
        if (state.Consent is not null)
            return ConsentStands;
        return state.ErasureAskedAt is null ? new ErasureRequested(now) : PersonOutcome.Nothing;
    }

    // Never longer than a shift may be, never before it began: a clock that was set back ends it where it began.
    private static ShiftEnded Ended(PersonState state, UtcMicros now, string why)
    {
        var from = state.ShiftFrom ?? throw new InvalidOperationException("No shift goes on.");
        var end = new Shift(from, now < from ? from : now).End;
        return new ShiftEnded(from, end, end < now ? ShiftEnd.TooLong : why);
    }

    private static bool IsValid(ConsentNotice notice) =>
        notice is { Purpose: ConsentPurpose.Positions, Channel.Length: > 0 and <= 32, Version: > 0, Language.Length: 2 }
        && notice.Text.Length is > 0 and <= ConsentNotice.MaxText
        && notice.RetentionDays is >= MinRetentionDays and <= MaxRetentionDays;

    private static readonly Failure InvalidNotice = new("people.notice-invalid", "This is no notice that anybody could agree to.");

    private static readonly Failure NoConsent = new("people.no-consent", "Read the notice and say yes first: without it no shift begins.");

    private static readonly Failure OutdatedConsent = new(
        "people.consent-outdated", "The notice says something else than what you agreed to: read it and say yes or no again.");

    private static readonly Failure ConsentStands = new(
        "people.consent-stands", "Withdraw your consent first: while it stands, positions may still come in.");

    private static readonly Failure ErasurePending = new(
        "people.erasure-pending", "What is stored of you is being deleted: try again in a minute.");
}
