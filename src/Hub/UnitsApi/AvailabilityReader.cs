using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Storage.Model;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Hub.UnitsApi;

/// <summary>
/// Who said what of units: read at every question, a page's few rows by their keys, so that nobody is shown a version that is no
/// longer the newest.
/// </summary>
internal sealed class AvailabilityReader(FieldCrmDatabase database)
{
    /// <summary>By the devices' numbers; who is not in it has never been said anything of.</summary>
    public async Task<IReadOnlyDictionary<int, AvailabilityView>> OfAsync(
        TenantId tenant, IReadOnlyList<int> devices, CancellationToken cancellationToken)
    {
        if (devices.Count == 0)
            return new Dictionary<int, AvailabilityView>();
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var rows = await scope.Context.Availabilities.Where(a => devices.Contains(a.DeviceId)).ToListAsync(cancellationToken);
        var names = await ActorNames.OfAsync(scope, rows.Select(r => r.ChangedById), cancellationToken);
        return rows.ToDictionary(r => r.DeviceId, r => AvailabilityView.Of(Said(r), names));
    }

    public async Task<AvailabilityView> ViewAsync(TenantId tenant, UnitAvailability said, CancellationToken cancellationToken)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        return AvailabilityView.Of(said, await ActorNames.OfAsync(scope, [said.ChangedBy?.Id], cancellationToken));
    }

    private static UnitAvailability Said(UnitAvailabilityRow row) => new()
    {
        Version = row.Version, Status = row.Status, Note = row.Note, ChangedAt = UtcMicros.From(row.ChangedAt),
        ChangedBy = new Actor(row.ChangedByKind, row.ChangedById),
    };
}
