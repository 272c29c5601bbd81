using System.Collections.Concurrent;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Tenants;

/// <summary>
/// What the tenants chose, as a fix's path needs it: read once and again after <see cref="MaxAge"/>, so that neither the
/// tenant's grain nor, as a rule, the database is asked. One entry a tenant.
/// </summary>
public sealed class TenantSettingsCache(
    FieldCrmDatabase database, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<TenantId, Entry> _entries = new();

    private readonly record struct Entry(TenantSettings Settings, long ReadAt);

    /// <exception cref="NpgsqlException">Not known, or no longer, and the database does not answer.</exception>
    public ValueTask<TenantSettings> OfAsync(TenantId tenant)
    {
        return _entries.TryGetValue(tenant, out var entry) && time.GetElapsedTime(entry.ReadAt) < MaxAge
            ? new ValueTask<TenantSettings>(entry.Settings)
            : new ValueTask<TenantSettings>(ReadAsync(tenant));
    }

    private async Task<TenantSettings> ReadAsync(TenantId tenant)
    {
        await using var command = database.Silo.CreateCommand("SELECT settings::text FROM tenant WHERE tenant_id = $1");
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = tenant.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        var settings = await command.ExecuteScalarAsync() is string stored
            ? JsonSerializer.Deserialize(stored, TenantJson.Default.TenantSettings) ?? TenantSettings.Default
            : TenantSettings.Default;
        _entries[tenant] = new Entry(settings, time.GetTimestamp());
        return settings;
    }
}
