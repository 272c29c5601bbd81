using System.Collections.Concurrent;

namespace FieldCrm.Silo.Commit;

/// <summary>
/// Tells callers whose deadline has passed. All deadlines are equally long, so the units stand in the order of
/// theirs: one sweep a quarter of a second looks at the front, where a timer for every commit would cost more than
/// the commit's share of a batch.
/// </summary>
internal sealed class Deadlines : IDisposable
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentQueue<PendingUnit> _waiting = new();
    private readonly TimeSpan _deadline;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _sweeping = new();

    public Deadlines(TimeSpan deadline, TimeProvider time)
    {
        _deadline = deadline;
        _time = time;
        _timer = time.CreateTimer(_ => Sweep(), null, SweepEvery, SweepEvery);
    }

    public void Watch(PendingUnit pending) => _waiting.Enqueue(pending);

    public void Dispose() => _timer.Dispose();

    private void Sweep()
    {
        if (!_sweeping.TryEnter())
            return; // the sweep before is still at it
        try
        {
            while (_waiting.TryPeek(out var first))
            {
                if (!first.Done.IsCompleted)
                {
                    if (_time.GetElapsedTime(first.EnqueuedAt) < _deadline)
                        return;
                    first.Expire();
                }
                _waiting.TryDequeue(out _);
            }
        }
        finally
        {
            _sweeping.Exit();
        }
    }
}
