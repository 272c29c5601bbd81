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
    private readonly TimeSpan _deadline;
    private readonly TimeProvider _time;

    public CommitLanes(
        FieldCrmDatabase database, Incarnation incarnation, IOptions<CommitOptions> options,
        IHostApplicationLifetime lifetime, ILoggerFactory loggers, [FromKeyedServices("product")] TimeProvider time)
    {
        _deadline = options.Value.Deadline;
        _time = time;
        var days = new PartitionDays(database.Silo);
        var parking = new ParkingLot(database.Silo, incarnation, time);
        _lanes = new CommitLane[options.Value.Lanes];
        for (var i = 0; i < _lanes.Length; i++)
        {
            var writer = new BatchWriter(database.Silo, incarnation, options.Value.StatementTimeout, time);
            _lanes[i] = new CommitLane(
                i, writer, days, parking, options.Value, lifetime, time, loggers.CreateLogger<CommitLane>());
        }
    }

    public async Task<CommitOutcome> CommitAsync(long laneKey, CommitUnit unit)
    {
        var lane = _lanes[(int)((ulong)laneKey % (ulong)_lanes.Length)];
        var pending = new PendingUnit(unit, _time.GetTimestamp());
        using var deadline = new CancellationTokenSource(_deadline, _time);
        if (!lane.TryEnqueue(pending) && !await lane.EnqueueAsync(pending, deadline.Token))
            throw new CommitUnavailableException("The commit lane is full.");
        if (pending.Done.IsCompleted)
            return await pending.Done;
        try
        {
            return await pending.Done.WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!pending.Done.IsCompleted)
        {
            throw pending.TryAbandon()
                ? new CommitUnavailableException("The commit did not begin within the deadline.")
                : new CommitOutcomeUnknownException("The commit did not end within the deadline.");
        }
    }

    /// <summary>Commits what was handed in, then ends the lanes.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes)
            await lane.DisposeAsync();
    }
}
