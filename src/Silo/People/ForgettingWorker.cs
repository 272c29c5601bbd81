using System.Globalization;
using FieldCrm.Core;
using FieldCrm.Core.People;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Devices;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Tenants;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FieldCrm.Silo.People;

/// <summary>
/// Deletes what people asked to have deleted. Each step may be repeated: whatever dies in between, the next round goes on.
/// What is too old goes with everybody's (<see cref="Retention.Forgetting"/>).
/// </summary>
internal sealed partial class ForgettingWorker(
    FieldCrmDatabase database, IGrainFactory grains,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time, ILogger<ForgettingWorker> logger) : BackgroundService
{
    public const string Asked = "person-asked";

    /// <summary>Longer than a report that was under way when consent was withdrawn can take to be stored.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(12);

    private const int ChunkRows = 5_000;
    private const int MaxPasses = 10;
    private const int MaxPeople = 20;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // After every moment there is, and still one that a timestamp holds.
    private static readonly long Always = UtcMicros.From(new DateTimeOffset(9999, 1, 1, 0, 0, 0, TimeSpan.Zero)).Value;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await TryAsync(() => EraseAsync(stoppingToken), stoppingToken);
    }

    /// <summary>Does what was asked for.</summary>
    internal async Task EraseAsync(CancellationToken cancellationToken)
    {
        foreach (var (person, tenant) in await AskedForAsync(cancellationToken))
            await TryAsync(() => EraseAsync(person, tenant, cancellationToken), cancellationToken); // each for himself
    }

    private async Task EraseAsync(Guid person, TenantId tenant, CancellationToken cancellationToken)
    {
        foreach (var device in await DevicesOfAsync(person, cancellationToken))
        {
            // A report that waited in the grain before this one asked may have been stored behind the last chunk: until there is none.
            var pass = 0;
            do
            {
                if (++pass > MaxPasses)
                    throw new TimeoutException($"Device {device} stores positions as fast as they are deleted.");
                await EraseAsync(tenant, device, cancellationToken);
            }
            while (await ErasePositionsAsync(device, cancellationToken) > 0);
        }
        var positions = await ErasedAsync(person, cancellationToken);
        await grains.GetGrain<IPersonGrain>(person).DecideAsync(new NoteErased(positions), Actor.System).WaitAsync(cancellationToken);
        LogErased(person, positions);
    }

    private async Task<long> ErasePositionsAsync(int device, CancellationToken cancellationToken)
    {
        for (var erased = 0L; ;)
        {
            var rows = await EraseChunkAsync(device, cancellationToken);
            erased += rows;
            if (rows < ChunkRows)
                return erased;
        }
    }

    private async Task EraseAsync(TenantId tenant, int device, CancellationToken cancellationToken)
    {
        await grains.GetGrain<IDeviceGrain>(device).EraseAsync(tenant.Value, Asked).WaitAsync(cancellationToken);
        var grain = grains.GetGrain<ITenantGrain>(tenant.Value);
        while (await grain.EraseAlarmsAsync(device, Always, Asked).WaitAsync(cancellationToken) > 0)
            cancellationToken.ThrowIfCancellationRequested();
        await grain.SettleAlarmsAsync().WaitAsync(cancellationToken); // what was open of them marks the unit no longer
    }

    private async Task<List<(Guid Person, TenantId Tenant)>> AskedForAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand(
            "SELECT user_id, tenant_id FROM person_erasure WHERE done_at IS NULL AND requested_at <= $1 ORDER BY requested_at LIMIT $2");
        command.Parameters.AddWithValue((time.GetUtcNow() - Grace).UtcDateTime);
        command.Parameters.AddWithValue(MaxPeople);
        return await ListAsync(command, row => (row.GetGuid(0), new TenantId(row.GetInt32(1))), cancellationToken);
    }

    private async Task<List<int>> DevicesOfAsync(Guid person, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand("SELECT device_id FROM device WHERE holder_id = $1 ORDER BY 1");
        command.Parameters.AddWithValue(person);
        return await ListAsync(command, row => row.GetInt32(0), cancellationToken);
    }

    private async Task<long> EraseChunkAsync(int device, CancellationToken cancellationToken)
    {
        await using var command = database.Work.CreateCommand("SELECT erase_positions($1, $2)");
        command.Parameters.AddWithValue(device);
        command.Parameters.AddWithValue(ChunkRows);
        return await command.ExecuteScalarAsync(cancellationToken) is long rows ? rows : 0;
    }

    private async Task<long> ErasedAsync(Guid person, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand("SELECT positions FROM person_erasure WHERE user_id = $1 AND done_at IS NULL");
        command.Parameters.AddWithValue(person);
        return await command.ExecuteScalarAsync(cancellationToken) is long positions ? positions : 0;
    }

    private static async Task<List<T>> ListAsync<T>(NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var list = new List<T>();
        while (await row.ReadAsync(cancellationToken))
            list.Add(read(row));
        return list;
    }

    private async Task TryAsync(Func<Task> work, CancellationToken stoppingToken)
    {
        try
        {
            await work();
        }
#pragma warning disable CA1031 // whatever meets one, the others are done, and he is tried again
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogFailed(e.GetType().Name);
        }
    }

    [LoggerMessage(2612, LogLevel.Information, "Person {UserId}: {Positions} positions deleted, as he asked")]
    private partial void LogErased(Guid userId, long positions);

    [LoggerMessage(2613, LogLevel.Warning, "What is to be forgotten of people was not ({Exception}); it is tried again")]
    private partial void LogFailed(string exception);
}
