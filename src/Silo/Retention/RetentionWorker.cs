using System.Globalization;
using FieldCrm.Silo.Storage;
using FieldCrm.Silo.Workers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FieldCrm.Silo.Retention;

/// <summary>
/// Makes tomorrow's partition, forgets what is older than it may be, and keeps the indexes of closed days whole.
/// One silo at a time. Each step stands for itself: one that fails is logged and tried again next round.
/// </summary>
internal sealed partial class RetentionWorker(
    FieldCrmDatabase database, Forgetting forgetting, IHostApplicationLifetime lifetime, IOptions<RetentionOptions> options,
    [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time, ILogger<RetentionWorker> logger) : BackgroundService
{
    /// <summary>Key of the advisory lock that one silo's round holds.</summary>
    private const long RoundLock = 0x46_43_52_4D_52_45_54; // "FCRMRET"

    /// <summary>Days before the last one that was done with which are looked at once more.</summary>
    private const int MarginDays = 2;

    private readonly Dictionary<string, long> _summarized = new(StringComparer.Ordinal);
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
        succeeded &= await StepAsync("looks", () => _pruning.OldLooksAsync(now, cancellationToken));
        succeeded &= await StepAsync("checkpoints", () => _pruning.OldCheckpointsAsync(cancellationToken));
        return succeeded & await RoundAsync(now, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await lifetime.IsServingAsync(stoppingToken))
            return;
        using var timer = new PeriodicTimer(options.Value.Interval, time);
        do
        {
            await RunOnceAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<bool> RoundAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var succeeded = true;
        return await StepAsync("forgetting", async () =>
        {
            succeeded = await ForgetPositionsAsync(now, cancellationToken);
            return 0;
        }) && succeeded;
    }

    private async Task<bool> PruneAsync(string step, Func<Task<Pruned>> work)
    {
        var isWhole = false;
        return await StepAsync(step, async () =>
        {
            var pruned = await work();
            isWhole = pruned.IsWhole;
            return pruned.Rows;
        }) && isWhole;
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

    private async Task<bool> ForgetPositionsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (database.Owner is null)
        {
            LogNoOwner(logger);
            return true;
        }
        await using var connection = await database.Owner.OpenConnectionAsync(cancellationToken);
        if (!await EnterAsync(connection, cancellationToken))
            return true;
        try
        {
            return await ForgetPositionsAsync(new FixDays(connection, _summarized), now, cancellationToken);
        }
        finally
        {
            // A pooled session keeps its locks until somebody uses it again.
            await using var leave = new NpgsqlCommand("SELECT pg_advisory_unlock_all()", connection);
            await leave.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private async Task<bool> ForgetPositionsAsync(FixDays days, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var plan = await RetentionPlan.ReadAsync(database, now, cancellationToken);
        var succeeded = await StepAsync("dropped-days", async () =>
        {
            var dropped = await days.DropBeforeAsync(plan.DropBefore, cancellationToken);
            if (dropped > 0)
                LogDropped(logger, dropped, plan.DropBefore);
            return 0;
        });
        if (plan.Due.Count > 0)
            succeeded &= await ForgetAsync(days, plan, isDropped: succeeded, cancellationToken);
        return succeeded & await StepAsync("summaries", () => days.SummarizeBeforeAsync(plan.Today, cancellationToken));
    }

    /// <summary>
    /// Tenants for whom a day has ended since they last forgot. Done with what is shared first, then tenant by tenant;
    /// who has forgotten everything is not looked at again before the next day ends.
    /// </summary>
    private async Task<bool> ForgetAsync(FixDays days, RetentionPlan plan, bool isDropped, CancellationToken cancellationToken)
    {
        var isShared = await PruneAsync("marks", () => _pruning.MarksAsync(plan.Due, cancellationToken));
        isShared &= await PruneAsync("net-events", () => _pruning.NetEventsAsync(plan.Due, cancellationToken));
        isShared &= await PruneAsync("alarms", () => _pruning.AlarmsAsync(plan.Due, cancellationToken));
        isShared &= await PruneAsync("messages-of-positions", () => _pruning.MessagesOfPositionsAsync(plan.Due, cancellationToken));
        isShared &= await PruneAsync("quarantine-of-tenants", () => _pruning.QuarantineAsync(plan.Due, cancellationToken));
        isShared &= await PruneAsync("shifts", () => _pruning.ShiftsAsync([.. plan.Due.Where(t => t.PromisedDays is null)], cancellationToken));
        var isAll = true;
        foreach (var tenant in plan.Due)
            isAll &= await ForgetAsync(days, plan, tenant, isShared && isDropped, cancellationToken);
        return isAll & isShared;
    }

    private async Task<bool> ForgetAsync(
        FixDays days, RetentionPlan plan, TenantRetention tenant, bool isRestDone, CancellationToken cancellationToken)
    {
        var name = NameOf(tenant);
        var isForgotten = false;
        var succeeded = await StepAsync($"positions of {name}", async () => tenant.Before == plan.DropBefore
            ? 0 : await days.DeleteAsync(tenant, From(tenant), options.Value.ChunkRows, cancellationToken));
        succeeded &= await StepAsync($"states and payloads of {name}", async () =>
        {
            isForgotten = await forgetting.ForgetAsync(tenant, cancellationToken);
            return 0;
        });
        succeeded &= await StepAsync($"open alarms of {name}", async () =>
        {
            await forgetting.SettleAlarmsAsync(tenant.Tenant).WaitAsync(cancellationToken);
            return 0;
        });
        if (!succeeded || !isForgotten)
            return false;
        if (tenant.PromisedDays is not null)
            return !isRestDone || await PruneAsync($"shifts of {name}", () => _pruning.ShiftsAsync([tenant], cancellationToken));
        return !isRestDone || await StepAsync($"memory of {name}", () => RememberAsync(tenant, cancellationToken));
    }

    private static string NameOf(TenantRetention tenant)
    {
        var whose = tenant.PromisedDays is { } days ? $" (promised {days.ToString(CultureInfo.InvariantCulture)} days)" : tenant.OfPeople ? " (people)" : "";
        return $"tenant {tenant.Tenant}{whose}";
    }

    // A fix that was admitted as one of the oldest may have been committed after its day was done with.
    private static DateOnly From(TenantRetention tenant) =>
        tenant.PromisedDays is null && tenant.DoneBefore is { } done && done.DayNumber > MarginDays ? done.AddDays(-MarginDays) : DateOnly.MinValue;

    private async Task<long> RememberAsync(TenantRetention tenant, CancellationToken cancellationToken)
    {
        await using var command = database.Work.CreateCommand(
            $"UPDATE tenant SET {(tenant.OfPeople ? "people_before" : "positions_before")} = $2 WHERE tenant_id = $1");
        command.Parameters.AddWithValue(tenant.Tenant.Value);
        command.Parameters.AddWithValue(tenant.Before);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return 0;
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
