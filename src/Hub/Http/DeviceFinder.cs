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

    /// <summary>A slash arrives as it stands in the URL; no registered id holds %2F itself.</summary>
    public static string IdOf(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    public async Task<DeviceRow?> FindAsync(TenantId tenant, string uniqueId, CancellationToken cancellationToken)
    {
        // PostgreSQL has no text with a zero.
        if (uniqueId.Length > 128 * 3 || uniqueId.Contains('\0', StringComparison.Ordinal))
            return null;
        uniqueId = IdOf(uniqueId);
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        return await scope.Context.Devices.SingleOrDefaultAsync(d => d.UniqueId == uniqueId, cancellationToken);
    }
}
