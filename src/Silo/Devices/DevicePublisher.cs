using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Outbox;

namespace FieldCrm.Silo.Devices;

/// <summary>
/// Tells the rest of this process what was just committed. Best effort and never waited for: whoever misses it
/// finds the same in the database.
/// </summary>
internal sealed class DevicePublisher(RefoldQueue refolds, OutboxSignal outbox)
{
    public void Publish(CommitUnit unit, TenantId tenant, DeviceState state, bool positionChanged)
    {
        if (unit.Fixes is { Late.Length: > 0 } fixes)
            RefoldWanted(fixes.Device, tenant);
        if (!unit.Outbox.IsEmpty)
            outbox.Raise();
    }

    public void RefoldWanted(DeviceId device, TenantId tenant) => refolds.Marked(device, tenant);
}
