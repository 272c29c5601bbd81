using FieldCrm.Core.Devices;
using FieldCrm.LoadTests.Faults;

namespace FieldCrm.Faults;

/// <summary>The comparison that every kill is judged by must itself be able to fail.</summary>
public sealed class ComparisonTests
{
    private static readonly PlannedFix First = new(1_000_000, -340_000_000, -560_000_000, 5_000, AlarmKind.None);
    private static readonly PlannedFix Second = First with { FixedAtMicros = 2_000_000 };

    private const string AlarmEvent = "0 5 2026-11-22 1 {}";
    private const string Alarm = "0 2 2026-11-22 {}";

    [Fact]
    public void Given_the_same_on_both_sides_When_compared_Then_clean()
    {
        var result = Compare(Stored([First, Second], [AlarmEvent], [Alarm]));
        Assert.True(result.IsClean);
        Assert.Equal((2, 2), (result.Acknowledged, result.Stored));
    }

    [Fact]
    public void Given_an_acknowledged_fix_that_is_not_stored_When_compared_Then_lost()
    {
        var result = Compare(Stored([First], [AlarmEvent], [Alarm]));
        Assert.Equal((1, 0), (result.Lost, result.Duplicates));
        Assert.False(result.IsClean);
    }

    [Fact]
    public void Given_a_fix_stored_twice_When_compared_Then_duplicate() =>
        Assert.Equal(1, Compare(Stored([First, Second, Second], [AlarmEvent], [Alarm])).Duplicates);

    [Fact]
    public void Given_a_fix_nobody_sent_When_compared_Then_counted()
    {
        var invented = First with { SpeedMmps = 6_000 };
        Assert.Equal(1, Compare(Stored([First, Second, invented], [AlarmEvent], [Alarm])).Duplicates);
    }

    [Fact]
    public void Given_an_event_that_is_missing_or_twice_When_compared_Then_not_clean()
    {
        var missing = Compare(Stored([First, Second], [], []));
        Assert.Equal(
            [$"missing after the kill: event {AlarmEvent}", $"missing after the kill: alarm {Alarm}"], missing.Differences);
        Assert.Equal(1, Compare(Stored([First, Second], [AlarmEvent, AlarmEvent], [Alarm])).Duplicates);
    }

    [Fact]
    public void Given_another_state_than_undisturbed_or_a_finding_on_either_side_When_compared_Then_not_clean()
    {
        var result = FaultResult.Of(
            [new HashSet<PlannedFix> { First, Second }],
            Stored([First, Second], [AlarmEvent], [Alarm]) with { Audit = new FleetAudit(["01"], ["device 0: odd"], 1) },
            Stored([First, Second], [AlarmEvent], [Alarm]) with { Audit = new FleetAudit(["02"], ["device 0: even"], 1) },
            TimeSpan.Zero, repeats: 0);
        Assert.Equal(
            ["only after the kill: state 0 01", "missing after the kill: state 0 02", "device 0: odd", "undisturbed, device 0: even"],
            result.Differences);
        Assert.False(result.IsClean);
    }

    private static FaultResult Compare(StoredFleet killed) => FaultResult.Of(
        [new HashSet<PlannedFix> { First, Second }], killed, Stored([First, Second], [AlarmEvent], [Alarm]), TimeSpan.Zero, repeats: 0);

    private static StoredFleet Stored(PlannedFix[] fixes, string[] events, string[] alarms) => new()
    {
        Fixes = [fixes], Events = events, Alarms = alarms, Marks = [], Audit = new FleetAudit(["00"], [], 1),
    };
}
