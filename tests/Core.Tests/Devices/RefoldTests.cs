using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Tests.Devices;

public sealed class RefoldTests
{
    private static readonly DeviceSettings EveryFix = new() { CheckpointEvery = 1 };

    [Fact]
    public void Given_a_reinstated_sos_When_a_late_fix_takes_that_back_Then_mark_and_alarm_are_as_before_it()
    {
        // There, there, there is believed; with the late "here" between them it is one lie and two candidates.
        var sos = Given.At(10, 50_000, alarm: AlarmKind.Sos);
        var late = Given.At(11, 0);
        var simulator = new DeviceStoreSimulator(Given.Device, EveryFix);
        Fix[] inTime = [Given.At(0, 0), sos, Given.At(12, 50_000), Given.At(13, 50_000)];
        foreach (var fix in inTime)
            simulator.Report([fix], Given.Start);
        Assert.Empty(simulator.Marks);
        Assert.Contains("\"positionMarked\":0", Assert.Single(simulator.Events.Values).PayloadJson, StringComparison.Ordinal);

        simulator.Report([late], Given.Start);
        simulator.FinishRefolds();

        var oracle = new NaiveOracle(Given.Device, [.. inTime, late]);
        Assert.Equal(oracle.MarkedFixes, simulator.Marks);
        Assert.Equal(FixMark.Teleport, simulator.Marks[sos.Key]);
        var alarm = Assert.Single(simulator.Events.Values);
        Assert.Equal(oracle.Events[0], alarm);
        Assert.Contains("\"positionMarked\":3", alarm.PayloadJson, StringComparison.Ordinal);
        Assert.Equal(oracle.State, simulator.Grain.Fold.ToBytes());
    }

    [Fact]
    public void Given_an_sos_open_at_the_starting_point_When_a_late_fix_agrees_Then_its_mark_is_taken_back()
    {
        // The refold begins after the SOS, whose mark is not read; the late fix makes three that agree.
        var sos = Given.At(10, 50_000, alarm: AlarmKind.Sos);
        var late = Given.At(11, 50_000);
        var simulator = new DeviceStoreSimulator(Given.Device, EveryFix);
        Fix[] inTime = [Given.At(0, 0), sos, Given.At(12, 50_000)];
        foreach (var fix in inTime)
            simulator.Report([fix], Given.Start);
        Assert.Equal([FixMark.Teleport, FixMark.Teleport], simulator.Marks.Values);

        simulator.Report([late], Given.Start);
        simulator.FinishRefolds();

        Assert.Empty(simulator.Marks);
        var oracle = new NaiveOracle(Given.Device, [.. inTime, late]);
        Assert.Equal(oracle.Net, simulator.Events);
        Assert.Equal(oracle.State, simulator.Grain.Fold.ToBytes());
    }

    [Fact]
    public void Given_two_fixes_open_at_the_starting_point_When_the_third_no_longer_agrees_Then_both_are_marked_again()
    {
        // Believed since the third there came; the late "here" lies between the second and the third.
        var simulator = new DeviceStoreSimulator(Given.Device, EveryFix);
        Fix[] inTime = [Given.At(0, 0), Given.At(10, 50_000), Given.At(12, 50_000, alarm: AlarmKind.Sos), Given.At(14, 50_000)];
        foreach (var fix in inTime)
            simulator.Report([fix], Given.Start);
        Assert.Empty(simulator.Marks);

        var late = Given.At(13, 0);
        simulator.Report([late], Given.Start);
        simulator.FinishRefolds();

        var oracle = new NaiveOracle(Given.Device, [.. inTime, late]);
        Assert.Equal(oracle.MarkedFixes.OrderBy(m => m.Key), simulator.Marks.OrderBy(m => m.Key));
        Assert.Equal(3, simulator.Marks.Count);
        Assert.Equal(oracle.Net, simulator.Events);
        Assert.Equal(oracle.State, simulator.Grain.Fold.ToBytes());
    }

    [Fact]
    public void Given_an_alarm_open_at_the_starting_point_When_refolded_to_the_same_Then_the_ledger_is_not_told_again()
    {
        var simulator = new DeviceStoreSimulator(Given.Device, EveryFix);
        simulator.Report([Given.At(0, 0)], Given.Start);
        simulator.Report([Given.At(10, 50_000, alarm: AlarmKind.Sos)], Given.Start);
        simulator.Report([Given.At(30, 0)], Given.Start);
        var told = simulator.Ledger.Count;

        simulator.Report([Given.At(20, 0)], Given.Start);
        simulator.FinishRefolds();

        Assert.Equal((1, 1), (told, simulator.Refolds));
        Assert.Equal(told, simulator.Ledger.Count);
        Assert.Equal([FixMark.Teleport], simulator.Marks.Values);
    }

