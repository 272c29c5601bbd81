using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Devices;

/// <summary>
/// Folds devices again whose late fixes changed the past: one at a time, outside any grain's turn, so that live fixes
/// are answered meanwhile. The grain adopts the result.
/// </summary>
internal sealed partial class RefoldWorker(
    RefoldQueue queue, DeviceReader reader, FieldCrmDatabase database, IGrainFactory grains, ILogger<RefoldWorker> logger)
    : BackgroundService
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isResumed = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!isResumed)
                {
                    await ResumeAsync(stoppingToken);
                    isResumed = true;
                }
                if (queue.TryStart(out var nextDueAt) is { } due)
                    await RefoldAsync(due.Device, due.Tenant, stoppingToken);
                else
                    await queue.WaitAsync(SleepUntil(nextDueAt), stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogFailed(e);
                await queue.WaitAsync(LongestSleep, stoppingToken);
            }
        }
    }

    /// <summary>Marks that an earlier process left: nothing acknowledged is forgotten by a crash.</summary>
    private async Task ResumeAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand("SELECT device_id, tenant_id FROM refold_mark");
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            queue.Marked(new DeviceId(row.GetInt32(0)), new TenantId(row.GetInt32(1)));
    }

    private async Task RefoldAsync(DeviceId device, TenantId tenant, CancellationToken cancellationToken)
    {
        var steps = 0;
        var isAdopted = false;
        try
        {
            if (await MarkAsync(device, cancellationToken) is not { } mark)
            {
                isAdopted = true; // answered already
                return;
            }
            var start = await reader.CheckpointBeforeAsync(device, mark.From, cancellationToken) ?? new DeviceFold(device);
            var run = new RefoldRun(start);
            await foreach (var fix in reader.FixesAfterAsync(
                device, start.LastKey ?? FixKey.Min, int.MaxValue, cancellationToken))
            {
                run.Feed(fix);
            }
            await Failpoints.ReachAsync(Failpoints.InRefold);
            var result = run.Finish();
            steps = result.Steps;
            isAdopted = await grains.GetGrain<IDeviceGrain>(device.Value).AdoptAsync(result, tenant.Value, mark.Generation);
        }
        finally
        {
            queue.Finished(device, steps, isAdopted);
        }
    }

    private async Task<(FixKey From, long Generation)?> MarkAsync(DeviceId device, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand(
            "SELECT from_fixed_at, from_hash, generation FROM refold_mark WHERE device_id = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = device.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? (DeviceReader.Key(row, 0, 1), row.GetInt64(2)) : null;
    }

    private TimeSpan SleepUntil(UtcMicros? dueAt)
    {
        if (dueAt is not { } due)
            return LongestSleep;
        var wait = queue.Until(due);
        return wait < LongestSleep ? wait : LongestSleep;
    }

    [LoggerMessage(1201, LogLevel.Error, "A refold failed and will be tried again")]
    private partial void LogFailed(Exception exception);
}
