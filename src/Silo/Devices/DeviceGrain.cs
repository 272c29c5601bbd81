using System.Runtime.InteropServices;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Ledger;
using FieldCrm.Silo.Tenants;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FieldCrm.Silo.Devices;

/// <summary>
/// A thin shell round <see cref="DeviceDecider"/>: load, ask, commit, apply, publish. State in memory is only ever
/// what a known commit made it; after anything else it is dropped and loaded again.
/// </summary>
internal sealed partial class DeviceGrain(
    ICommitLanes lanes, DeviceReader reader, PositionPayloads payloads, DevicePublisher publisher, DeviceMetrics metrics,
    TenantSettingsCache tenants,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time, ILogger<DeviceGrain> logger) : Grain, IDeviceGrain
{
    /// <summary>A state that changed is written down at latest after this long; recovery reads the rest.</summary>
    private static readonly TimeSpan SnapshotAfter = TimeSpan.FromMinutes(5);

    /// <summary>Fixes that an adoption folds within the turn; more are folded by the worker first.</summary>
    private const int MaxAdoptionTail = 1_000;

    private DeviceId Device => new((int)this.GetPrimaryKeyLong());

    public async Task<ReportReceipt> ReportAsync(FixBatch batch)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(batch.Fixes.Length, FixBatchCodec.MaxFixes);
        if (IsOfManyDays(batch.Fixes))
            return await ReportInPartsAsync(batch, ByDays(batch.Fixes));
        return await ReportAsync(batch, isParkedWhole: batch.Fixes.Length <= 1)
            ?? await ReportInPartsAsync(batch, Halves(Ascending(batch.Fixes)), refused: 1);
    }

    public async Task<bool> AdoptAsync(RefoldResult refold, int tenant, long generation)
    {
        if (generation < _erasedBelow)
            return true; // of fixes that are deleted
        var loaded = await LoadAsync(new TenantId(tenant));
        using var limit = ReadLimit();
        var tail = new List<Fix>();
        var through = loaded.State.Fold.LastKey ?? FixKey.Min;
        await foreach (var fix in reader.FixesAfterAsync(Device, refold.ThroughKey, MaxAdoptionTail + 1, limit.Token))
        {
            if (fix.Key <= through)
                tail.Add(fix);
        }
        if (tail.Count > MaxAdoptionTail)
            return false;
        var events = await reader.EventsBetweenAsync(Device, refold.FromKey, DeviceReader.End, limit.Token);
        if (refold.FromKey == FixKey.Min) // what happened on days that retention has dropped stays as it was recorded
            events.RemoveAll(e => e.EmittedAt < refold.FirstKey);
        var marks = await reader.MarksBetweenAsync(Device, refold.FromKey, DeviceReader.End, limit.Token);
        var settings = await SettingsAsync(loaded.Tenant);
        var decision = DeviceDecider.Adopt(
            loaded.State, refold, CollectionsMarshal.AsSpan(tail), events, marks, settings.CheckpointEvery);
        // Retention has taken the newest fixes away meanwhile, if not all of them: what is recorded stays.
        if (decision.Next.Fold.LastKey is not { } last || last < loaded.State.Fold.LastKey)
        {
            await CommitAsync(new CommitUnit { Tenant = loaded.Tenant, Statements = [DeviceStatements.AnswerMark(Device, generation)] });
            return true;
        }
        var now = UtcMicros.From(time.GetUtcNow());
        var snapshot = DeviceStatements.Snapshot(decision.Next, loaded.Tenant, loaded.SnapshotVersion);
        var (unit, head) = DeviceUnit.Of(decision, refold, loaded.Tenant, loaded.Head, now, generation, events, snapshot);
        await CommitAsync(unit);
        Apply(loaded with
        {
            State = decision.Next, Head = head, SnapshotVersion = loaded.SnapshotVersion + 1, SnapshotAt = now, IsDirty = false,
            SinceSnapshot = 0,
        });
        publisher.Publish(unit, loaded.Tenant, decision.Next, heardAt: null);
        return true;
    }

    public async Task CorrectAsync(RefoldResult slice, int tenant, long generation)
    {
        if (generation < _erasedBelow)
            return;
        var loaded = await LoadAsync(new TenantId(tenant));
        using var limit = ReadLimit();
        var events = await reader.EventsBetweenAsync(Device, slice.FromKey, slice.ThroughKey, limit.Token);
        events.RemoveAll(e => e.EmittedAt < slice.FirstKey); // of days that retention has dropped: they stay as they are
        var marks = await reader.MarksBetweenAsync(Device, slice.FromKey, slice.ThroughKey, limit.Token);
        var settings = await SettingsAsync(loaded.Tenant);
        var decision = DeviceDecider.Correct(slice, events, marks, settings.CheckpointEvery);
        var now = UtcMicros.From(time.GetUtcNow());
        var (unit, head) = DeviceUnit.Of(decision, slice, loaded.Tenant, loaded.Head, now, generation, events);
        await CommitAsync(unit);
        Apply(loaded with { Head = head });
        publisher.Publish(unit, loaded.Tenant, loaded.State, heardAt: null);
    }

    public async Task DueAsync(int tenant, long nowMicros)
    {
        var loaded = await LoadAsync(new TenantId(tenant));
        var now = new UtcMicros(nowMicros);
        var settings = await SettingsAsync(loaded.Tenant);
        var decision = DeviceDecider.Due(loaded.State, now, settings);
        if (decision.SignalLost is not null && await IsOffShiftAsync(now))
            decision = new DueDecision { Next = loaded.State, ReArmAt = now.Plus(settings.SilenceAfter) }; // who is not on shift need not be heard
        var snapshot = decision.SignalLost is not null && decision.Next.Fold.LastKey is not null
            ? DeviceStatements.Snapshot(decision.Next, loaded.Tenant, loaded.SnapshotVersion) : null;
        var (unit, head) = DeviceUnit.Of(decision, loaded.Tenant, loaded.Head, now, snapshot);
        await CommitAsync(unit);
        Apply(snapshot is null
            ? loaded with { State = decision.Next, Head = head }
            : loaded with
            {
                State = decision.Next, Head = head, SnapshotVersion = loaded.SnapshotVersion + 1, SnapshotAt = now, IsDirty = false,
                SinceSnapshot = 0,
            });
        publisher.Publish(unit, loaded.Tenant, decision.Next, heardAt: null);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_loaded is not { IsDirty: true } loaded)
            return;
        try
        {
            await lanes.CommitAsync(Device.Value, new CommitUnit
            {
                Tenant = loaded.Tenant,
                Statements = [DeviceStatements.Snapshot(loaded.State, loaded.Tenant, loaded.SnapshotVersion)],
            });
        }
        catch (Exception e)
        {
            // Nothing is lost: the next activation folds what is stored after the older snapshot.
            LogNoSnapshot(Device.Value, e.GetType().Name);
        }
    }

    private async ValueTask<DeviceSettings> SettingsAsync(TenantId tenant)
    {
        try
        {
            var settings = await tenants.OfAsync(tenant);
            return new DeviceSettings
            {
                RefoldWindow = TimeSpan.FromDays(settings.RefoldWindowDays),
                SilenceAfter = TimeSpan.FromSeconds(settings.SilenceAfterSeconds),
            };
        }
        catch (NpgsqlException e)
        {
            throw new CommitUnavailableException("The tenant's settings could not be read.", e);
        }
    }

    private void Apply(Loaded committed) => _loaded = committed;

    private async Task<CommitOutcome> CommitAsync(CommitUnit unit)
    {
        try
        {
            var outcome = await lanes.CommitAsync(Device.Value, unit);
            if (outcome != CommitOutcome.Committed)
                _loaded = null;
            return outcome;
        }
        catch
        {
            _loaded = null;
            throw;
        }
    }

    [LoggerMessage(1101, LogLevel.Warning, "Device {DeviceId} decides again after a conflict: {Reason}")]
    private partial void LogReloaded(int deviceId, string reason);

    [LoggerMessage(1102, LogLevel.Information, "Device {DeviceId} was deactivated without a snapshot ({Exception})")]
    private partial void LogNoSnapshot(int deviceId, string exception);
}
