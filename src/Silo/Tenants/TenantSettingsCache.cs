using System.Collections.Concurrent;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Tenants;

/// <summary>
/// What the tenants chose, as a fix's path needs it: read once and again after <see cref="MaxAge"/>, so that neither the
/// tenant's grain nor, as a rule, the database is asked. One entry a tenant.
/// </summary>
public sealed partial class TenantSettingsCache(
    FieldCrmDatabase database, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time,
    ILogger<TenantSettingsCache> logger)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<TenantId, Entry> _entries = new();

    // Replaced as a whole; IsBeingRead is won by the one who reads again.
    private sealed class Entry(Task<TenantSettings> read, long readAt)
    {
        private int _isBeingRead;

        public Task<TenantSettings> Read => read;

        public long ReadAt => readAt;

        /// <summary>True once; whoever gets it replaces this entry, whatever comes of it.</summary>
        public bool TryReadAgain() => Interlocked.Exchange(ref _isBeingRead, 1) == 0;
    }

    /// <summary>
    /// At most one look-up a tenant at a time. Once known, the former settings count until newer ones are read, so a
    /// database that is away for a moment, or a row that cannot be read, costs nobody his answer; it is tried again
    /// after <see cref="MaxAge"/>.
    /// </summary>
    /// <exception cref="NpgsqlException">Never read before, and the database does not answer.</exception>
    /// <exception cref="JsonException">Never read before, and what is stored are no settings.</exception>
    public ValueTask<TenantSettings> OfAsync(TenantId tenant)
    {
        if (!_entries.TryGetValue(tenant, out var entry) || entry.Read is { IsCompleted: true, IsCompletedSuccessfully: false })
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
        var settings = await before.Read;
        try
        {
            settings = await ReadAsync(tenant);
        }
#pragma warning disable CA1031 // whatever it is, the former settings are better than none
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotRead(tenant.Value, e);
        }
        _entries[tenant] = new Entry(Task.FromResult(settings), time.GetTimestamp());
        return settings;
    }

    private async Task<TenantSettings> ReadAsync(TenantId tenant)
    {
        await using var command = database.Silo.CreateCommand("SELECT settings::text FROM tenant WHERE tenant_id = $1");
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = tenant.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        return await command.ExecuteScalarAsync() is string stored
            ? JsonSerializer.Deserialize(stored, TenantJson.Default.TenantSettings) ?? TenantSettings.Default
            : TenantSettings.Default;
    }

    [LoggerMessage(2002, LogLevel.Warning, "The settings of tenant {TenantId} could not be read; the former ones count meanwhile")]
    private partial void LogNotRead(int tenantId, Exception exception);
}
