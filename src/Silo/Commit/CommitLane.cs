using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FieldCrm.Silo.Commit;

/// <summary>
/// One queue, one connection, one transaction at a time. While one batch flushes the next one gathers, so batches
/// grow with the load by themselves and a lone unit waits for nobody.
/// </summary>
internal sealed partial class CommitLane : IAsyncDisposable
{
    private readonly Channel<PendingUnit> _queue;
    private readonly int _number;
    private readonly BatchWriter _writer;
    private readonly PartitionDays _days;
    private readonly Func<PendingUnit, bool> _putBack;
    private readonly ParkingLot _parking;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly int _maxBatchRows;
    private readonly CommitMetrics _metrics;
    private readonly Task _loop;

    /// <param name="putBack">Takes a unit whose day was dropped, to hand it in again; false when it had its second chance.</param>
    public CommitLane(
        int number, BatchWriter writer, PartitionDays days, Func<PendingUnit, bool> putBack, ParkingLot parking,
        CommitOptions options, CommitMetrics metrics, IHostApplicationLifetime lifetime, TimeProvider time, ILogger logger)
    {
        _number = number;
        _writer = writer;
        _days = days;
        _putBack = putBack;
        _parking = parking;
        _lifetime = lifetime;
        _time = time;
        _logger = logger;
        _maxBatchRows = options.MaxBatchRows;
        _queue = Channel.CreateBounded<PendingUnit>(
            new BoundedChannelOptions(options.MaxQueuedUnits) { SingleReader = true });
        _metrics = metrics;
        _metrics.Watch(number, () => _queue.Reader.Count);
        _loop = Task.Run(RunAsync);
    }

    public bool TryEnqueue(PendingUnit pending) => _queue.Writer.TryWrite(pending);

