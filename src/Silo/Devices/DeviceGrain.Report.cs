using System.Collections.Immutable;
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
    /// By halves in the order of the fixes' times, down to the ones that the database refuses: these are parked, each
    /// by itself, and the others are stored as if they had come alone. A part that is not stored for another reason
    /// ends the report; what was stored before it is absorbed when the device sends it again.
    /// </summary>
    private async Task<ReportReceipt> ReportInPartsAsync(FixBatch batch)
    {
        var (accepted, duplicates, refused) = (0, 0, 1);
        var parked = ImmutableArray.CreateBuilder<int>();
        var places = Enumerable.Range(0, batch.Fixes.Length).OrderBy(place => batch.Fixes[place].Key).ToArray();
        var parts = new Stack<ArraySegment<int>>();
        Divide(places);
        while (parts.TryPop(out var part))
        {
            var fixes = batch with { Fixes = [.. part.Select(place => batch.Fixes[place])] };
            if (await ReportAsync(fixes, isParkedWhole: part.Count == 1 || refused >= MaxRefusedParts) is not { } receipt)
            {
                refused++;
                Divide(part);
                continue;
            }
            refused += receipt.Parked.IsEmpty ? 0 : 1;
            accepted += receipt.Accepted;
            duplicates += receipt.Duplicates;
            parked.AddRange(receipt.Parked.Select(place => part[place]));
        }
        return new ReportReceipt(accepted, duplicates, parked.ToImmutable());

        void Divide(ArraySegment<int> part)
        {
            parts.Push(part[(part.Count / 2)..]);
            parts.Push(part[..(part.Count / 2)]);
        }
    }

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
