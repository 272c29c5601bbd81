using FieldCrm.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FieldCrm.Silo.Commit;

/// <summary>The lanes of this silo: a unit always goes to the lane of its key, and waits there no longer than the deadline.</summary>
public sealed class CommitLanes : ICommitLanes, IAsyncDisposable
{
    private readonly CommitLane[] _lanes;
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
        var days = new PartitionDays(database.Work, time);
        var parking = new ParkingLot(database.Work, incarnation, time);
        _lanes = new CommitLane[options.Value.Lanes];
        for (var i = 0; i < _lanes.Length; i++)
        {
            var mark = new LaneMark(database.Silo, incarnation, i, time);
            var writer = new BatchWriter(database.Silo, incarnation, mark, options.Value.StatementTimeout, time);
            _lanes[i] = new CommitLane(
                i, writer, days, parking, options.Value, _metrics, lifetime, time, loggers.CreateLogger<CommitLane>());
        }
    }

    public Task<CommitOutcome> CommitAsync(long laneKey, CommitUnit unit)
    {
        if (!_incarnation.IsTaken)
            return Task.FromException<CommitOutcome>(new CommitUnavailableException("This silo is not ready yet."));
        var lane = _lanes[(int)((ulong)laneKey % (ulong)_lanes.Length)];
        var pending = new PendingUnit(unit, _time.GetTimestamp());
        if (!lane.TryEnqueue(pending))
            return CommitWhenThereIsRoomAsync(lane, pending);
        _deadlines.Watch(pending);
        return pending.Done;
    }

    /// <summary>Commits what was handed in, then ends the lanes.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes)
            await lane.DisposeAsync();
        _deadlines.Dispose();
        _metrics.Dispose();
    }

    private async Task<CommitOutcome> CommitWhenThereIsRoomAsync(CommitLane lane, PendingUnit pending)
    {
        _deadlines.Watch(pending);
        using var deadline = new CancellationTokenSource(_deadline, _time);
        if (!await lane.EnqueueAsync(pending, deadline.Token))
            throw new CommitUnavailableException("The commit lane is full.");
        return await pending.Done;
    }
}
