using System.Threading.Channels;

namespace FieldCrm.Silo.Outbox;

/// <summary>
/// Raised after a commit that stored outbox rows, so that the dispatcher of this process looks at once. Only a
/// shortcut: a lost signal delays a message by one polling interval.
/// </summary>
public sealed class OutboxSignal
{
    // One token is enough: it says "look", not how often.
    private readonly Channel<bool> _raised = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private Task<bool>? _waiting;

    public void Raise() => _raised.Writer.TryWrite(true);

    /// <summary>Returns when raised since the last call, or after <paramref name="timeout"/>. One waiter only.</summary>
    internal async Task WaitAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        _waiting ??= _raised.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var finished = await Task.WhenAny(_waiting, Task.Delay(timeout, time, stop.Token));
        await stop.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        if (finished == _waiting)
        {
            _raised.Reader.TryRead(out _);
            _waiting = null;
        }
    }
}
