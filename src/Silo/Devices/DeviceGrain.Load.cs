using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Commit;
using Npgsql;

namespace FieldCrm.Silo.Devices;

// What an activation begins with, read in its first turn: the fixes since the last snapshot, which are less than
// DeviceSettings.CheckpointEvery of any kind, as a snapshot goes with the commit that makes them so many.
internal sealed partial class DeviceGrain
{
    /// <summary>
    /// Fixes that a grain goes on from when the fold itself has changed: hysteresis, joined alarms and most trips are
    /// settled within as many.
    /// </summary>
    internal const int MaxLoadedFixes = 500;

    /// <summary>Fixes that one statement of a load reads: some milliseconds of folding.</summary>
    internal const int LoadPageFixes = 2_048;

    /// <summary>Reads of one turn end here: before the commit's deadline of 10 s, and with it the caller's patience.</summary>
    private static readonly TimeSpan ReadWithin = TimeSpan.FromSeconds(8);

    private Loaded? _loaded;

    // Only ever replaced as a whole, after a commit.
    private sealed record Loaded(
        DeviceState State, StreamHead Head, TenantId Tenant, long SnapshotVersion, UtcMicros SnapshotAt, bool IsDirty)
    {
        /// <summary>Fixes of any kind that were stored since the snapshot was written.</summary>
        public int SinceSnapshot { get; init; }
    }

    // The wall's clock: it bounds real reads, whatever time the product believes it is.
    private static CancellationTokenSource ReadLimit() => new(ReadWithin);

    private async ValueTask<Loaded> LoadAsync(TenantId tenant)
    {
        if (_loaded is { } ready)
            return ready;
        using var limit = ReadLimit();
        try
        {
            await lanes.CommitAsync(Device.Value, CommitUnit.Barrier(tenant)); // our last commit may still be under way
            return _loaded = await ReadAsync(tenant, limit.Token);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
        {
            throw new CommitUnavailableException("What is stored of the device could not be read.", e);
        }
    }

    private async Task<Loaded> ReadAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var snapshot = await reader.SnapshotAsync(Device, cancellationToken);
        var head = await reader.StreamHeadAsync(StreamName.Of(Device), cancellationToken);
        if (snapshot is { Fold: null })
            return await BeginAnewAsync(tenant, snapshot, head, cancellationToken);
        var fold = snapshot?.Fold ?? new DeviceFold(Device);
        var version = snapshot?.Version ?? 0;
        var isHeardSince = false;
        int folded;
        while ((folded = await FoldPageAsync(fold, cancellationToken)) == LoadPageFixes)
        {
            // More than a silo leaves unwritten, so rows that came another way. Written down page by page: a turn that
            // is cut off was not in vain.
            isHeardSince = true;
            await SaveAsync(new DeviceState(fold, Presence(snapshot, isHeardSince)), tenant, version++);
        }
        isHeardSince |= folded > 0;
        return new Loaded(
            new DeviceState(fold, Presence(snapshot, isHeardSince)), head, tenant, version,
            UtcMicros.From(time.GetUtcNow()), IsDirty: folded > 0) { SinceSnapshot = folded };
    }

    private async Task<int> FoldPageAsync(DeviceFold fold, CancellationToken cancellationToken)
    {
        var page = new List<Fix>();
        await foreach (var fix in reader.FixesAfterAsync(Device, fold.LastKey ?? FixKey.Min, LoadPageFixes, cancellationToken))
            page.Add(fix);
        Fold(fold, page);
        return page.Count;
    }

    private Task SaveAsync(DeviceState state, TenantId tenant, long version) => lanes.CommitAsync(Device.Value, new CommitUnit
    {
        Tenant = tenant, Statements = [DeviceStatements.Snapshot(state, tenant, version)], HasSnapshot = true,
    });

    /// <summary>
    /// A fold of another version cannot be read on. The grain goes on from the newest fixes alone, so that a device
    /// with years of history is answered at once and raises alarms; what it records until then is provisional. That
    /// everything is to be folded again from the first fix is committed with the state that makes it necessary, and
    /// the refold worker does so slice by slice.
    /// </summary>
    private async Task<Loaded> BeginAnewAsync(
        TenantId tenant, StoredSnapshot? snapshot, StreamHead head, CancellationToken cancellationToken)
    {
        var tail = await reader.NewestFixesAsync(Device, MaxLoadedFixes, cancellationToken);
        var fold = new DeviceFold(Device);
        Fold(fold, tail);
        var isHeardSince = tail.Count > 0 && (snapshot is null || tail[^1].Key > snapshot.Last);
        var state = new DeviceState(fold, Presence(snapshot, isHeardSince));
        var now = UtcMicros.From(time.GetUtcNow());
        var version = snapshot?.Version ?? 0;
        if (tail.Count == 0) // every day of it is dropped: there is nothing to fold, and what is recorded stays
        {
            return new Loaded(
                snapshot is null ? state : state with { Fold = DeviceFold.Forgotten(Device, snapshot.Last.FixedAt) },
                head, tenant, version, now, IsDirty: snapshot is not null);
        }
        var openFrom = tail.Count < MaxLoadedFixes ? FixKey.Min : tail[0].Key;
        await lanes.CommitAsync(Device.Value, new CommitUnit
        {
            Tenant = tenant,
            Statements =
            [
                DeviceStatements.MarkFromBeginning(Device, tenant, openFrom, time.GetUtcNow()),
                DeviceStatements.Snapshot(state, tenant, version),
            ],
            HasSnapshot = true,
        });
        publisher.RefoldWanted(Device, tenant);
        return new Loaded(state, head, tenant, version + 1, now, IsDirty: false);
    }

    private void Fold(DeviceFold fold, List<Fix> tail)
    {
        var output = new FoldOutput(); // what it says was committed with the fixes themselves
        foreach (var fix in tail)
        {
            fold.Step(fix, output);
            output.Clear();
        }
        metrics.Loaded(tail.Count);
    }

    // Heard since the snapshot; when exactly does not matter more than the silence check's patience.
    private DevicePresence Presence(StoredSnapshot? snapshot, bool isHeardSince)
    {
        var presence = snapshot?.Presence ?? default;
        return isHeardSince
            ? presence with { LastReceivedAt = UtcMicros.From(time.GetUtcNow()), IsSignalLost = false } : presence;
    }
}
