using FieldCrm.Core;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Storage.Model;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Hub.Http;

/// <summary>A device by what its owner calls it, within the request's tenant.</summary>
internal sealed class DeviceFinder(FieldCrmDatabase database)
{
    /// <summary>The same for a device of another tenant and for none.</summary>
    public static readonly Failure Unknown = new("device.unknown", "There is no device of this id.");

    public async Task<DeviceRow?> FindAsync(TenantId tenant, string uniqueId, CancellationToken cancellationToken)
    {
        // PostgreSQL has no text with a zero; a slash arrives as it stands in the URL.
        if (uniqueId.Length > 128 * 3 || uniqueId.Contains('\0', StringComparison.Ordinal))
            return null;
        uniqueId = uniqueId.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        return await scope.Context.Devices.SingleOrDefaultAsync(d => d.UniqueId == uniqueId, cancellationToken);
    }
}
