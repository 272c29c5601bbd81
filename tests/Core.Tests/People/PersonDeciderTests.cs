using FieldCrm.Core.People;

namespace FieldCrm.Core.Tests.People;

public sealed class PersonDeciderTests
{
    private static readonly UtcMicros Start = UtcMicros.FromUnixSeconds(1_790_000_000);
    private static readonly ConsentNotice Notice = new(ConsentPurpose.Positions, ConsentChannel.OwnPage, 1, "es", 30, "Cómo usamos su posición.");

    private UtcMicros _now = Start;
    private PersonState _state = PersonState.New;

    private PersonOutcome Decide(PersonCommand command, double afterHours = 0)
    {
        _now = _now.Plus(TimeSpan.FromHours(afterHours));
        var outcome = PersonDecider.Decide(_state, command, _now);
        _state = outcome.Events.Aggregate(_state, (before, happened) => before.Apply(happened));
        return outcome;
    }

    private UtcMicros At(double hours) => Start.Plus(TimeSpan.FromHours(hours));

    [Fact]
    public void Given_nobody_asked_When_a_shift_is_begun_Then_refused_and_a_yes_makes_it_possible()
    {
        Assert.Equal("people.no-consent", Decide(new StartShift(1, 30)).Refusal?.Code);

        var given = Assert.IsType<ConsentGiven>(Assert.Single(Decide(new GiveConsent(Notice), 1).Events));
        Assert.Equal((Notice, At(1)), (given.Notice, given.At));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("Cómo usamos su posición."u8)), given.TextHash);

        Assert.Equal([new ShiftStarted(At(2), At(1))], Decide(new StartShift(1, 30), 1).Events.ToArray());
        Assert.Empty(Decide(new StartShift(1, 30), 1).Events);
        Assert.Equal([new ShiftEnded(At(2), At(4), ShiftEnd.Person)], Decide(new EndShift(), 1).Events.ToArray());
        Assert.Empty(Decide(new EndShift(), 1).Events);
    }

    [Theory]
    [InlineData(0.7, 0)] // a phone that dates in whole seconds says 0 of what it measures now
    [InlineData(1, 1)]
    [InlineData(-0.3, -1)]
    public void Given_any_moment_When_a_shift_is_begun_Then_it_begins_with_that_second(double asked, double begins)
    {
        Decide(new GiveConsent(Notice), -1);

        var started = Assert.IsType<ShiftStarted>(Assert.Single(Decide(new StartShift(1, 30), 1 + asked / 3_600).Events));

        Assert.Equal(Start.Plus(TimeSpan.FromSeconds(begins)), started.At);
    }

    [Fact]
    public void Given_a_yes_When_a_shift_is_begun_in_the_same_second_Then_it_begins_with_the_yes()
    {
        Decide(new GiveConsent(Notice), 0.5 / 3_600);

        var started = Assert.IsType<ShiftStarted>(Assert.Single(Decide(new StartShift(1, 30), 0.2 / 3_600).Events));

        Assert.Equal(Start.Plus(TimeSpan.FromSeconds(0.5)), started.At);
    }

    [Fact]
    public void Given_a_shift_that_just_ended_When_another_is_begun_in_the_same_second_Then_it_begins_where_that_ended()
    {
        Decide(new GiveConsent(Notice));
        Decide(new StartShift(1, 30), 0.1 / 3_600);
        var ended = Assert.IsType<ShiftEnded>(Assert.Single(Decide(new EndShift(), 0.2 / 3_600).Events));

        var again = Assert.IsType<ShiftStarted>(Assert.Single(Decide(new StartShift(1, 30), 0.2 / 3_600).Events));
        Decide(new EndShift(), 0.1 / 3_600);
        var next = Assert.IsType<ShiftStarted>(Assert.Single(Decide(new StartShift(1, 30), 0.6 / 3_600).Events));

        Assert.Equal((ended.At, Start.Plus(TimeSpan.FromSeconds(1))), (again.At, next.At));
    }

    [Fact]
    public void Given_a_shift_When_consent_is_withdrawn_Then_both_end_at_once_and_a_repeat_is_nothing()
    {
        Decide(new GiveConsent(Notice));
        Decide(new StartShift(1, 30), 1);

        Assert.Equal(
            [new ShiftEnded(At(1), At(3), ShiftEnd.Withdrawn), new ConsentWithdrawn(ConsentPurpose.Positions, At(3))],
            Decide(new WithdrawConsent(), 2).Events.ToArray());
        Assert.Empty(Decide(new WithdrawConsent(), 1).Events);
        Assert.Equal("people.no-consent", Decide(new StartShift(1, 30)).Refusal?.Code);
    }

    [Fact]
    public void Given_a_shift_When_his_user_is_disabled_Then_it_ended_at_that_moment_however_late_it_is_said()
    {
        Decide(new GiveConsent(Notice));
        Assert.Empty(Decide(new EndShiftOfDisabled(At(0))).Events);
        Decide(new StartShift(1, 30), 1);

        Assert.Equal([new ShiftEnded(At(1), At(2), ShiftEnd.Disabled)], Decide(new EndShiftOfDisabled(At(2)), 3).Events.ToArray());
        Assert.Empty(Decide(new EndShiftOfDisabled(At(2))).Events);
        Assert.NotNull(_state.Consent);

        // Begun while his user was being disabled: it never was one.
        Decide(new StartShift(1, 30), 1);
        Assert.Equal([new ShiftEnded(At(5), At(5), ShiftEnd.Disabled)], Decide(new EndShiftOfDisabled(At(4)), 1).Events.ToArray());
    }

    [Fact]
    public void Given_a_consent_When_the_notice_says_more_Then_no_shift_begins_until_he_agreed_to_that()
    {
        Decide(new GiveConsent(Notice));
        Decide(new StartShift(1, 30), 1);

        // Kept longer than he was told, or a newer text; less than he agreed to needs no new word.
        Assert.Empty(Decide(new StartShift(1, 7)).Events);
        Decide(new EndShift(), 1);
        Assert.Equal("people.consent-outdated", Decide(new StartShift(1, 31)).Refusal?.Code);
        Assert.Equal("people.consent-outdated", Decide(new StartShift(2, 30)).Refusal?.Code);

        Assert.Empty(Decide(new GiveConsent(Notice)).Events);
        Assert.IsType<ConsentGiven>(Assert.Single(Decide(new GiveConsent(Notice with { Version = 2 }), 1).Events));
        Assert.Equal([new ShiftStarted(At(4), At(3))], Decide(new StartShift(2, 30), 1).Events.ToArray());
    }

    [Fact]
    public void Given_a_no_When_said_Then_it_is_remembered_once_and_ends_a_consent_that_stood()
    {
        Assert.Equal([new ConsentDeclined(Notice, Notice.TextHash, Start)], Decide(new DeclineConsent(Notice)).Events.ToArray());
        Assert.Empty(Decide(new DeclineConsent(Notice), 1).Events);
        Assert.Equal(1, _state.DeclinedVersion);

        Decide(new GiveConsent(Notice), 1);
        Assert.Null(_state.DeclinedVersion);
        Assert.Equal([typeof(ConsentWithdrawn), typeof(ConsentDeclined)], Decide(new DeclineConsent(Notice), 1).Events.Select(e => e.GetType()));
        Assert.Null(_state.Consent);
    }

    [Fact]
    public void Given_a_forgotten_shift_When_its_longest_time_is_over_Then_it_ended_then_whoever_says_so()
    {
        Decide(new GiveConsent(Notice));
        Decide(new StartShift(1, 30));
        Assert.Empty(Decide(new EndOverdueShift(), 15.9).Events);
        Assert.NotNull(_state.ShiftAt(_now));

        Assert.Equal([new ShiftEnded(Start, At(16), ShiftEnd.TooLong)], Decide(new EndOverdueShift(), 4).Events.ToArray());
        Decide(new StartShift(1, 30));
        Assert.Equal([new ShiftEnded(At(19.9), At(35.9), ShiftEnd.TooLong)], Decide(new EndShift(), 20).Events.ToArray());
        Decide(new StartShift(1, 30));
        Assert.Equal(
            [new ShiftEnded(At(39.9), At(55.9), ShiftEnd.TooLong), new ShiftStarted(At(59.9), Start)], Decide(new StartShift(1, 30), 20).Events.ToArray());
    }

    [Fact]
    public void Given_a_clock_that_was_set_back_When_a_shift_ends_Then_not_before_it_began()
    {
        Decide(new GiveConsent(Notice));
        Decide(new StartShift(1, 30), 2);

        Assert.Equal([new ShiftEnded(At(2), At(2), ShiftEnd.Person)], Decide(new EndShift(), -1).Events.ToArray());
    }

    [Fact]
    public void Given_stored_positions_When_deletion_is_asked_for_Then_only_without_consent_and_until_done_no_new_one()
    {
        Decide(new GiveConsent(Notice));
        Assert.Equal("people.consent-stands", Decide(new RequestErasure()).Refusal?.Code);

        Decide(new WithdrawConsent(), 1);
        Assert.Equal([new ErasureRequested(At(1))], Decide(new RequestErasure()).Events.ToArray());
        Assert.Empty(Decide(new RequestErasure()).Events);
        Assert.Equal("people.erasure-pending", Decide(new GiveConsent(Notice)).Refusal?.Code);

        Assert.Equal([new PositionsErased(812, At(2))], Decide(new NoteErased(812), 1).Events.ToArray());
        Assert.Empty(Decide(new NoteErased(812)).Events);
        Assert.Single(Decide(new GiveConsent(Notice)).Events);
    }

    [Theory]
    [InlineData("tracking", "own-page", 1, "es", 30, 5)]
    [InlineData("positions", "", 1, "es", 30, 5)]
    [InlineData("positions", "own-page", 0, "es", 30, 5)]
    [InlineData("positions", "own-page", 1, "esp", 30, 5)]
    [InlineData("positions", "own-page", 1, "es", 0, 5)]
    [InlineData("positions", "own-page", 1, "es", 3_651, 5)]
    [InlineData("positions", "own-page", 1, "es", 30, 0)]
    [InlineData("positions", "own-page", 1, "es", 30, 8_001)]
    public void Given_no_real_notice_When_agreed_to_or_not_Then_refused(
        string purpose, string channel, int version, string language, int days, int length)
    {
        var notice = new ConsentNotice(purpose, channel, version, language, days, new string('x', length));

        Assert.Equal("people.notice-invalid", Decide(new GiveConsent(notice)).Refusal?.Code);
        Assert.Equal("people.notice-invalid", Decide(new DeclineConsent(notice)).Refusal?.Code);
    }
}
