using System.Text.Json;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Tenants;

namespace FieldCrm.Core.Tests.Availability;

public sealed class AvailabilityDeciderTests
{
    private static readonly UtcMicros At = UtcMicros.FromUnixSeconds(1_790_000_000);
    private static readonly Actor Ana = Actor.User(new Guid("11111111-2222-8333-8444-555555555555"));
    private static readonly Actor Ben = Actor.User(new Guid("22222222-2222-8333-8444-555555555555"));
    private static readonly UnitAvailability Busy = After(UnitAvailability.Unsaid, new SetAvailability(AvailabilityStatus.Busy, "tow", 0));

    [Fact]
    public void Given_nothing_said_When_set_Then_the_first_version_says_what_who_and_what_was_before()
    {
        var (refusal, happened) = AvailabilityDecider.Decide(UnitAvailability.Unsaid, new SetAvailability(AvailabilityStatus.Busy, "tow", 0), Ana);

        Assert.Null(refusal);
        Assert.Equal(new AvailabilitySet(1, AvailabilityStatus.Busy, "tow", AvailabilityStatus.Unknown, null, Ana), happened);
        Assert.Equal(
            new UnitAvailability { Version = 1, Status = AvailabilityStatus.Busy, Note = "tow", ChangedAt = At, ChangedBy = Ana }, Busy);
    }

    [Fact]
    public void Given_an_event_When_written_for_the_ledger_Then_its_bytes_are_these()
    {
        var set = new AvailabilitySet(2, AvailabilityStatus.OnBreak, null, AvailabilityStatus.Busy, "tow", Ana, Undoes: 1);

        Assert.Equal(
            """{"version":2,"status":"onBreak","previousStatus":"busy","previousNote":"tow","by":{"kind":"user","id":"11111111-2222-8333-8444-555555555555"},"undoes":1}""",
            JsonSerializer.Serialize(set, AvailabilityJson.Default.AvailabilitySet));
    }

    [Fact]
    public void Given_a_change_When_undone_Then_what_was_before_stands_again_and_undoing_that_brings_the_change_back()
    {
        var off = After(Busy, new SetAvailability(AvailabilityStatus.OffDuty, null, 1));
        var undone = After(off, new UndoAvailability(2));
        var redone = After(undone, new UndoAvailability(3));

        Assert.Equal((3L, AvailabilityStatus.Busy, "tow", 2L), (undone.Version, undone.Status, undone.Note, undone.Undoes));
        Assert.Equal((4L, AvailabilityStatus.OffDuty, null, 3L), (redone.Version, redone.Status, redone.Note, redone.Undoes));
        Assert.Equal((2L, AvailabilityStatus.Unknown, 1L), Short(After(Busy, new UndoAvailability(1))));

        static (long, AvailabilityStatus, long?) Short(UnitAvailability said) => (said.Version, said.Status, said.Undoes);
    }

    [Fact]
    public void Given_a_version_that_is_not_the_newest_When_set_or_undone_Then_stale()
    {
        var off = After(Busy, new SetAvailability(AvailabilityStatus.OffDuty, null, 1), by: Ben);

        Assert.Equal("availability.stale", Refusal(off, new SetAvailability(AvailabilityStatus.Available, null, 1)));
        Assert.Equal("availability.stale", Refusal(off, new SetAvailability(AvailabilityStatus.Available, null, 0)));
        Assert.Equal("availability.stale", Refusal(off, new SetAvailability(AvailabilityStatus.Available, null, 3)));
        Assert.Equal("availability.stale", Refusal(off, new UndoAvailability(1)));
        Assert.Equal("availability.stale", Refusal(off, new UndoAvailability(3)));
        Assert.Equal("availability.nothing-to-undo", Refusal(UnitAvailability.Unsaid, new UndoAvailability(0)));
        // Ana asks for what Ben said before her: she has not seen that it was Ben.
        Assert.Equal("availability.stale", Refusal(off, new SetAvailability(AvailabilityStatus.OffDuty, null, 1)));
    }

    [Fact]
    public void Given_a_command_whose_answer_was_lost_When_it_comes_again_Then_nothing_happens_twice()
    {
        Assert.Equal((null, null), AvailabilityDecider.Decide(Busy, new SetAvailability(AvailabilityStatus.Busy, "tow", 0), Ana));
        Assert.Equal((null, null), AvailabilityDecider.Decide(Busy, new SetAvailability(AvailabilityStatus.Busy, "tow", 1), Ben));
        var undone = After(Busy, new UndoAvailability(1));
        Assert.Equal((null, null), AvailabilityDecider.Decide(undone, new UndoAvailability(1), Ana));
        Assert.Equal("availability.stale", AvailabilityDecider.Decide(undone, new UndoAvailability(1), Ben).Refusal?.Code);
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(201, false)]
    [InlineData(0, false)]
    public void Given_a_note_of_some_length_When_set_Then_two_hundred_characters_are_the_most(int length, bool isTaken) =>
        Assert.Equal(
            isTaken ? null : "availability.note-invalid",
            Refusal(Busy, new SetAvailability(AvailabilityStatus.Busy, new string('n', length), 1)));

    [Theory]
    [InlineData("two\nlines")]
    [InlineData(" before")]
    public void Given_a_note_that_is_no_line_When_set_Then_refused(string note) =>
        Assert.Equal("availability.note-invalid", Refusal(Busy, new SetAvailability(AvailabilityStatus.Busy, note, 1)));

    [Fact]
    public void Given_a_note_that_utf8_cannot_hold_When_set_Then_refused() =>
        Assert.Equal("availability.note-invalid", Refusal(Busy, new SetAvailability(AvailabilityStatus.Busy, "lone \uD800", 1)));

    [Fact]
    public void Given_statuses_Then_each_has_a_word_and_comes_back_from_it()
    {
        Assert.Equal(Enum.GetValues<AvailabilityStatus>(), AvailabilityStatuses.Words.Select(AvailabilityStatuses.Of).OfType<AvailabilityStatus>());
        Assert.Null(AvailabilityStatuses.Of("Busy"));
    }

    private static UnitAvailability After(UnitAvailability state, AvailabilityCommand command, Actor? by = null)
    {
        var (refusal, happened) = AvailabilityDecider.Decide(state, command, by ?? Ana);
        Assert.Null(refusal);
        return state.Apply(happened ?? throw new InvalidOperationException("Nothing happened."), At);
    }

    private static string? Refusal(UnitAvailability state, AvailabilityCommand command)
    {
        var (refusal, happened) = AvailabilityDecider.Decide(state, command, Ana);
        Assert.True(refusal is null == happened is not null);
        return refusal?.Code;
    }
}
