using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Feed;
using FieldCrm.Silo.Outbox;
using FieldCrm.Silo.Positions;

namespace FieldCrm.Silo.Devices;

/// <summary>
/// Tells the rest of this process what was just committed. Best effort and never waited for: whoever misses it
/// finds the same in the database.
/// </summary>
internal sealed class DevicePublisher(RefoldQueue refolds, OutboxSignal outbox, FeedSignal feed, LastPositions positions)
{
    /// <param name="heardAt">When the device sent something; null where nothing came from it.</param>
    public void Publish(CommitUnit unit, TenantId tenant, DeviceState state, UtcMicros? heardAt)
    {
        if (unit.Fixes is { Late.Length: > 0 } fixes)
            RefoldWanted(fixes.Device, tenant);
        if (!unit.Outbox.IsEmpty)
            outbox.Raise();
        if (!unit.Events.IsEmpty)
            feed.Raise(tenant);
        var live = state.Fold.LastPlausible;
        positions.Place(tenant, state.Fold.Device, live is not { } at ? null : new LastPosition
        {
            FixedAt = at.Key.FixedAt, Position = at.Position, SpeedMmps = at.SpeedMmps, HeadingCdeg = at.HeadingCdeg,
            AccuracyMm = at.AccuracyMm, BatteryPermille = at.BatteryPermille, Motion = state.Fold.Motion,
        }, heardAt, state.Presence.IsSignalLost);
    }

    /// <summary>Something of the device was accepted, and nothing else changed.</summary>
    public void Heard(DeviceId device, TenantId tenant, UtcMicros heardAt) => positions.Heard(tenant, device, heardAt);

    public void RefoldWanted(DeviceId device, TenantId tenant) => refolds.Marked(device, tenant);
}
