using FieldCrm.Core.People;

namespace FieldCrm.Core.Tests.People;

/// <summary>Random days of a person, with fixes that arrive whenever they like, against an oracle that looks at every moment.</summary>
public sealed class ShiftBookTests
{
    private const int Steps = 60;
    private static readonly UtcMicros Start = UtcMicros.FromUnixSeconds(1_790_000_000);
    private static readonly ConsentNotice Notice = new(ConsentPurpose.Positions, ConsentChannel.OwnPage, 1, "de", 30, "Hinweis");

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 200)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Given_any_order_of_commands_When_a_fix_of_any_time_arrives_at_any_time_Then_its_own_time_decides(int seed)
    {
        var random = new Random(seed);
        var (state, book, now) = (PersonState.New, ShiftBook.Empty, Start);
        var oracle = new Oracle();
        for (var step = 0; step < Steps; step++)
        {
            now = now.Plus(TimeSpan.FromMinutes(random.Next(1, 600)));
            var command = Any(random);
            var events = PersonDecider.Decide(state, command, now).Events;
            state = events.Aggregate(state, (before, happened) => before.Apply(happened));
            book = events.Aggregate(book, (before, happened) => before.Apply(happened));
            oracle.Do(command, now);

            Assert.Equal(oracle.IsOn(now), state.ShiftAt(now) is not null);
            Assert.Equal(oracle.IsOn(now), book.At(now) is not null);
            for (var i = 0; i < 20; i++)
            {
                var fixedAt = now.Minus(TimeSpan.FromMinutes(random.Next(-300, 20_000)));
                Assert.True(oracle.IsOn(fixedAt) == book.Takes(fixedAt), $"seed {seed}, step {step} ({command}), fix {(now.Value - fixedAt.Value) / UtcMicros.PerMinute} min old");
            }
        }
    }

    [Fact]
    public void Given_a_shift_When_fixes_come_Then_its_first_moment_belongs_to_it_and_its_last_does_not()
    {
        var book = new ShiftBook([new Shift(Start, Start.Plus(TimeSpan.FromHours(8))), new Shift(Start.Plus(TimeSpan.FromHours(24)), null)]);

        foreach (var (hours, expected) in new[] { (0.0, true), (7.99, true), (8, false), (23.99, false), (24, true), (39.99, true), (40, false), (-0.01, false) })
            Assert.Equal((hours, expected), (hours, book.Takes(Start.Plus(TimeSpan.FromHours(hours)))));
        Assert.False(book.Takes(new UtcMicros(Start.Value - 1)));
        Assert.True(book.Takes(new UtcMicros(Start.Plus(TimeSpan.FromHours(8)).Value - 1)));
        Assert.False(ShiftBook.Empty.Takes(Start));
    }

    [Fact]
    public void Given_more_shifts_than_are_kept_When_another_begins_Then_the_oldest_counts_no_more()
    {
        var book = ShiftBook.Empty;
        for (var i = 0; i <= ShiftBook.MaxShifts; i++)
        {
            var from = Start.Plus(TimeSpan.FromHours(2 * i));
            book = book.Apply(new ShiftStarted(from, Start)).Apply(new ShiftEnded(from, from.Plus(TimeSpan.FromHours(1)), ShiftEnd.Person));
        }

        Assert.Equal(ShiftBook.MaxShifts, book.Shifts.Length);
        Assert.False(book.Takes(Start));
        Assert.True(book.Takes(Start.Plus(TimeSpan.FromHours(2))));
    }

    private static PersonCommand Any(Random random) => random.Next(8) switch
    {
        0 => new GiveConsent(Notice),
        1 when random.Next(4) == 0 => new WithdrawConsent(),
        2 when random.Next(4) == 0 => new DeclineConsent(Notice),
        3 or 4 => new StartShift(1, 30),
        5 or 6 => new EndShift(),
        _ => new EndOverdueShift(),
    };

    /// <summary>No events, no intervals of a book: a list of what he said, and for a moment a look at all of it.</summary>
    private sealed class Oracle
    {
        private readonly List<(UtcMicros From, UtcMicros To)> _on = [];
        private bool _consents;
        private UtcMicros? _onSince;

        public void Do(PersonCommand command, UtcMicros now)
        {
            if (_onSince is { } since && now >= since.Plus(TimeSpan.FromHours(16)))
                End(since.Plus(TimeSpan.FromHours(16)));
            switch (command)
            {
                case GiveConsent:
                    _consents = true;
                    break;
                case WithdrawConsent or DeclineConsent:
                    _consents = false;
                    _onSince = null;
                    _on.Clear(); // nothing made before is his employer's business any more
                    break;
                case StartShift when _consents:
                    _onSince ??= now;
                    break;
                case EndShift when _onSince is not null:
                    End(now);
                    break;
            }
        }

        public bool IsOn(UtcMicros time) =>
            _on.Any(s => time >= s.From && time < s.To)
            || (_onSince is { } since && time >= since && time < since.Plus(TimeSpan.FromHours(16)));

        private void End(UtcMicros at)
        {
            if (_onSince is { } since)
                _on.Add((since, at));
            _onSince = null;
        }
    }
}
