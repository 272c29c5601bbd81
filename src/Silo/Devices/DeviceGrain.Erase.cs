using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Ledger;
using Npgsql;

namespace FieldCrm.Silo.Devices;

// What a person's device leaves behind goes when he asks for it.
internal sealed partial class DeviceGrain
{
    /// <summary>A refold that began before what it folds was deleted ends well before this, and finds the grain as it was left.</summary>
    private static readonly TimeSpan RemembersErasing = TimeSpan.FromMinutes(15);

    // Refolds of marks below it were begun on fixes that are deleted.
    private long _erasedBelow;

    public async Task EraseAsync(int tenant, string reason)
    {
        var loaded = await LoadAsync(new TenantId(tenant));
        using var limit = ReadLimit();
        var stream = StreamName.Of(Device);
        var now = UtcMicros.From(time.GetUtcNow());
        var unit = await reader.NewestPayloadAsync(stream, limit.Token) is { } through
            ? PayloadEraser.Unit(loaded.Head, loaded.Tenant, stream, [new VersionRange(1, through)], reason, now)
            : new CommitUnit { Tenant = loaded.Tenant };
        _erasedBelow = await reader.NextGenerationAsync(limit.Token);
        DelayDeactivation(RemembersErasing);
        unit = unit with { Statements = [.. unit.Statements, .. DeviceStatements.Erase(Device, loaded.Tenant)] };
        await CommitAsync(unit);
        var head = unit.Events.IsEmpty ? loaded.Head : unit.Events[^1].Head;
        var left = new Loaded(DeviceState.New(Device), head, loaded.Tenant, SnapshotVersion: 0, now, IsDirty: false);
        Apply(left);
        publisher.Publish(unit, loaded.Tenant, left.State, heardAt: null);
    }

    private async Task<bool> IsOffShiftAsync(UtcMicros now)
    {
        using var limit = ReadLimit();
        try
        {
            return await reader.IsOffShiftAsync(Device, now, limit.Token);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
        {
            throw new CommitUnavailableException("Who carries the device could not be read.", e);
        }
    }
}
