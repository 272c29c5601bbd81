using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Hub.Identity;
using FieldCrm.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Hub.UnitsApi;

/// <summary>A unit that may be shown.</summary>
/// <param name="Phone">Of who is with it; null when none was given.</param>
internal sealed record UnitName(DeviceId Device, string UniqueId, string Name, UnitKind Kind, string? Phone);

/// <summary>
/// Every tenant's units by name, in memory: a list is filtered and sorted in one scan, whatever it is asked for. Read again after
/// <see cref="MaxAge"/>, so that a device that was changed by another process is told within that time; at once by this one.
/// </summary>
internal sealed class UnitDirectory(FieldCrmDatabase database, TimeProvider time)
{
    // Tenants whose lists somebody looks at; 256 with 1,000 units each are some 40 MB.
    private const int MaxTenants = 256;

    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    private readonly GenerationalCache<int, Roster> _rosters = new(MaxTenants);

    // Moved by every change: what was being read meanwhile is answered and not remembered.
    private long _changes;

    /// <summary>Something of the tenant's devices changed.</summary>
    public void Forget(TenantId tenant)
    {
        Interlocked.Increment(ref _changes);
        _rosters.Remove(tenant.Value);
    }

    /// <summary>In the natural order of names.</summary>
    public async ValueTask<IReadOnlyList<UnitName>> OfAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        if (_rosters.Find(tenant.Value) is { } known && time.GetElapsedTime(known.ReadAt) < MaxAge)
            return known.Units;
        var readAt = time.GetTimestamp();
        var changes = Interlocked.Read(ref _changes);
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var rows = await scope.Context.Devices.Where(d => d.DisabledAt == null)
            .Select(d => new { d.DeviceId, d.UniqueId, d.Name, d.Kind, d.Phone }).ToListAsync(cancellationToken);
        UnitName[] units =
        [
            .. rows.Select(d => new UnitName(new DeviceId(d.DeviceId), d.UniqueId, d.Name, d.Kind, d.Phone))
                .OrderBy(u => u.Name, NaturalOrder.Instance).ThenBy(u => u.Device.Value),
        ];
        _rosters.Set(tenant.Value, new Roster(readAt, units));
        if (Interlocked.Read(ref _changes) != changes)
            _rosters.Remove(tenant.Value);
        return units;
    }

    private sealed record Roster(long ReadAt, UnitName[] Units);
}
