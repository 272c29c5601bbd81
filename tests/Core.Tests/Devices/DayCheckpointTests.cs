using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Tests.Devices;

/// <summary>Retention drops whole days; a refold begins at a checkpoint whose following fixes are all still stored.</summary>
public sealed class DayCheckpointTests
{
    private static readonly DeviceSettings Settings = new();
    private static readonly UtcMicros Midnight = UtcMicros.From(new DateTimeOffset(2026, 11, 20, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Given_a_sparse_device_When_a_day_begins_Then_the_state_at_the_end_of_the_day_before_is_a_checkpoint()
    {
        Fix[] fixes = [At(-2), At(-1), At(1), At(2), At(25)];
        var whole = DeviceDecider.Report(DeviceState.New(new DeviceId(1)), fixes, Midnight.Plus(TimeSpan.FromHours(26)), Settings);
        var day = DeviceDecider.Report(DeviceState.New(new DeviceId(1)), fixes.AsSpan(0, 2), Midnight, Settings);

        Assert.Equal([fixes[1].Key, fixes[3].Key], whole.Checkpoints.Select(c => c.Through));
        Assert.Empty(day.Checkpoints);
        Assert.Equal(day.Next.Fold.ToBytes(), whole.Checkpoints[0].State);
    }

    [Fact]
    public void Given_a_refold_When_it_crosses_midnight_Then_it_makes_the_same_checkpoints_and_not_the_one_it_began_from()
    {
        Fix[] fixes = [At(-2), At(-1), At(1), At(2), At(25)];
        var whole = DeviceDecider.Report(DeviceState.New(new DeviceId(1)), fixes, Midnight.Plus(TimeSpan.FromHours(26)), Settings);
        var start = DeviceFold.FromBytes(new DeviceId(1), whole.Checkpoints[0].State.AsSpan());
        Assert.NotNull(start);
        var run = new RefoldRun(start, Settings.CheckpointEvery);
        foreach (var fix in fixes.AsSpan(2))
            run.Feed(fix);

        Assert.Equal(whole.Checkpoints[1].Through, Assert.Single(run.Finish().Checkpoints).Through);
    }

    [Fact]
    public void Given_a_day_that_begins_while_a_refold_runs_When_adopted_Then_the_end_of_the_day_before_is_a_checkpoint_again()
    {
        var simulator = new DeviceStoreSimulator(new DeviceId(1), Settings);
        simulator.Report([At(-3), At(-1)], Midnight);
        simulator.Report([At(-2)], Midnight); // late
        simulator.StartRefold();
        simulator.Report([At(1)], Midnight);
        simulator.AdoptRefold();

        var checkpoint = Assert.Single(simulator.Checkpoints);
        Assert.Equal(At(-1).Key, checkpoint.Key);
        Assert.Equal(new NaiveOracle(new DeviceId(1), [At(-3), At(-2), At(-1)]).State, checkpoint.Value);
    }

    [Fact]
    public void Given_an_old_day_delivered_one_by_one_When_each_is_adopted_Then_the_day_has_one_end()
    {
        var simulator = new DeviceStoreSimulator(new DeviceId(1), Settings);
        simulator.Report([At(-20), At(1)], Midnight);
        for (var hours = -19; hours < 0; hours++)
        {
            simulator.Report([At(hours)], Midnight);
            simulator.FinishRefolds();
            Assert.Equal(At(hours).Key, Assert.Single(simulator.Checkpoints).Key);
        }
    }

    [Fact]
    public void Given_slices_When_the_next_begins_where_one_ended_Then_the_end_goes_unless_its_day_ends_there()
    {
        Fix[] fixes = [At(-3), At(-2), At(-1), At(1)];
        RefoldResult Slice(DeviceFold from, Range range)
        {
            var run = new RefoldRun(from, Settings.CheckpointEvery);
            foreach (var fix in fixes.AsSpan(range))
                run.Feed(fix);
            return run.Finish();
        }
        DeviceFold After(RefoldResult result) => DeviceFold.FromBytes(new DeviceId(1), result.State.AsSpan())!;
        var first = Slice(new DeviceFold(new DeviceId(1)), ..2);
        var second = Slice(After(first), 2..3);
        var third = Slice(After(second), 3..);

        Assert.False(DeviceDecider.Correct(first, [], [], Settings.CheckpointEvery).IsStartStale);
        Assert.True(DeviceDecider.Correct(second, [], [], Settings.CheckpointEvery).IsStartStale);
        Assert.False(DeviceDecider.Correct(third, [], [], Settings.CheckpointEvery).IsStartStale);
        // Due by its count, whatever follows.
        Assert.False(DeviceDecider.Correct(second, [], [], checkpointEvery: 2).IsStartStale);
    }

    [Fact]
    public void Given_a_clock_before_1970_When_a_day_begins_Then_it_is_the_same_rule()
    {
        var epoch = new UtcMicros(0);
        Fix[] fixes = [At(-30, epoch), At(-25, epoch), At(-1, epoch), At(1, epoch)];
        var whole = DeviceDecider.Report(DeviceState.New(new DeviceId(1)), fixes, Midnight, Settings);
        Assert.Equal([fixes[1].Key, fixes[2].Key], whole.Checkpoints.Select(c => c.Through));
    }

    [Fact]
    public void Given_a_refold_When_fed_Then_it_leaves_its_starting_point_alone_knows_its_first_fix_and_ignores_a_repeat()
    {
        var start = new DeviceFold(new DeviceId(1));
        var run = new RefoldRun(start, checkpointEvery: 1);
        run.Feed(At(0));
        run.Feed(At(1));
        run.Feed(At(1));
        var result = run.Finish();

        Assert.Equal(new DeviceFold(new DeviceId(1)).ToBytes(), start.ToBytes());
        Assert.Equal((FixKey.Min, At(0).Key, At(1).Key), (result.FromKey, result.FirstKey, result.ThroughKey));
        Assert.Equal([At(0).Key, At(1).Key], result.Checkpoints.Select(c => c.Through));
    }

    private static Fix At(int hours, UtcMicros from) => At(hours) with { FixedAt = from.Plus(TimeSpan.FromHours(hours)) };

    private static Fix At(int hours) => new Fix
    {
        FixedAt = Midnight.Plus(TimeSpan.FromHours(hours)), Position = new GeoPoint(-349_000_000, -562_000_000),
    }.Hashed();
}
