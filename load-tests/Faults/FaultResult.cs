using System.Globalization;

namespace FieldCrm.LoadTests.Faults;

/// <summary>How a run ended, as numbers that must be 0 and a time that has a bound.</summary>
internal sealed record FaultResult
{
    public required long Acknowledged { get; init; }

    public required long Stored { get; init; }

    /// <summary>Acknowledged and not stored.</summary>
    public required long Lost { get; init; }

    /// <summary>Stored more than once, or stored and never sent; the same of net events and alarms.</summary>
    public required long Duplicates { get; init; }

    /// <summary>
    /// Net events, marks, alarms and states that differ from the undisturbed run's, either way, and what in either fleet is
    /// not exactly what its stored fixes come to (<see cref="FleetAudit"/>).
    /// </summary>
    public required IReadOnlyList<string> Differences { get; init; }

    /// <summary>From the kill to the first acknowledgement of a request sent after it.</summary>
    public required TimeSpan Recovery { get; init; }

    public required int Repeats { get; init; }

    /// <summary>Messages of the killed run's outbox that were compared by id, and states of its devices.</summary>
    public required (int Messages, int States) Compared { get; init; }

    public bool IsClean => Lost == 0 && Duplicates == 0 && Differences.Count == 0 && Stored == Acknowledged;

    /// <summary>Compares what the sender knows, what is stored of the killed run, and what the undisturbed one left.</summary>
    public static FaultResult Of(
        IReadOnlyList<IReadOnlySet<PlannedFix>> acknowledged, StoredFleet killed, StoredFleet undisturbed, TimeSpan recovery, int repeats)
    {
        long stored = 0, lost = 0, duplicates = 0;
        for (var place = 0; place < acknowledged.Count; place++)
        {
            var distinct = killed.Fixes[place].ToHashSet();
            stored += distinct.Count;
            lost += acknowledged[place].Count(fix => !distinct.Contains(fix));
            duplicates += killed.Fixes[place].Count - distinct.Count + distinct.Count(fix => !acknowledged[place].Contains(fix));
        }
        duplicates += Twice(killed.Events) + Twice(killed.Alarms);
        var differences = new List<string>();
        Compare("event", killed.Events, undisturbed.Events, differences);
        Compare("alarm", killed.Alarms, undisturbed.Alarms, differences);
        Compare("mark", killed.Marks, undisturbed.Marks, differences);
        Compare("state", Placed(killed.Audit.States), Placed(undisturbed.Audit.States), differences);
        differences.AddRange(killed.Audit.Findings);
        differences.AddRange(undisturbed.Audit.Findings.Select(static finding => $"undisturbed, {finding}"));
        return new FaultResult
        {
            Acknowledged = acknowledged.Sum(device => (long)device.Count), Stored = stored, Lost = lost, Duplicates = duplicates,
            Differences = differences, Recovery = recovery, Repeats = repeats,
            Compared = (killed.Audit.Messages, killed.Audit.States.Count),
        };
    }

    private static int Twice(IReadOnlyList<string> lines) => lines.Count - lines.Distinct().Count();

    private static void Compare(string what, IReadOnlyList<string> killed, IReadOnlyList<string> undisturbed, List<string> differences)
    {
        differences.AddRange(killed.Except(undisturbed).Select(line => $"only after the kill: {what} {line}"));
        differences.AddRange(undisturbed.Except(killed).Select(line => $"missing after the kill: {what} {line}"));
    }

    private static string[] Placed(IReadOnlyList<string> states) =>
        [.. states.Select(static (state, place) => string.Create(CultureInfo.InvariantCulture, $"{place} {state}"))];
}
