using FieldCrm.Core;
using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Ledger;

namespace FieldCrm.Silo.Tenants;

// The tenant's stream tells of alarms with their places; of a person's they go with his positions.
internal sealed partial class TenantGrain
{
    /// <summary>Alarms erased in one commit; the caller comes again until there are none.</summary>
    internal const int MaxErasedAtOnce = 100;

    public async Task<int> EraseAlarmsAsync(int device, long beforeMicros, string reason)
    {
        if (await LoadedAsync() is not { } stored)
            return 0;
        var versions = await reader.AlarmVersionsAsync(Id, device, new UtcMicros(beforeMicros), MaxErasedAtOnce);
        if (versions.Count == 0)
            return 0;
        var now = UtcMicros.From(time.GetUtcNow());
        var unit = PayloadEraser.Unit(stored.Head, Id, StreamName.Of(Id), [.. versions.Select(v => new VersionRange(v, v))], reason, now);
        // A conflict is thrown: the caller comes again.
        await Committed.TryCommitAsync(unit, stored with { Head = unit.Events[^1].Head }, CommittedState<StoredTenant>.MaxAttempts);
        return versions.Count;
    }
}
