using System.Collections.Immutable;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Commit;

namespace FieldCrm.Silo.Devices;

internal sealed partial class DeviceGrain
{
    /// <summary>
    /// Parts of one report that the database may refuse before what is left is parked in the parts that it then has:
    /// six or seven fixes to blame among a thousand are found out, and a report of nothing else ends in time.
    /// </summary>
    private const int MaxRefusedParts = 64;

    /// <summary>
    /// In the order of the fixes' times: by days where they are of many, and by halves down to the fixes that the
    /// database refuses. These are parked, each by itself, and the others are stored as if they had come alone. A part
    /// that is not stored for another reason ends the report; what was stored before it is absorbed when the device
    /// sends it again.
    /// </summary>
    /// <param name="ascending">Places in the batch.</param>
    /// <param name="refused">Parts that were refused before.</param>
    private async Task<ReportReceipt> ReportInPartsAsync(FixBatch batch, IEnumerable<ArraySegment<int>> ascending, int refused = 0)
    {
        var (accepted, duplicates) = (0, 0);
        var parked = ImmutableArray.CreateBuilder<int>();
        var parts = new Stack<ArraySegment<int>>(ascending.Reverse());
        while (parts.TryPop(out var part))
        {
            var fixes = batch with { Fixes = [.. part.Select(place => batch.Fixes[place])] };
            if (await ReportAsync(fixes, isParkedWhole: part.Count == 1 || refused >= MaxRefusedParts) is not { } receipt)
            {
                refused++;
                foreach (var half in Halves(part).Reverse())
                    parts.Push(half);
                continue;
            }
            refused += receipt.Parked.IsEmpty ? 0 : 1;
            accepted += receipt.Accepted;
            duplicates += receipt.Duplicates;
            parked.AddRange(receipt.Parked.Select(place => part[place]));
        }
        return new ReportReceipt(accepted, duplicates, parked.ToImmutable());
    }

    // Days between the first and the last: hardly ever more, so nothing else is asked of a report.
    private static bool IsOfManyDays(ImmutableArray<Fix> fixes)
    {
        var (first, last) = (long.MaxValue, long.MinValue);
        foreach (var fix in fixes)
            (first, last) = (Math.Min(first, fix.FixedAt.Value), Math.Max(last, fix.FixedAt.Value));
        return fixes.Length > CommitLanes.MaxDays
            && UtcDay.Of(new UtcMicros(last)) - UtcDay.Of(new UtcMicros(first)) >= CommitLanes.MaxDays;
    }

    private static int[] Ascending(ImmutableArray<Fix> fixes) =>
        [.. Enumerable.Range(0, fixes.Length).OrderBy(place => fixes[place].Key)];

    /// <summary>Ascending, no part of more days than a unit may need.</summary>
    private static List<ArraySegment<int>> ByDays(ImmutableArray<Fix> fixes)
    {
        var places = Ascending(fixes);
        var parts = new List<ArraySegment<int>>();
        var (from, days) = (0, 0);
        for (var at = 0; at < places.Length; at++)
        {
            var isNewDay = at == from || UtcDay.Of(fixes[places[at]].FixedAt) != UtcDay.Of(fixes[places[at - 1]].FixedAt);
            days += isNewDay ? 1 : 0;
            if (days <= CommitLanes.MaxDays)
                continue;
            parts.Add(new ArraySegment<int>(places, from, at - from));
            (from, days) = (at, 1);
        }
        parts.Add(new ArraySegment<int>(places, from, places.Length - from));
        return parts;
    }

    private static ArraySegment<int>[] Halves(ArraySegment<int> part) => [part[..(part.Count / 2)], part[(part.Count / 2)..]];

    /// <returns>Null when the database refuses it for good, and not for one fix alone.</returns>
    private async Task<ReportReceipt?> ReportAsync(FixBatch batch, bool isParkedWhole)
    {
        try
        {
            return await ReportOnceAsync(batch, isParkedWhole);
        }
        catch (CommitConflictException e)
        {
            LogReloaded(Device.Value, e.Message);
        }
        try
        {
            return await ReportOnceAsync(batch, isParkedWhole);
        }
        catch (CommitConflictException e)
        {
            throw new CommitUnavailableException("Somebody else moves this device's rows; send it again.", e);
        }
    }

    private async Task<ReportReceipt?> ReportOnceAsync(FixBatch batch, bool isParkedWhole)
    {
        var loaded = await LoadAsync(batch.Tenant);
        var settings = await SettingsAsync(loaded.Tenant);
        var decision = DeviceDecider.Report(loaded.State, batch.Fixes.AsSpan(), batch.ReceivedAt, settings);
        if (decision.Forward.IsEmpty && decision.Late.IsEmpty && decision.BeyondWindow.IsEmpty && decision.Presence.IsEmpty
            && decision.ArmDueAt is null)
        {
            // When it was heard is worth a snapshot when this activation ends, not a transaction now.
            _loaded = loaded with { State = decision.Next, IsDirty = loaded.IsDirty || decision.Next.Fold.LastKey is not null };
            publisher.Heard(Device, loaded.Tenant, batch.ReceivedAt);
            return new ReportReceipt(0, decision.Duplicates, Parked: []);
        }
        var accepted = decision.Forward.Length + decision.Late.Length + decision.BeyondWindow.Length;
        var sinceSnapshot = loaded.SinceSnapshot + accepted; // late ones too: whoever loads the device reads them
        var writesSnapshot = decision.Next.Fold.LastKey is not null && (loaded.SnapshotVersion == 0
            || !decision.Presence.IsEmpty // recovery reads it from here
            || !decision.Checkpoints.IsEmpty || sinceSnapshot >= settings.CheckpointEvery
            || batch.ReceivedAt >= loaded.SnapshotAt.Plus(SnapshotAfter));
        var snapshot = writesSnapshot
            ? DeviceStatements.Snapshot(decision.Next, loaded.Tenant, loaded.SnapshotVersion) : null;
        var (unit, head) = DeviceUnit.Of(decision, loaded.Tenant, loaded.Head, batch.ReceivedAt, snapshot);
        switch (await CommitAsync(unit with { IsParkedWhole = isParkedWhole }))
        {
            case CommitOutcome.Parked:
                publisher.Heard(Device, loaded.Tenant, batch.ReceivedAt);
                return new ReportReceipt(0, decision.Duplicates, PlacesOf(unit, batch));
            case CommitOutcome.Refused:
                return null;
        }
        await Failpoints.ReachAsync(Failpoints.BeforePublish);
        Apply(loaded with
        {
            State = decision.Next, Head = head, IsDirty = !writesSnapshot,
            SnapshotVersion = loaded.SnapshotVersion + (writesSnapshot ? 1 : 0),
            SnapshotAt = writesSnapshot ? batch.ReceivedAt : loaded.SnapshotAt,
            SinceSnapshot = writesSnapshot ? 0 : sinceSnapshot,
        });
        publisher.Publish(unit, loaded.Tenant, decision.Next, batch.ReceivedAt);
        return new ReportReceipt(accepted, decision.Duplicates, Parked: []);
    }

    // Repeats of what is stored are not parked with the rest.
    private static ImmutableArray<int> PlacesOf(CommitUnit unit, FixBatch batch)
    {
        var keys = unit.Fixes is { } fixes
            ? fixes.Forward.Concat(fixes.Late).Concat(fixes.BeyondWindow).Select(fix => fix.Key).ToHashSet() : [];
        return [.. Enumerable.Range(0, batch.Fixes.Length).Where(place => keys.Contains(batch.Fixes[place].Key))];
    }
}
