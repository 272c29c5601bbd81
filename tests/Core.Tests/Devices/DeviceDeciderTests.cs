using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Tests.Devices;

public sealed class DeviceDeciderTests
{
    private static readonly DeviceSettings Settings = new();
    private static readonly UtcMicros Now = Given.Start.Plus(TimeSpan.FromHours(1));

    [Fact]
    public void Given_a_mixed_batch_When_reported_Then_each_fix_is_where_it_belongs_and_the_state_untouched()
    {
        var state = Reported(DeviceState.New(Given.Device), Now, Given.At(100, 0)).Next;
        var before = state.Fold.ToBytes();
        var decision = Reported(state, Now, Given.At(120, 0), Given.At(100, 0), Given.At(90, 0), Given.At(110, 0), Given.At(120, 0));

        Assert.Equal([Given.At(110, 0), Given.At(120, 0)], decision.Forward.ToArray());
        Assert.Equal([Given.At(90, 0)], decision.Late.ToArray());
        Assert.Equal(2, decision.Duplicates);
        Assert.Equal(3, decision.Next.Fold.FixCount);
        Assert.Equal(before, state.Fold.ToBytes());
    }

    [Fact]
    public void Given_a_batch_that_was_committed_When_repeated_Then_all_of_it_is_known()
    {
        Fix[] batch = [.. Given.Every(1, 0, 16, at => Given.At(at, at))];
        var state = Reported(DeviceState.New(Given.Device), Now, batch).Next;
        var again = Reported(state, Now.Plus(TimeSpan.FromSeconds(9)), batch);
        Assert.Equal(16, again.Duplicates);
        Assert.True(again is { Forward.IsEmpty: true, Late.IsEmpty: true, BeyondWindow.IsEmpty: true });
        Assert.Equal(Now.Plus(TimeSpan.FromSeconds(9)), again.Next.Presence.LastReceivedAt);
    }

    [Fact]
    public void Given_the_first_report_When_decided_Then_the_silence_is_armed_once()
    {
        var first = Reported(DeviceState.New(Given.Device), Now, Given.At(0, 0));
        Assert.Equal(Now.Plus(TimeSpan.FromMinutes(10)), first.ArmDueAt);
        Assert.Null(Reported(first.Next, Now.Plus(TimeSpan.FromMinutes(1)), Given.At(1, 0)).ArmDueAt);
    }

    [Fact]
    public void Given_an_early_due_time_When_fired_Then_it_re_arms()
    {
        var state = Reported(DeviceState.New(Given.Device), Now, Given.At(0, 0)).Next;
        var due = DeviceDecider.Due(state, Now.Plus(TimeSpan.FromMinutes(10) - TimeSpan.FromMicroseconds(1)), Settings);
        Assert.Equal(Now.Plus(TimeSpan.FromMinutes(10)), due.ReArmAt);
        Assert.Null(due.SignalLost);
    }

    [Fact]
    public void Given_silence_When_due_twice_and_heard_again_Then_lost_once_and_regained_once()
    {
        var state = Reported(DeviceState.New(Given.Device), Now, Given.At(0, 0)).Next;
        var later = Now.Plus(TimeSpan.FromMinutes(10));
        var lost = DeviceDecider.Due(state, later, Settings);
        Assert.Equal(NetEventKind.SignalLost, lost.SignalLost?.Kind);
        Assert.Equal(Now, lost.SignalLost?.LastHeardAt);
        // Fired by two activations, a second apart: one id.
        Assert.Equal(lost.SignalLost?.Id, DeviceDecider.Due(state, later.Plus(TimeSpan.FromSeconds(1)), Settings).SignalLost?.Id);
        var again = DeviceDecider.Due(lost.Next, later, Settings);
        Assert.True(again is { SignalLost: null, ReArmAt: null });

        var heard = Reported(lost.Next, later.Plus(TimeSpan.FromMinutes(5)), Given.At(5, 0));
        Assert.Equal(NetEventKind.SignalRegained, Assert.Single(heard.Presence).Kind);
        Assert.Equal(later.Plus(TimeSpan.FromMinutes(15)), heard.ArmDueAt);
        Assert.False(heard.Next.Presence.IsSignalLost);
        Assert.Empty(Reported(heard.Next, later.Plus(TimeSpan.FromMinutes(6)), Given.At(6, 0)).Presence);
    }

    [Fact]
    public void Given_a_report_that_was_heard_before_another_When_decided_after_it_Then_the_later_time_stays()
    {
        var state = Reported(DeviceState.New(Given.Device), Now, Given.At(0, 0)).Next;
        var earlier = Reported(state, Now.Minus(TimeSpan.FromSeconds(3)), Given.At(5, 0)).Next;
        Assert.Equal(Now, earlier.Presence.LastReceivedAt);
    }

    [Fact]
    public void Given_the_newest_fix_again_When_the_recent_keys_are_forgotten_Then_it_is_a_repeat_and_nothing_to_store()
    {
        var recovered = Reported(DeviceState.New(Given.Device), Now, Given.At(0, 0)).Next with { RecentKeys = [] };
        var again = Reported(recovered, Now, Given.At(0, 0));
        Assert.Equal((1, 0, 0), (again.Duplicates, again.Late.Length, again.Forward.Length));
    }

    [Fact]
    public void Given_arrival_facts_that_differ_When_folded_Then_the_state_is_the_same()
    {
        var early = Reported(DeviceState.New(Given.Device), Now, Given.At(0, 0), Given.At(10, 0));
        var late = Reported(DeviceState.New(Given.Device), Now.Plus(TimeSpan.FromDays(3)), Given.At(0, 0), Given.At(10, 0));
        Assert.Equal(early.Next.Fold.ToBytes(), late.Next.Fold.ToBytes());
        Assert.NotEqual(early.Next.Presence, late.Next.Presence);
    }

    [Fact]
    public void Given_a_slow_clock_When_fixes_keep_coming_Then_its_skew_is_known_despite_a_buffered_batch()
    {
        var state = DeviceState.New(Given.Device);
        for (var i = 0; i < 40; i++)
        {
            var buffered = i % 10 == 0 ? 300 : 0;
            state = Reported(state, Given.At(i * 10 + 90 + buffered, 0).FixedAt, Given.At(i * 10, 0)).Next;
        }
        Assert.InRange(state.Presence.ClockSkewMs, 90_000, 92_000);
    }

    [Theory]
    [InlineData(59, 7 * 24, 256, "device-settings.silence-after")]
    [InlineData(600, 0.5, 256, "device-settings.refold-window")]
    [InlineData(600, 24, 1, "device-settings.checkpoint-every")]
    [InlineData(60, 1, 16, null)]
    public void Given_settings_When_validated_Then_ranges_hold(double silenceSeconds, double windowHours, int every, string? code) =>
        Assert.Equal(code, new DeviceSettings
        {
            SilenceAfter = TimeSpan.FromSeconds(silenceSeconds), RefoldWindow = TimeSpan.FromHours(windowHours), CheckpointEvery = every,
        }.Validate()?.Code);

    private static ReportDecision Reported(DeviceState state, UtcMicros at, params Fix[] fixes) =>
        DeviceDecider.Report(state, fixes, at, Settings);
}
