namespace FieldCrm.Silo.Commit;

/// <summary>A unit on its way through a lane, and who waits for it.</summary>
internal sealed class PendingUnit(CommitUnit unit, long enqueuedAt)
{
    private const int Queued = 0;
    private const int Taken = 1;
    private const int Abandoned = 2;

    private readonly TaskCompletionSource<CommitOutcome> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state;

    public CommitUnit Unit { get; } = unit;

    /// <summary>A <see cref="TimeProvider"/> timestamp.</summary>
    public long EnqueuedAt { get; } = enqueuedAt;

    public Task<CommitOutcome> Done => _done.Task;

    /// <summary>The lane begins with it; false when the caller has given up before.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Queued) == Queued;

    /// <summary>The caller gives up; false when the lane has it already, so that its outcome is open.</summary>
    public bool TryAbandon() => Interlocked.CompareExchange(ref _state, Abandoned, Queued) == Queued;

    public void Complete(CommitOutcome outcome) => _done.TrySetResult(outcome);

    public void Fail(Exception exception) => _done.TrySetException(exception);
}
