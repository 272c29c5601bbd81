using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Tests.Devices;

/// <summary>Retention takes the past away: what is left knows no place that is not kept, and goes on the same in any order.</summary>
public sealed class ForgettingTests
{
    private static readonly DeviceId Device = new(7);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Given_a_fold_whose_last_fix_is_not_kept_When_forgotten_Then_only_counters_and_its_time_are_left(int seed)
    {
        var fixes = new DriveGenerator(seed).Make(400).OrderBy(fix => fix.Key).ToArray();
        var fold = Fold(new DeviceFold(Device), fixes);
        var forgotten = fold.ForgetBefore(new UtcMicros(fixes[^1].FixedAt.Value + 1));

        Assert.NotNull(forgotten);
        Assert.True(forgotten.IsForgotten);
        Assert.Null(forgotten.ForgetBefore(UtcMicros.From(DateTimeOffset.MaxValue)));
        Assert.Equal((fold.FixCount, fold.DistanceMm), (forgotten.FixCount, forgotten.DistanceMm));
        Assert.Equal(new FixKey(fixes[^1].FixedAt, long.MaxValue), forgotten.LastKey);
        Assert.Equal((null, null, MotionState.Unknown), (forgotten.LastPlausible, forgotten.TripStart, forgotten.Motion));
        Assert.Equal(forgotten.ToBytes(), DeviceFold.FromBytes(Device, forgotten.ToBytes())?.ToBytes());
        Assert.Equal( // all that is left of four hundred fixes: the same as of none, but for three numbers
            DeviceFold.Forgotten(Device, fixes[^1].FixedAt).ToBytes().Length, forgotten.ToBytes().Length);
    }

    [Fact]
    public void Given_a_fold_that_goes_on_When_the_time_is_before_its_live_position_Then_there_is_nothing_to_forget()
    {
        var fixes = Drive(10);
        var fold = Fold(new DeviceFold(Device), fixes);
        Assert.Null(fold.ForgetBefore(fixes[^1].FixedAt));
        Assert.Null(new DeviceFold(Device).ForgetBefore(fixes[^1].FixedAt));
    }

    [Fact]
    public void Given_a_device_that_is_believed_no_more_When_its_live_position_is_not_kept_Then_it_goes_and_the_next_one_is_believed()
    {
        var believed = Drive(30);
        var lies = Drive(30, fromSecond: 100_000).Select(fix => (fix with { IsDeclaredInvalid = true }).Hashed()).ToArray();
        var fold = Fold(Fold(new DeviceFold(Device), believed), lies);
        var forgotten = fold.ForgetBefore(lies[0].FixedAt);

        Assert.NotNull(forgotten);
        Assert.False(forgotten.IsForgotten);
        Assert.Equal(fold.LastKey, forgotten.LastKey); // that fix is kept
        Assert.Equal((null, null, MotionState.Unknown), (forgotten.LastPlausible, forgotten.TripStart, forgotten.Motion));
        var next = Drive(1, fromSecond: 200_000)[0];
        Assert.Equal(next.Key, Fold(forgotten, [next]).LastPlausible?.Key);
        Assert.NotNull(fold.LastPlausible); // the committed state is untouched
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void Given_a_forgotten_device_When_a_refold_begins_there_Then_it_ends_as_the_fold_in_order(int seed)
    {
        var fixes = new DriveGenerator(seed).Make(600).OrderBy(fix => fix.Key).ToArray();
        var kept = fixes.First(fix => fix.FixedAt > fixes[299].FixedAt).FixedAt;
        var state = DeviceState.New(Device) with { Fold = Fold(new DeviceFold(Device), fixes.Where(fix => fix.FixedAt < kept)) };
        var decision = DeviceDecider.Forget(state, [], kept);

        Assert.NotNull(decision);
        Assert.True(decision.IsAllForgotten);
        var start = Assert.Single(decision.Checkpoints);
        Assert.Equal(decision.Next.Fold.LastKey, start.Through);
        var later = fixes.Where(fix => fix.FixedAt >= kept).ToArray();
        var refold = new RefoldRun(DeviceFold.FromBytes(Device, start.State.AsSpan()) ?? throw new InvalidOperationException());
        foreach (var fix in later)
            refold.Feed(fix);
        Assert.Equal(Fold(decision.Next.Fold.Clone(), later).ToBytes(), refold.Finish().State);
    }

    [Fact]
    public void Given_a_forgotten_device_that_goes_on_with_its_day_When_fixes_come_late_Then_where_it_was_forgotten_stays_their_beginning()
    {
        var fixes = Drive(20);
        var decision = DeviceDecider.Forget(
            DeviceState.New(Device) with { Fold = Fold(new DeviceFold(Device), fixes[..10]) }, [], fixes[10].FixedAt);
        Assert.NotNull(decision);
        var run = new RefoldRun(decision.Next.Fold);
        foreach (var fix in fixes[10..15]) // late, of the day on which it was forgotten: its tenant keeps longer again
            run.Feed(fix);
        var refold = run.Finish();

        Assert.False(DeviceDecider.Correct(refold, [], []).IsStartStale);
        var current = decision.Next with { Fold = Fold(decision.Next.Fold.Clone(), fixes[15..]) };
        Assert.False(DeviceDecider.Adopt(current, refold, fixes.AsSpan(15), [], []).IsStartStale);
    }

    [Fact]
    public void Given_checkpoints_before_and_after_the_first_day_that_is_kept_When_forgotten_Then_the_newest_old_one_stays_without_its_place()
    {
        var fixes = Drive(40);
        var checkpoints = new[] { 9, 19, 29 }
            .Select(last => new Checkpoint(fixes[last].Key, [.. Fold(new DeviceFold(Device), fixes[..(last + 1)]).ToBytes()])).ToArray();
        var state = DeviceState.New(Device) with { Fold = Fold(new DeviceFold(Device), fixes) };
        var decision = DeviceDecider.Forget(state, checkpoints, fixes[25].FixedAt);

        Assert.NotNull(decision);
        Assert.False(decision.IsAllForgotten);
        Assert.Same(state.Fold, decision.Next.Fold);
        var set = Assert.Single(decision.Checkpoints);
        Assert.Equal(new FixKey(fixes[19].FixedAt, long.MaxValue), set.Through);
        Assert.Equal(set.Through, decision.DropBefore);
        Assert.True(DeviceFold.FromBytes(Device, set.State.AsSpan())?.IsForgotten);
        Assert.Null(DeviceDecider.Forget(state, [set, checkpoints[2]], fixes[25].FixedAt)); // once
    }

    /// <summary>At 20 m/s, a fix every ten seconds.</summary>
    private static Fix[] Drive(int count, int fromSecond = 0) =>
        [.. Enumerable.Range(0, count).Select(i => Given.At(fromSecond + i * 10, i * 200, accuracyMm: 5_000, speedMmps: 20_000))];

    private static DeviceFold Fold(DeviceFold fold, IEnumerable<Fix> fixes)
    {
        var output = new FoldOutput();
        foreach (var fix in fixes)
            fold.Step(fix, output);
        return fold;
    }
}
