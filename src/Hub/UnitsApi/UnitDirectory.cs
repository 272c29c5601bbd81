using FieldCrm.Core;
using FieldCrm.Hub.Identity;
using FieldCrm.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Hub.UnitsApi;

/// <summary>A unit that may be shown.</summary>
internal sealed record UnitName(DeviceId Device, string UniqueId, string Name);

/// <summary>
/// Every tenant's units by name, in memory: a list is filtered and sorted in one scan, whatever it is asked for. Read again after
/// <see cref="MaxAge"/>, so that a device that was added, renamed or disabled is told within that time.
/// </summary>
internal sealed class UnitDirectory(FieldCrmDatabase database, TimeProvider time)
{
    // Tenants whose lists somebody looks at; 256 with 1,000 units each are some 40 MB.
    private const int MaxTenants = 256;

    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    private readonly GenerationalCache<int, Roster> _rosters = new(MaxTenants);

    /// <summary>In the natural order of names.</summary>
    public async ValueTask<IReadOnlyList<UnitName>> OfAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        if (_rosters.Find(tenant.Value) is { } known && time.GetElapsedTime(known.ReadAt) < MaxAge)
            return known.Units;
        var readAt = time.GetTimestamp();
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var rows = await scope.Context.Devices.Where(d => d.DisabledAt == null)
            .Select(d => new { d.DeviceId, d.UniqueId, d.Name }).ToListAsync(cancellationToken);
        UnitName[] units =
        [
            .. rows.Select(d => new UnitName(new DeviceId(d.DeviceId), d.UniqueId, d.Name))
                .OrderBy(u => u.Name, NaturalOrder.Instance).ThenBy(u => u.Device.Value),
        ];
        _rosters.Set(tenant.Value, new Roster(readAt, units));
        return units;
    }

    private sealed record Roster(long ReadAt, UnitName[] Units);
}