    [Fact]
    public void Given_a_late_fix_during_a_refold_When_adopted_Then_its_mark_stays_and_is_answered_by_the_next()
    {
        var simulator = new DeviceStoreSimulator(Given.Device, EveryFix);
        Fix[] inTime = [Given.At(0, 0), Given.At(60, 100)];
        simulator.Report(inTime, Given.Start);
        var (first, second) = (Given.At(40, 50), Given.At(20, 20));
        simulator.Report([first], Given.Start);
        simulator.StartRefold();
        simulator.Report([second], Given.Start);
        simulator.AdoptRefold();
        Assert.True(simulator.IsRefoldPending);
        Assert.Equal(new NaiveOracle(Given.Device, [.. inTime, first]).State, simulator.Grain.Fold.ToBytes());

        simulator.FinishRefolds();
        Assert.Equal(2, simulator.Refolds);
        Assert.Equal(new NaiveOracle(Given.Device, [.. inTime, first, second]).State, simulator.Grain.Fold.ToBytes());
    }

    [Fact]
    public void Given_a_jump_When_one_late_fix_explains_it_Then_it_is_reinstated()
    {
        // 12 km in a minute is too fast; by way of a rough cell position in the middle it is not.
        var simulator = new DeviceStoreSimulator(Given.Device, new DeviceSettings());
        simulator.Report([Given.At(0, 0), Given.At(60, 12_000)], Given.Start);
        Assert.Equal([FixMark.Teleport], simulator.Marks.Values);

        simulator.Report([Given.At(30, 6_000, accuracyMm: 4_000_000)], Given.Start);
        simulator.FinishRefolds();

        Assert.Empty(simulator.Marks);
        Assert.Equal(Given.At(60, 12_000).Key, simulator.Grain.Fold.LastPlausible?.Key);
    }

    [Fact]
    public void Given_a_stop_seen_from_sparse_fixes_When_late_ones_show_a_drive_Then_its_events_are_withdrawn()
    {
        Fix[] sparse = [.. Given.Every(100, 0, 700, at => Given.At(at, 0))];
        var simulator = new DeviceStoreSimulator(Given.Device, new DeviceSettings());
        simulator.Report(sparse, Given.Start);
        Assert.Equal([NetEventKind.Idled, NetEventKind.Stopped], simulator.Events.Values.Select(e => e.Kind).Order());

        Fix[] late = [.. Given.Every(10, 5, 695, at => Given.At(at, 300 + at % 100 * 10))];
        simulator.Report(late, Given.Start);
        simulator.FinishRefolds();

        Assert.DoesNotContain(simulator.Events.Values, e => e.Kind is NetEventKind.Stopped);
        Assert.Contains(simulator.Ledger, c => c.Set is null);
        Assert.Equal(new NaiveOracle(Given.Device, [.. sparse, .. late]).Net, simulator.Events);
    }

    [Fact]
    public void Given_a_refold_of_another_device_When_adopted_Then_it_throws()
    {
        var refold = new RefoldRun(new DeviceFold(new DeviceId(8))).Finish();
        Assert.Throws<ArgumentException>(() => DeviceDecider.Adopt(DeviceState.New(Given.Device), refold, [], [], []));
    }

    [Fact]
    public void Given_a_late_fix_older_than_the_window_When_reported_Then_stored_marked_and_never_evaluated()
    {
        const double day = 86_400;
        var simulator = new DeviceStoreSimulator(Given.Device, new DeviceSettings());
        simulator.Report([Given.At(8 * day, 0)], Given.Start);
        var before = simulator.Grain.Fold.ToBytes();

        var tooOld = Given.At(1 * day - 0.000_001, 0);
        var justInTime = Given.At(1 * day, 0);
        var decision = DeviceDecider.Report(simulator.Grain, [justInTime, tooOld], Given.Start, new DeviceSettings());
        Assert.Equal(tooOld, Assert.Single(decision.BeyondWindow));
        Assert.Equal(justInTime, Assert.Single(decision.Late));
        Assert.Empty(decision.Marks);

        simulator.Report([tooOld], Given.Start);
        Assert.Equal(before, simulator.Grain.Fold.ToBytes());
        Assert.Equal(FixMark.BeyondWindow, simulator.Marks[tooOld.Key]);
        Assert.False(simulator.IsRefoldPending);

        simulator.Report([justInTime, tooOld], Given.Start); // repeated beside one that is evaluated
        simulator.FinishRefolds();
        Assert.Equal(new NaiveOracle(Given.Device, [justInTime, Given.At(8 * day, 0)]).State, simulator.Grain.Fold.ToBytes());
        Assert.Equal([KeyValuePair.Create(tooOld.Key, FixMark.BeyondWindow)], simulator.Marks);

        simulator.Kill();
        Assert.Equal(2, simulator.Grain.Fold.FixCount);
    }

    [Fact]
    public void Given_a_fix_evaluated_in_its_time_When_repeated_beyond_the_window_Then_it_keeps_its_mark()
    {
        var simulator = new DeviceStoreSimulator(Given.Device, new DeviceSettings());
        var first = Given.At(0, 0);
        simulator.Report([first], Given.Start);
        simulator.Report([Given.At(10 * 86_400.0, 0)], Given.Start);
        simulator.Kill(); // the grain's memory of recent keys is gone

        simulator.Report([first], Given.Start);

        Assert.Empty(simulator.Marks);
        Assert.Equal(0, simulator.BeyondWindow);
        Assert.Equal(2, simulator.Grain.Fold.FixCount);
    }
}
