using FieldCrm.Core.Devices;
using Xunit.Abstractions;

namespace FieldCrm.Core.Tests.Devices;

public sealed class RefoldScheduleTests(ITestOutputHelper output)
{
    private static readonly UtcMicros T0 = Given.Start;

    [Fact]
    public void Given_nothing_late_When_asked_Then_nothing_is_due() => Assert.Null(default(RefoldSchedule).DueAt);

    [Fact]
    public void Given_marks_When_they_stop_Then_due_half_a_second_after_the_newest()
    {
        var schedule = default(RefoldSchedule).Marked(T0).Marked(After(0.4)).Marked(After(0.8));
        Assert.Equal(After(1.3), schedule.DueAt);
    }

    [Fact]
    public void Given_marks_that_never_stop_When_ten_seconds_old_Then_due()
    {
        var schedule = default(RefoldSchedule);
        for (var i = 0; i < 100; i++)
            schedule = schedule.Marked(After(i * 0.3));
        Assert.Equal(After(10), schedule.DueAt);
    }

    [Fact]
    public void Given_a_refold_of_2_seconds_When_another_mark_comes_Then_it_waits_four_times_that()
    {
        var schedule = default(RefoldSchedule).Marked(T0).Started(After(0.5));
        Assert.Null(schedule.Marked(After(1)).DueAt); // one at a time
        schedule = schedule.Marked(After(1)).Finished(After(2.5), steps: 10);
        Assert.Equal(After(10.5), schedule.DueAt);
    }

    [Theory]
    [InlineData(300, 3.5)]
    [InlineData(600_000, 60.5)]
    public void Given_a_refold_of_many_steps_When_another_mark_comes_Then_it_waits_10_ms_a_step_up_to_a_minute(int steps, double dueSeconds)
    {
        var schedule = default(RefoldSchedule).Marked(T0).Started(After(0.5)).Marked(After(0.5)).Finished(After(0.5), steps);
        Assert.Equal(After(dueSeconds), schedule.Marked(After(0.6)).DueAt);
    }

    [Fact]
    public void Given_a_refold_that_failed_When_rested_Then_it_is_due_again()
    {
        var schedule = default(RefoldSchedule).Marked(T0).Started(After(1)).Failed(After(2), steps: 0);
        Assert.Equal(After(6), schedule.DueAt);
    }

    [Fact]
    public void Given_a_schedule_When_pending_running_or_resting_Then_it_is_kept_and_afterwards_not()
    {
        var marked = default(RefoldSchedule).Marked(T0);
        var running = marked.Started(After(1));
        var resting = running.Finished(After(1), steps: 100);
        Assert.Null(marked.IdleAt);
        Assert.Null(running.IdleAt);
        Assert.Equal(After(2), resting.IdleAt);
        Assert.True(default(RefoldSchedule).IdleAt < T0);
    }

    // A buffer of 6,000 fixes comes newest first, as fast as a request answers, or as slowly as a bad line.
    [Theory]
    [Trait("Category", "Slow")]
    [InlineData(1, 2)]
    [InlineData(1, 20)]
    [InlineData(1, 100)]
    [InlineData(10, 20)]
    [InlineData(10, 1_000)]
    [InlineData(100, 50)]
    public void Given_6000_fixes_newest_first_When_all_is_adopted_Then_at_most_20_times_in_order(int perReport, int everyMs)
    {
        var fixes = new DriveGenerator(99).MakeDay(6_000, 5_000);
        var simulator = new DeviceStoreSimulator(Given.Device, new DeviceSettings());
        var schedule = default(RefoldSchedule);
        var now = T0;
        foreach (var chunk in fixes.Reverse().Chunk(perReport))
        {
            simulator.Report(chunk, now);
            if (simulator.IsRefoldPending)
                schedule = schedule.Marked(now);
            now = now.Plus(TimeSpan.FromMilliseconds(everyMs));
            schedule = RefoldWhenDue(simulator, schedule, now);
        }
        while (schedule.DueAt is { } due)
            schedule = RefoldWhenDue(simulator, schedule, now = due > now ? due : now);

        output.WriteLine($"{perReport} every {everyMs} ms: {simulator.Refolds} refolds, {simulator.Steps / 6_000.0:F1} x in-order");
        Assert.False(simulator.IsRefoldPending);
        Assert.Equal(new NaiveOracle(Given.Device, fixes).State, simulator.Grain.Fold.ToBytes());
        Assert.InRange(simulator.Steps, 6_000, 20 * 6_000);
    }

    // The same buffer so slowly that every fix finds the one before it folded already: 20 times in order cannot be kept, as
    // each refold is of everything, but the rest after each bounds what a device may cost, in steps a second.
    [Theory]
    [Trait("Category", "Slow")]
    [InlineData(1_000)]
    [InlineData(5_000)]
    public void Given_6000_fixes_newest_first_one_by_one_between_others_When_all_is_adopted_Then_at_most_100_steps_a_second(int everyMs)
    {
        var fixes = new DriveGenerator(99).MakeDay(6_000, 5_000);
        var (slow, other) = (new DeviceStoreSimulator(Given.Device, new DeviceSettings()), new DeviceStoreSimulator(new DeviceId(8), new DeviceSettings()));
        var schedule = default(RefoldSchedule);
        var now = T0;
        var (most, window) = (0L, new Queue<(UtcMicros At, long Steps)>());
        for (var at = 0; at < fixes.Length; at++)
        {
            slow.Report([fixes[^(at + 1)]], now);
            other.Report([fixes[at]], now);
            if (slow.IsRefoldPending)
                schedule = schedule.Marked(now);
            var next = now.Plus(TimeSpan.FromMilliseconds(everyMs));
            while (schedule.DueAt is { } due && due <= next)
                schedule = RefoldWhenDue(slow, schedule, now = due > now ? due : now);
            now = next;
            window.Enqueue((now, slow.Steps));
            while (window.Count > 1 && window.Peek().At < now.Minus(TimeSpan.FromMinutes(10)))
                window.Dequeue();
            most = Math.Max(most, slow.Steps - window.Peek().Steps);
        }
        while (schedule.DueAt is { } due)
            schedule = RefoldWhenDue(slow, schedule, now = due > now ? due : now);

        var elapsed = (now.Value - T0.Value) / UtcMicros.PerSecond;
        output.WriteLine($"one every {everyMs} ms: {slow.Refolds} refolds, {slow.Steps / 6_000.0:F1} x in-order, "
            + $"{slow.Steps / (double)elapsed:F1} steps a second over all, at most {most / 600.0:F1} in 10 minutes");
        Assert.Equal(new NaiveOracle(Given.Device, fixes).State, slow.Grain.Fold.ToBytes());
        Assert.InRange(slow.Steps, 6_000, 6_000 + 100 * elapsed);
        Assert.InRange(most, 0, 100 * 600 + 6_000); // and one refold, as it may begin just before
        Assert.Equal(6_000, other.Steps); // a neighbour is folded once
    }

    private static RefoldSchedule RefoldWhenDue(DeviceStoreSimulator simulator, RefoldSchedule schedule, UtcMicros now)
    {
        if (schedule.DueAt is not { } due || due > now)
            return schedule;
        var before = simulator.Steps;
        simulator.StartRefold();
        simulator.AdoptRefold();
        return schedule.Started(now).Finished(now.Plus(TimeSpan.FromMilliseconds(5)), (int)(simulator.Steps - before));
    }

    private static UtcMicros After(double seconds) => T0.Plus(TimeSpan.FromMicroseconds(seconds * 1_000_000));
}
