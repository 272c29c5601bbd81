using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Workers;
using Microsoft.Extensions.DependencyInjection;
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
    RefoldQueue queue, DeviceReader reader, FieldCrmDatabase database, IGrainFactory grains,
    IHostApplicationLifetime lifetime, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time,
    ILogger<RefoldWorker> logger)
    : BackgroundService
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(5);

    /// <summary>Marks that nobody told of, since their commit's answer was lost, are found after at most this long.</summary>
    private static readonly TimeSpan ResumeEvery = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    /// <summary>Once a pass found no more than this many new fixes, the grain may fold what is left in its turn.</summary>
    private const int CloseEnough = 500;

    /// <summary>
    /// Passes of one refold after the live fixes. Each takes as long as what came in during the one before takes to
    /// fold, thousands of times faster than it came; a device that outruns even this is tried again after its rest.
    /// </summary>
    private const int MaxPasses = 8;

    /// <summary>
    /// Fixes that one statement reads, and that a refold from the beginning folds before it corrects what is recorded
    /// and lets other devices go first: some 100 ms of work and a commit of some forty checkpoints.
    /// </summary>
    internal const int SliceFixes = 10_240;

    private enum RefoldEnd
    {
        Failed,
        Sliced,
        Adopted,
    }

    private readonly record struct Mark(FixKey From, long Generation, FixKey? OpenFrom);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await lifetime.IsServingAsync(stoppingToken))
            return;
        long? resumedAt = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (resumedAt is null || time.GetElapsedTime(resumedAt.Value) >= ResumeEvery)
                {
                    await ResumeAsync(stoppingToken);
                    resumedAt = time.GetTimestamp();
                }
                if (queue.TryStart(out var nextDueAt) is { } due)
                    await RefoldAsync(due.Device, due.Tenant, stoppingToken);
                else
                    await queue.WaitAsync(nextDueAt, LongestSleep, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogFailed(e);
                if (e is NpgsqlException or CommitUnavailableException or CommitOutcomeUnknownException)
                    await queue.PauseAsync(PauseAfterFailure, stoppingToken); // the next one would fare no better
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
        RefoldRun? run = null;
        var end = RefoldEnd.Failed;
        try
        {
            if (await MarkAsync(device, cancellationToken) is not { } mark)
            {
                end = RefoldEnd.Adopted; // answered already
                return;
            }
            var start = await reader.CheckpointBeforeAsync(device, mark.From, cancellationToken) ?? new DeviceFold(device);
            run = new RefoldRun(start); 
            end = mark.OpenFrom is { } openFrom && await IsSliceAsync(run, openFrom, device, cancellationToken)
                ? await CorrectAsync(run, device, tenant, mark.Generation)
                : await FoldToTheEndAsync(run, device, tenant, mark.Generation, cancellationToken);
        }
        finally
        {
            if (end == RefoldEnd.Sliced)
                queue.Sliced(device, run?.Steps ?? 0);
            else
                queue.Finished(device, run?.Steps ?? 0, end == RefoldEnd.Adopted);
        }
    }

    /// <summary>
    /// Feeds what lies before the fixes that the grain folded on its own. False when all of it was fed: the last part,
    /// adopted with everything after it.
    /// </summary>
    private async Task<bool> IsSliceAsync(
        RefoldRun run, FixKey openFrom, DeviceId device, CancellationToken cancellationToken)
    {
        await foreach (var fix in reader.FixesAfterAsync(device, run.ThroughKey ?? FixKey.Min, SliceFixes, cancellationToken))
        {
            if (fix.Key >= openFrom)
                return false;
            run.Feed(fix);
        }
        return run.Steps == SliceFixes;
    }

    private async Task<RefoldEnd> FoldToTheEndAsync(
        RefoldRun run, DeviceId device, TenantId tenant, long generation, CancellationToken cancellationToken)
    {
        for (var pass = 0; pass < MaxPasses; pass++)
        {
            var before = run.Steps;
            await FeedAsync(run, device, cancellationToken);
            await Failpoints.ReachAsync(Failpoints.InRefold);
            if ((run.Steps - before <= CloseEnough || pass > 0) && await AdoptAsync(run, device, tenant, generation))
                return RefoldEnd.Adopted;
        }
        return RefoldEnd.Failed;
    }

    private async Task FeedAsync(RefoldRun run, DeviceId device, CancellationToken cancellationToken)
    {
        int before;
        do // a page a statement: a long one would keep dead rows of every table from being cleared away
        {
            before = run.Steps;
            await foreach (var fix in reader.FixesAfterAsync(
                device, run.ThroughKey ?? FixKey.Min, SliceFixes, cancellationToken))
                run.Feed(fix);
        }
        while (run.Steps - before == SliceFixes);
    }

    private async Task<RefoldEnd> CorrectAsync(RefoldRun run, DeviceId device, TenantId tenant, long generation)
    {
        await Failpoints.ReachAsync(Failpoints.InRefold);
        await grains.GetGrain<IDeviceGrain>(device.Value).CorrectAsync(run.Finish(), tenant.Value, generation);
        return RefoldEnd.Sliced;
    }

    private Task<bool> AdoptAsync(RefoldRun run, DeviceId device, TenantId tenant, long generation) =>
        grains.GetGrain<IDeviceGrain>(device.Value).AdoptAsync(run.Finish(), tenant.Value, generation);

    private async Task<Mark?> MarkAsync(DeviceId device, CancellationToken cancellationToken)
    {
        await using var command = database.Silo.CreateCommand(
            "SELECT from_fixed_at, from_hash, generation, open_fixed_at, open_hash FROM refold_mark WHERE device_id = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = device.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new Mark(DeviceReader.Key(row, 0, 1), row.GetInt64(2), row.IsDBNull(3) ? null : DeviceReader.Key(row, 3, 4))
            : null;
    }

    [LoggerMessage(1201, LogLevel.Error, "A refold failed and will be tried again")]
    private partial void LogFailed(Exception exception);
}
