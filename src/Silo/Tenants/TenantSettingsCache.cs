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

    // Replaced as a whole; IsBeingRead is won by the one who reads again.
    private sealed class Entry(Task<TenantSettings> read, long readAt)
    {
        private int _isBeingRead;

        public Task<TenantSettings> Read => read;

        public long ReadAt => readAt;

        public bool TryReadAgain() => Interlocked.Exchange(ref _isBeingRead, 1) == 0;

        public void NotReadAgain() => Volatile.Write(ref _isBeingRead, 0);
    }

    /// <summary>
    /// At most one look-up a tenant at a time. Once known, the former settings count until newer ones are read, so a
    /// database that is away for a moment costs nobody his answer.
    /// </summary>
    /// <exception cref="NpgsqlException">Never read before, and the database does not answer.</exception>
    public ValueTask<TenantSettings> OfAsync(TenantId tenant)
    {
        if (!_entries.TryGetValue(tenant, out var entry) || entry.Read.IsFaulted)
            return new ValueTask<TenantSettings>(FirstAsync(tenant, entry));
        if (time.GetElapsedTime(entry.ReadAt) >= MaxAge && entry.TryReadAgain())
            return new ValueTask<TenantSettings>(AgainAsync(tenant, entry));
        return entry.Read.IsCompletedSuccessfully
            ? new ValueTask<TenantSettings>(entry.Read.Result) : new ValueTask<TenantSettings>(entry.Read);
    }

    private Task<TenantSettings> FirstAsync(TenantId tenant, Entry? failed)
    {
        if (failed is not null)
            _entries.TryRemove(new KeyValuePair<TenantId, Entry>(tenant, failed));
        return _entries.GetOrAdd(tenant, t => new Entry(ReadAsync(t), time.GetTimestamp())).Read;
    }

    private async Task<TenantSettings> AgainAsync(TenantId tenant, Entry before)
    {
        try
        {
            var settings = await ReadAsync(tenant);
            _entries[tenant] = new Entry(Task.FromResult(settings), time.GetTimestamp());
            return settings;
        }
        catch (NpgsqlException)
        {
            before.NotReadAgain();
            return await before.Read;
        }
    }

    private async Task<TenantSettings> ReadAsync(TenantId tenant)
    {
        await using var command = database.Silo.CreateCommand("SELECT settings::text FROM tenant WHERE tenant_id = $1");
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = tenant.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        return await command.ExecuteScalarAsync() is string stored
            ? JsonSerializer.Deserialize(stored, TenantJson.Default.TenantSettings) ?? TenantSettings.Default
            : TenantSettings.Default;
    }
}
