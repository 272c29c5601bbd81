namespace FieldCrm.Silo.Commit;

/// <summary>A unit on its way through a lane, and who waits for it.</summary>
internal sealed class PendingUnit(CommitUnit unit, long enqueuedAt)
{
    private const int Queued = 0;
    private const int Taken = 1;
    private const int Abandoned = 2;

    private readonly TaskCompletionSource<CommitOutcome> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state;
    private int _timesPutBack;

    public CommitUnit Unit { get; } = unit;

    /// <summary>A <see cref="TimeProvider"/> timestamp.</summary>
    public long EnqueuedAt { get; } = enqueuedAt;

    public Task<CommitOutcome> Done => _done.Task;

    /// <summary>The lane begins with it; false when its caller was told before that it was not stored.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Queued) == Queued;

    /// <summary>
    /// Nothing of it was stored, and the lane gives it up to be handed in again, once. False when it was before, or
    /// when its caller does not wait any more.
    /// </summary>
    public bool TryPutBack() =>
        Interlocked.Increment(ref _timesPutBack) == 1 && !Done.IsCompleted
        && Interlocked.CompareExchange(ref _state, Queued, Taken) == Taken;

    public void Complete(CommitOutcome outcome) => _done.TrySetResult(outcome);

    public void Fail(Exception exception) => _done.TrySetException(exception);

    /// <summary>Its deadline has passed: what is still queued is not stored, what the lane has begun is open.</summary>
    public void Expire() =>
        Fail(Interlocked.CompareExchange(ref _state, Abandoned, Queued) == Queued
            ? new CommitUnavailableException("The commit did not begin within the deadline.")
            : new CommitOutcomeUnknownException("The commit did not end within the deadline."));
}
