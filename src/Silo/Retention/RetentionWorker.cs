using FieldCrm.Core;
using FieldCrm.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FieldCrm.Silo.Retention;

/// <summary>Alarms of the tenant were forgotten: who shows which units have open ones looks again.</summary>
public delegate Task SettleAlarms(TenantId tenant);

/// <summary>
/// Makes tomorrow's partition, forgets what is older than it may be, and keeps the indexes of closed days whole.
/// One silo at a time. Each step stands for itself: one that fails is logged and tried again next round.
/// </summary>
public sealed partial class RetentionWorker(
    FieldCrmDatabase database, IOptions<RetentionOptions> options, SettleAlarms settleAlarms,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time, ILogger<RetentionWorker> logger) : BackgroundService
{
    /// <summary>Key of the advisory lock that one silo's round holds.</summary>
    private const long RoundLock = 0x46_43_52_4D_52_45_54; // "FCRMRET"

    private readonly Pruning _pruning = new(database, options.Value);

    /// <summary>One whole round.</summary>
    /// <returns>Whether every step succeeded.</returns>
    public async Task<bool> RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var succeeded = await StepAsync("days", () => EnsureDaysAsync(now, cancellationToken));
        succeeded &= await StepAsync("messages", () => _pruning.DeliveredMessagesAsync(now, cancellationToken));
        succeeded &= await StepAsync("given-up-messages", () => _pruning.GivenUpMessagesAsync(now, cancellationToken));
        succeeded &= await StepAsync("links", () => _pruning.ExpiredLinksAsync(now, cancellationToken));
        succeeded &= await StepAsync("quarantine", () => _pruning.OldQuarantineAsync(now, cancellationToken));
        succeeded &= await StepAsync("excess-quarantine", () => _pruning.ExcessQuarantineAsync(cancellationToken));
        succeeded &= await StepAsync("checkpoints", () => _pruning.OldCheckpointsAsync(cancellationToken));
        return succeeded & await StepAsync("positions", () => ForgetPositionsAsync(now, cancellationToken));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Interval, time);
        do
        {
            await RunOnceAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<long> EnsureDaysAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        await using var command = database.Work.CreateCommand("SELECT ensure_day($1), ensure_day($2)");
        command.Parameters.AddWithValue(today);
        command.Parameters.AddWithValue(today.AddDays(1));
        await command.ExecuteNonQueryAsync(cancellationToken);
        return 0;
    }

    private async Task<long> ForgetPositionsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (database.Owner is null)
        {
            LogNoOwner(logger);
            return 0;
        }
        await using var connection = await database.Owner.OpenConnectionAsync(cancellationToken);
        if (!await EnterAsync(connection, cancellationToken))
            return 0;
        try
        {
            return await ForgetPositionsAsync(new FixDays(connection), now, cancellationToken);
        }
        finally
        {
            // A pooled session keeps its locks until somebody uses it again.
            await using var leave = new NpgsqlCommand("SELECT pg_advisory_unlock_all()", connection);
            await leave.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private async Task<long> ForgetPositionsAsync(FixDays days, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var plan = await RetentionPlan.ReadAsync(database, now, cancellationToken);
        var dropped = await days.DropBeforeAsync(plan.DropBefore, cancellationToken);
        if (dropped > 0)
            LogDropped(logger, dropped, plan.DropBefore);
        var deleted = 0L;
        foreach (var (tenant, before) in plan.Shorter)
            deleted += await days.DeleteBeforeAsync(tenant, before, options.Value.ChunkRows, cancellationToken);
        await _pruning.MarksBeforeAsync(plan.DropBefore, cancellationToken);
        foreach (var (tenant, before) in plan.Tenants)
        {
            deleted += await _pruning.NetEventsBeforeAsync(tenant, before, cancellationToken);
            var alarms = await _pruning.AlarmsBeforeAsync(tenant, before, cancellationToken);
            if (alarms > 0)
                await settleAlarms(tenant).WaitAsync(cancellationToken);
            deleted += alarms;
        }
        await days.SummarizeBeforeAsync(plan.Today, cancellationToken);
        return deleted;
    }

    private async Task<bool> EnterAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var limit = new NpgsqlCommand(
            "SELECT set_config('lock_timeout', $1, false), set_config('statement_timeout', $2, false)", connection);
        limit.Parameters.AddWithValue($"{(long)options.Value.LockTimeout.TotalMilliseconds}ms");
        limit.Parameters.AddWithValue($"{(long)StatementLimits.Upkeep.TotalMilliseconds}ms");
        await limit.ExecuteNonQueryAsync(cancellationToken);
        await using var enter = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection);
        enter.Parameters.AddWithValue(RoundLock);
        return await enter.ExecuteScalarAsync(cancellationToken) is true;
    }

    private async Task<bool> StepAsync(string step, Func<Task<long>> work)
    {
        try
        {
            var rows = await work();
            if (rows > 0)
                LogPruned(logger, step, rows);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogStepFailed(logger, step, e);
            return false;
        }
    }

    [LoggerMessage(4500, LogLevel.Information, "Retention: {Rows} rows deleted in step {Step}")]
    private static partial void LogPruned(ILogger logger, string step, long rows);

    [LoggerMessage(4501, LogLevel.Information, "Retention: {Days} days of positions before {Day} dropped")]
    private static partial void LogDropped(ILogger logger, int days, DateOnly day);

    [LoggerMessage(4502, LogLevel.Warning, "Retention: step {Step} failed and is tried again next round")]
    private static partial void LogStepFailed(ILogger logger, string step, Exception exception);

    [LoggerMessage(4503, LogLevel.Warning, "Retention: no owner connection, so days of positions are not dropped")]
    private static partial void LogNoOwner(ILogger logger);
}
