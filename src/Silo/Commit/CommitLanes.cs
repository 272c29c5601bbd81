using System.Collections.Concurrent;
using FieldCrm.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FieldCrm.Silo.Commit;

/// <summary>The lanes of this silo: a unit always goes to the lane of its key, and waits there no longer than the deadline.</summary>
public sealed partial class CommitLanes : ICommitLanes, IAsyncDisposable
{
    /// <summary>
    /// Days of fixes that one unit may need, each of which may have to be made: half a second or so. A grain divides a
    /// report of more.
    /// </summary>
    public const int MaxDays = 64;

    private readonly CommitLane[] _lanes;
    private readonly PartitionDays _days;
    private readonly ConcurrentDictionary<Task, bool> _preparing = new();
    private readonly ILogger _logger;
    private readonly Incarnation _incarnation;
    private readonly Deadlines _deadlines;
    private readonly CommitMetrics _metrics = new();
    private readonly TimeSpan _deadline;
    private readonly TimeProvider _time;

    public CommitLanes(
        FieldCrmDatabase database, Incarnation incarnation, IOptions<CommitOptions> options,
        IHostApplicationLifetime lifetime, ILoggerFactory loggers, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
    {
        _incarnation = incarnation;
        _deadline = options.Value.Deadline;
        _deadlines = new Deadlines(_deadline, time);
        _time = time;
        _logger = loggers.CreateLogger<CommitLanes>();
        _days = new PartitionDays(database.Work, time);
        var parking = new ParkingLot(database.Work, incarnation, time);
        _lanes = new CommitLane[options.Value.Lanes];
        for (var i = 0; i < _lanes.Length; i++)
        {
            var mark = new LaneMark(database.Silo, incarnation, i, time);
            var writer = new BatchWriter(database.Silo, incarnation, mark, options.Value.StatementTimeout, time);
            var place = i;
            _lanes[i] = new CommitLane(
                i, writer, _days, pending => PutBack(place, pending), parking, options.Value, _metrics, lifetime, time,
                loggers.CreateLogger<CommitLane>());
        }
    }

    public Task<CommitOutcome> CommitAsync(long laneKey, CommitUnit unit)
    {
        if (!_incarnation.IsTaken)
            return Task.FromException<CommitOutcome>(new CommitUnavailableException("This silo is not ready yet."));
        var lane = _lanes[(int)((ulong)laneKey % (ulong)_lanes.Length)];
        var pending = new PendingUnit(unit, _time.GetTimestamp());
        if (unit.Fixes is { } fixes && _days.Missing(fixes) is { } days)
        {
            _deadlines.Watch(pending);
            Prepare(lane, pending, days);
            return pending.Done;
        }
        if (!lane.TryEnqueue(pending))
            return CommitWhenThereIsRoomAsync(lane, pending);
        _deadlines.Watch(pending);
        return pending.Done;
    }

    /// <summary>Commits what was handed in, then ends the lanes.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_preparing.Keys);
        foreach (var lane in _lanes)
            await lane.DisposeAsync();
        await Task.WhenAll(_preparing.Keys); // what a lane put back meanwhile
        _days.Dispose();
        _deadlines.Dispose();
        _metrics.Dispose();
    }

    private bool PutBack(int lane, PendingUnit pending)
    {
        if (!pending.TryPutBack())
            return false;
        Prepare(_lanes[lane], pending, _days.Missing(pending.Unit.Fixes!) ?? []);
        return true;
    }

    // Beside the lanes: a device whose fixes are of days that are not there yet waits by itself.
    private void Prepare(CommitLane lane, PendingUnit pending, IReadOnlyCollection<long> days)
    {
        var preparing = Task.Run(() => PrepareAsync(lane, pending, days));
        _preparing.TryAdd(preparing, true);
        preparing.ContinueWith(
            static (done, all) => ((ConcurrentDictionary<Task, bool>)all!).TryRemove(done, out _), _preparing,
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task PrepareAsync(CommitLane lane, PendingUnit pending, IReadOnlyCollection<long> days)
    {
        try
        {
            if (!await _days.MakeAsync(days))
            {
                pending.Fail(new CommitUnavailableException("A day's partition cannot be made just now."));
                return;
            }
            var left = _deadline - _time.GetElapsedTime(pending.EnqueuedAt);
            using var deadline = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time);
            if (!await lane.EnqueueAsync(pending, deadline.Token))
                pending.Fail(new CommitUnavailableException("The commit lane is full."));
        }
        catch (Exception e)
        {
            LogNoDays(e);
            pending.Fail(new CommitUnavailableException("The database is not available.", e));
        }
    }

    [LoggerMessage(1008, LogLevel.Warning, "Days of fixes could not be made")]
    private partial void LogNoDays(Exception exception);

    private async Task<CommitOutcome> CommitWhenThereIsRoomAsync(CommitLane lane, PendingUnit pending)
    {
        _deadlines.Watch(pending);
        using var deadline = new CancellationTokenSource(_deadline, _time);
        if (!await lane.EnqueueAsync(pending, deadline.Token))
            throw new CommitUnavailableException("The commit lane is full.");
        return await pending.Done;
    }
}
