using System.Collections.Immutable;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Ledger;
using FieldCrm.Silo.Retention;

namespace FieldCrm.Silo.Devices;

// Retention. Fixes and read models go by whole days and tenants; what only this grain may write goes here.
internal sealed partial class DeviceGrain
{
    public async Task<ForgetOutcome> ForgetAsync(int tenant, long beforeMicros)
    {
        var wasAtRest = _loaded is null;
        var loaded = await LoadAsync(new TenantId(tenant));
        using var limit = ReadLimit();
        var before = new UtcMicros(beforeMicros);
        var (ranges, isMore) = await payloads.BeforeAsync(StreamName.Of(Device), loaded.Tenant, before, limit.Token);
        var isLiveOld = loaded.State.Fold.LastPlausible?.Key.FixedAt < before;
        var decision = DeviceDecider.Forget(
            loaded.State, await reader.CheckpointsAsync(Device, isLiveOld ? null : before, limit.Token), before);
        // A refold may have begun from what is to be forgotten: it ends first.
        var isTooSoon = decision is { IsAllForgotten: false } && await reader.IsMarkedAsync(Device, limit.Token);
        if (isTooSoon)
            decision = null;
        if (!ranges.IsEmpty || decision is not null)
            await ForgetAsync(loaded, decision, ranges);
        if (wasAtRest)
            DeactivateOnIdle(); // one of many that nobody asked for
        return isMore ? ForgetOutcome.More : isTooSoon ? ForgetOutcome.Later : ForgetOutcome.Done;
    }

    private async Task ForgetAsync(Loaded loaded, ForgetDecision? decision, ImmutableArray<VersionRange> ranges)
    {
        var now = UtcMicros.From(time.GetUtcNow());
        var erasure = ranges.IsEmpty ? new CommitUnit { Tenant = loaded.Tenant }
            : PayloadEraser.Unit(loaded.Head, loaded.Tenant, StreamName.Of(Device), ranges, PositionPayloads.Reason, now);
        var statements = erasure.Statements.ToBuilder();
        if (decision is not null)
            AddTo(statements, decision, loaded);
        var unit = erasure with { Statements = statements.ToImmutable(), HasSnapshot = decision is not null };
        await CommitAsync(unit);
        var head = unit.Events is [.., var newest] ? newest.Head : loaded.Head;
        Apply(decision is null
            ? loaded with { Head = head }
            : loaded with
            {
                State = decision.Next, Head = head, SnapshotVersion = loaded.SnapshotVersion + 1, SnapshotAt = now, IsDirty = false,
                SinceSnapshot = 0,
            });
        publisher.Publish(unit, loaded.Tenant, decision?.Next ?? loaded.State, heardAt: null);
    }

    private void AddTo(ImmutableArray<SqlStatement>.Builder statements, ForgetDecision decision, Loaded loaded)
    {
        if (decision.DropBefore is { } key)
            statements.Add(DeviceStatements.DropCheckpointsBefore(Device, key));
        if (!decision.Checkpoints.IsEmpty)
            statements.Add(DeviceStatements.Checkpoints(Device, loaded.Tenant, decision.Checkpoints));
        if (decision.IsAllForgotten)
            statements.Add(DeviceStatements.DropMark(Device));
        statements.Add(DeviceStatements.Snapshot(decision.Next, loaded.Tenant, loaded.SnapshotVersion));
    }
}
