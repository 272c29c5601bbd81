using System.Collections.Concurrent;
using System.Globalization;
using FieldCrm.Core;
using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Devices;
using FieldCrm.Silo.Ledger;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Tenants;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Retention;

/// <summary>
/// What grains alone may forget: a device's state and checkpoints, and what its stream and its tenant's say of positions.
/// Finds them by their rows and asks the grains, a few at a time. One that cannot just now is asked in the next round.
/// </summary>
internal sealed partial class Forgetting(FieldCrmDatabase database, IGrainFactory grains, ILogger<Forgetting> logger)
{
    private const int PagePayloads = 5_000;
    private const int PageDevices = 1_000;
    private const int AtOnce = 8;

    /// <summary>Calls of one owner: each forgets thousands of payloads.</summary>
    private const int MaxCalls = 100;

    /// <summary>So many owners that cannot forget say that something else is wrong.</summary>
    private const int MaxFailed = 100;

    private const string DevicePrefix = "device/";
    private const string TenantPrefix = "tenant/";

    // A state or checkpoint that was forgotten has the greatest hash for a key (DeviceFold.Forgotten).
    private const string DevicesSql = """
        SELECT s.device_id FROM device_snapshot s
        WHERE s.tenant_id = $1 AND s.device_id > $3 AND (
            s.live_fixed_at < $2 OR (s.last_fixed_at < $2 AND s.last_content_hash <> 9223372036854775807)
            OR EXISTS (SELECT FROM device_checkpoint c WHERE c.device_id = s.device_id AND c.through_fixed_at < $2
                       AND c.through_hash <> 9223372036854775807))
        ORDER BY s.device_id LIMIT $4
        """;

    // A person's device with anything to forget, payloads too: the tenant's other streams are not to be looked through.
    private static readonly string PeopleSql = $"""
        SELECT d.device_id FROM device d LEFT JOIN device_snapshot s USING (device_id)
        WHERE d.tenant_id = $1 AND d.kind = 1 AND d.device_id > $3 AND {TenantRetention.IsPromisedSql("$5")} AND (
            s.live_fixed_at < $2 OR (s.last_fixed_at < $2 AND s.last_content_hash <> 9223372036854775807)
            OR EXISTS (SELECT FROM device_checkpoint c WHERE c.device_id = d.device_id AND c.through_fixed_at < $2
                       AND c.through_hash <> 9223372036854775807)
            OR EXISTS (SELECT FROM event_payload p WHERE p.stream = 'device/' || d.device_id AND p.position_at < $2))
        ORDER BY d.device_id LIMIT $4
        """;

    /// <returns>Whether nothing is left.</returns>
    public async Task<bool> ForgetAsync(TenantRetention retention, CancellationToken cancellationToken)
    {
        if (retention.OfPeople)
            return await StatesAsync(retention, cancellationToken);
        var isAll = await PayloadsAsync(retention, cancellationToken);
        return isAll & await StatesAsync(retention, cancellationToken);
    }

    /// <summary>Alarms of the tenant were deleted: a unit whose last open one was among them is shown without any.</summary>
    public Task SettleAlarmsAsync(TenantId tenant) => grains.GetGrain<ITenantGrain>(tenant.Value).SettleAlarmsAsync();

    private async Task<bool> PayloadsAsync(TenantRetention retention, CancellationToken cancellationToken)
    {
        var failed = new ConcurrentDictionary<string, bool>();
        var asked = new HashSet<string>(StringComparer.Ordinal);
        while (failed.Count < MaxFailed)
        {
            var streams = await StreamsAsync(retention, [.. failed.Keys], cancellationToken);
            if (streams.Count == 0)
                break;
            foreach (var again in streams.Where(stream => !asked.Add(stream)))
                failed.TryAdd(again, true); // its owner said that it was done
            await EachAsync(streams.Where(stream => !failed.ContainsKey(stream)), async stream =>
            {
                if (!await TryAsync(stream, retention))
                    failed.TryAdd(stream, true);
            }, cancellationToken);
        }
        return failed.IsEmpty;
    }