    /// <summary>False when the lane stayed full, or is closed.</summary>
    public async ValueTask<bool> EnqueueAsync(PendingUnit pending, CancellationToken cancellationToken)
    {
        try
        {
            await _queue.Writer.WriteAsync(pending, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
        await _writer.DisposeAsync();
    }

    private async Task RunAsync()
    {
        var batch = new List<PendingUnit>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            var rows = 0;
            while (rows < _maxBatchRows && _queue.Reader.TryRead(out var pending))
            {
                if (!pending.TryTake())
                    continue;
                batch.Add(pending);
                rows += pending.Unit.Weight;
            }
            if (batch.Count == 0)
                continue;
            try
            {
                await FlushAsync(batch);
            }
            catch (Exception e)
            {
                // A defect of ours: whoever waits must hear of it, and the lane must live.
                LogDefect(e);
                foreach (var pending in batch)
                    pending.Fail(new CommitOutcomeUnknownException("The commit failed unexpectedly.", e));
            }
        }
    }

    /// <summary>Commits the units together; where the database refuses, by halves, down to the one it refuses.</summary>
    private async Task FlushAsync(List<PendingUnit> batch)
    {
        var began = _time.GetTimestamp();
        try
        {
            if (batch.TrueForAll(static pending => pending.Unit.IsBarrier))
                await _writer.SettleAsync();
            else
                await _writer.WriteAsync(batch);
        }
        catch (Exception e)
        {
            await HandleAsync(batch, e);
            return;
        }
        await Failpoints.ReachAsync(Failpoints.AfterCommit);
        _metrics.Committed(_number, batch, _time.GetElapsedTime(began));
        foreach (var pending in batch)
            pending.Complete(CommitOutcome.Committed);
    }

    private async Task HandleAsync(List<PendingUnit> batch, Exception exception)
    {
        var kind = CommitFailure.Classify(exception);
        _metrics.Failed(_number, kind);
        switch (kind)
        {
            case CommitFailureKind.Fenced:
                // Another silo owns the database. Whatever this process holds is stale: end it.
                LogFenced(exception);
                FailAll(batch, new CommitUnavailableException("This silo was fenced by a newer one.", exception));
                _lifetime.StopApplication();
                break;
            case CommitFailureKind.Unavailable:
                LogUnavailable(exception.GetType().Name, (exception as PostgresException)?.SqlState, batch.Count);
                FailAll(batch, new CommitUnavailableException("The database is not available.", exception));
                break;
            case CommitFailureKind.OutcomeUnknown:
                LogOutcomeUnknown(batch.Count);
                FailAll(batch, new CommitOutcomeUnknownException("The connection was lost at COMMIT.", exception));
                break;
            case CommitFailureKind.PartitionMissing when batch is [{ Unit.Fixes: { } fixes } alone] && _days.Forget(fixes) && _putBack(alone):
                break;
            default:
                if (batch.Count > 1)
                    await BisectAsync(batch);
                else
                    await RefuseAsync(batch[0], kind, exception);
                break;
        }
    }

    private async Task BisectAsync(List<PendingUnit> batch)
    {
        var middle = batch.Count / 2;
        await FlushAsync(batch.GetRange(0, middle));
        await FlushAsync(batch.GetRange(middle, batch.Count - middle));
    }

    private async Task RefuseAsync(PendingUnit pending, CommitFailureKind kind, Exception exception)
    {
        if (kind == CommitFailureKind.Conflict)
        {
            pending.Fail(new CommitConflictException("The grain's state was not the newest.", exception));
            return;
        }
        var sqlState = (exception as PostgresException)?.SqlState ?? "";
        var constraint = (exception as PostgresException)?.ConstraintName;
        if (pending.Unit.Fixes is null || kind == CommitFailureKind.Defect)
        {
            LogRefused(sqlState, constraint, exception.GetType().Name);
            pending.Fail(new CommitRefusedException(sqlState, constraint, exception));
            return;
        }
        if (kind == CommitFailureKind.PartitionMissing && !_days.IsNeverKept(pending.Unit.Fixes))
        {
            LogUnavailable(exception.GetType().Name, sqlState, 1);
            pending.Fail(new CommitUnavailableException("The day's partition cannot be made just now.", exception));
            return;
        }
        if (pending.Unit is { IsParkedWhole: false, Fixes.Count: > 1 })
        {
            LogDivided(pending.Unit.Fixes.Device.Value, pending.Unit.Fixes.Count, sqlState, constraint);
            pending.Complete(CommitOutcome.Refused);
            return;
        }
        try
        {
            await _parking.ParkAsync(pending.Unit, sqlState);
            _metrics.Parked(_number);
            LogParked(pending.Unit.Fixes.Device.Value, sqlState, constraint);
            pending.Complete(CommitOutcome.Parked);
        }
        catch (Exception e)
        {
            LogUnavailable(e.GetType().Name, (e as PostgresException)?.SqlState, 1);
            pending.Fail(new CommitUnavailableException("What the database refused could not be parked.", e));
        }
    }

    private static void FailAll(List<PendingUnit> batch, Exception exception)
    {
        foreach (var pending in batch)
            pending.Fail(exception);
    }

    [LoggerMessage(1001, LogLevel.Critical, "Commit lane met a defect")]
    private partial void LogDefect(Exception exception);

    [LoggerMessage(1002, LogLevel.Critical, "This silo is fenced; stopping")]
    private partial void LogFenced(Exception exception);

    [LoggerMessage(1003, LogLevel.Warning, "Commit of {Units} units failed, nothing stored: {Exception} {SqlState}")]
    private partial void LogUnavailable(string exception, string? sqlState, int units);

    [LoggerMessage(1004, LogLevel.Error, "Commit of {Units} units has an unknown outcome")]
    private partial void LogOutcomeUnknown(int units);

    [LoggerMessage(1006, LogLevel.Error, "The database refused a unit ({SqlState} {Constraint}, {Exception}); nothing of it is stored")]
    private partial void LogRefused(string sqlState, string? constraint, string exception);

    [LoggerMessage(1007, LogLevel.Warning, "The database refused a unit of device {DeviceId} ({SqlState} {Constraint}); its {Fixes} fixes are tried in parts")]
    private partial void LogDivided(int deviceId, int fixes, string sqlState, string? constraint);

    [LoggerMessage(1005, LogLevel.Error, "ALARM: a unit of device {DeviceId} was refused by the database ({SqlState} {Constraint}) and parked in quarantine")]
    private partial void LogParked(int deviceId, string sqlState, string? constraint);
}
