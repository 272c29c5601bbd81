using FieldCrm.Core;
using FieldCrm.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Hub.Identity;

/// <summary>What a device is called.</summary>
internal sealed record DeviceName(TenantId Tenant, string UniqueId, string Name);

/// <summary>
/// Names of devices for answers that come from memory: what is missing is read in one statement, and forgotten by the
/// notice of the change (<see cref="DirectoryListener"/>). While no notice can be heard a name may be an old one; who may
/// see a device is never decided here.
/// </summary>
internal sealed class DeviceNames(FieldCrmDatabase database)
{
    // As many as the device directory knows; some 40 MB with long names.
    private const int MaxNames = DeviceDirectory.MaxKnown;

    private volatile GenerationalCache<int, DeviceName> _names = new(MaxNames);

    // Moved by every notice: what was being read meanwhile is answered and not remembered.
    private long _changes;

    /// <summary>Those of the devices that are the tenant's.</summary>
    public async ValueTask<IReadOnlyDictionary<int, DeviceName>> OfAsync(
        TenantId tenant, IEnumerable<int> devices, CancellationToken cancellationToken)
    {
        var found = new Dictionary<int, DeviceName>();
        var missing = new List<int>();
        foreach (var device in devices.Distinct())
        {
            if (_names.Find(device) is not { } known)
                missing.Add(device);
            else if (known.Tenant == tenant)
                found.Add(device, known);
        }
        if (missing.Count > 0)
            await ReadAsync(tenant, missing, found, cancellationToken);
        return found;
    }

    public void Forget(DeviceId device)
    {
        Interlocked.Increment(ref _changes);
        _names.Remove(device.Value);
    }

    public void ForgetAll()
    {
        Interlocked.Increment(ref _changes);
        _names = new GenerationalCache<int, DeviceName>(MaxNames);
    }

    private async Task ReadAsync(
        TenantId tenant, List<int> missing, Dictionary<int, DeviceName> found, CancellationToken cancellationToken)
    {
        var changes = Interlocked.Read(ref _changes);
        var names = _names;
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var rows = await scope.Context.Devices.Where(d => missing.Contains(d.DeviceId))
            .Select(d => new { d.DeviceId, d.UniqueId, d.Name }).ToListAsync(cancellationToken);
        foreach (var row in rows)
        {
            var name = new DeviceName(tenant, row.UniqueId, row.Name);
            found.Add(row.DeviceId, name);
            names.Set(row.DeviceId, name);
            if (Interlocked.Read(ref _changes) != changes)
                names.Remove(row.DeviceId);
        }
    }
}