    private async Task<HashSet<string>> StreamsAsync(TenantRetention retention, string[] except, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand("""
            SELECT stream FROM event_payload WHERE tenant_id = $1 AND position_at < $2 AND stream <> ALL ($3)
            ORDER BY position_at LIMIT $4
            """);
        command.Parameters.AddWithValue(retention.Tenant.Value);
        command.Parameters.AddWithValue(retention.BeforeTime);
        command.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Text, except);
        command.Parameters.AddWithValue(PagePayloads);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var streams = new HashSet<string>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellationToken))
            streams.Add(row.GetString(0));
        return streams;
    }

    private async Task<bool> StatesAsync(TenantRetention retention, CancellationToken cancellationToken)
    {
        var failures = 0;
        for (var after = int.MinValue; failures < MaxFailed;)
        {
            var devices = await DevicesAsync(retention, after, cancellationToken);
            await EachAsync(devices, async device =>
            {
                // The alarms first: a device that has forgotten is not found again.
                if (retention.OfPeople && !await TryEraseAlarmsAsync(device, retention)
                    || !await TryAsync(StreamName.Of(new DeviceId(device)), retention))
                    Interlocked.Increment(ref failures);
            }, cancellationToken);
            if (devices.Count < PageDevices)
                break;
            after = devices[^1];
        }
        return failures == 0;
    }

    private async Task<List<int>> DevicesAsync(TenantRetention retention, int after, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand(retention.OfPeople ? PeopleSql : DevicesSql);
        command.Parameters.AddWithValue(retention.Tenant.Value);
        command.Parameters.AddWithValue(retention.BeforeTime);
        command.Parameters.AddWithValue(after);
        command.Parameters.AddWithValue(PageDevices);
        if (retention.OfPeople)
            command.Parameters.Add(new NpgsqlParameter { Value = (object?)retention.PromisedDays ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var devices = new List<int>();
        while (await row.ReadAsync(cancellationToken))
            devices.Add(row.GetInt32(0));
        return devices;
    }

    private static Task EachAsync<T>(IEnumerable<T> all, Func<T, Task> work, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        all, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
        async (one, _) => await work(one));

    private Task<ForgetOutcome> AskAsync(string stream, TenantRetention retention)
    {
        var before = UtcMicros.From(retention.BeforeTime).Value;
        if (stream.StartsWith(DevicePrefix, StringComparison.Ordinal))
            return grains.GetGrain<IDeviceGrain>(Number(stream, DevicePrefix)).ForgetAsync(retention.Tenant.Value, before);
        if (stream.StartsWith(TenantPrefix, StringComparison.Ordinal))
            return grains.GetGrain<ITenantGrain>(Number(stream, TenantPrefix)).ForgetAsync(before);
        throw new InvalidOperationException($"Nobody owns the stream {stream}.");

        static int Number(string stream, string prefix) => int.Parse(stream.AsSpan(prefix.Length), CultureInfo.InvariantCulture);
    }

    /// <summary>What the tenant's stream says of a person's alarms.</summary>
    private async Task<bool> TryEraseAlarmsAsync(int device, TenantRetention retention)
    {
        var (tenant, before) = (grains.GetGrain<ITenantGrain>(retention.Tenant.Value), UtcMicros.From(retention.BeforeTime).Value);
        try
        {
            for (var call = 0; call < MaxCalls; call++)
            {
                if (await tenant.EraseAlarmsAsync(device, before, PositionPayloads.Reason) == 0)
                    return true;
            }
            LogNotAll(StreamName.Of(retention.Tenant));
        }
#pragma warning disable CA1031 // whatever meets one owner, the others forget
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailed(StreamName.Of(retention.Tenant), e);
        }
        return false;
    }

    private async Task<bool> TryAsync(string owner, TenantRetention retention)
    {
        try
        {
            var outcome = ForgetOutcome.More;
            for (var call = 0; call < MaxCalls && outcome == ForgetOutcome.More; call++)
                outcome = await AskAsync(owner, retention);
            if (outcome == ForgetOutcome.Done)
                return true;
            LogNotAll(owner);
        }
#pragma warning disable CA1031 // whatever meets one owner, the others forget
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailed(owner, e);
        }
        return false;
    }

    [LoggerMessage(4510, LogLevel.Warning, "Retention: {Owner} could not forget and is asked again next round")]
    private partial void LogFailed(string owner, Exception exception);

    [LoggerMessage(4511, LogLevel.Information, "Retention: {Owner} has more to forget, next round")]
    private partial void LogNotAll(string owner);
}
