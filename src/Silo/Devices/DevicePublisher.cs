using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Outbox;
using FieldCrm.Silo.Positions;

namespace FieldCrm.Silo.Devices;

/// <summary>
/// Tells the rest of this process what was just committed. Best effort and never waited for: whoever misses it
/// finds the same in the database.
/// </summary>
internal sealed class DevicePublisher(RefoldQueue refolds, OutboxSignal outbox, LastPositions positions)
{
    public void Publish(CommitUnit unit, TenantId tenant, DeviceState state, bool positionChanged)
    {
        if (unit.Fixes is { Late.Length: > 0 } fixes)
            RefoldWanted(fixes.Device, tenant);
        if (!unit.Outbox.IsEmpty)
            outbox.Raise();
        if (positionChanged && state.Fold.LastPlausible is { } live)
        {
            positions.Update(tenant, state.Fold.Device, new LastPosition
            {
                FixedAt = live.Key.FixedAt, ReceivedAt = state.Presence.LastReceivedAt ?? live.Key.FixedAt,
                Position = live.Position,
                SpeedMmps = live.SpeedMmps, HeadingCdeg = live.HeadingCdeg, AccuracyMm = live.AccuracyMm,
                BatteryPermille = live.BatteryPermille, Motion = state.Fold.Motion,
            });
        }
    }

    public void RefoldWanted(DeviceId device, TenantId tenant) => refolds.Marked(device, tenant);
}
