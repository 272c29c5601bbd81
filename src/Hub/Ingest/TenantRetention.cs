using System.Collections.Concurrent;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo;
using FieldCrm.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Hub.Ingest;

/// <summary>
/// How old a fix of a tenant may be: read once and again after <see cref="MaxAge"/>, so that a fix's path neither asks
/// the tenant's grain nor, as a rule, the database. One entry a tenant.
/// </summary>
internal sealed class TenantRetention(
    FieldCrmDatabase database, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<TenantId, Entry> _entries = new();

    private readonly record struct Entry(TimeSpan Retention, long ReadAt);

    /// <exception cref="Npgsql.NpgsqlException">Never read before, and the database does not answer.</exception>
    public ValueTask<TimeSpan> OfAsync(TenantId tenant)
    {
        return _entries.TryGetValue(tenant, out var entry) && time.GetElapsedTime(entry.ReadAt) < MaxAge
            ? new ValueTask<TimeSpan>(entry.Retention)
            : new ValueTask<TimeSpan>(ReadAsync(tenant));
    }

    private async Task<TimeSpan> ReadAsync(TenantId tenant)
    {
        await using var scope = await TenantScope.OpenAsync(database, tenant, CancellationToken.None);
        var stored = await scope.Context.Tenants.Select(row => row.Settings).SingleOrDefaultAsync();
        var settings = stored is null ? null : JsonSerializer.Deserialize(stored, TenantJson.Default.TenantSettings);
        var retention = TimeSpan.FromDays((settings ?? TenantSettings.Default).RetentionDays);
        _entries[tenant] = new Entry(retention, time.GetTimestamp());
        return retention;
    }
}
