namespace FieldCrm.Silo.Workers;

/// <summary>
/// Tasks that run side by side up to a limit. One loop starts them; a slow one takes a place and holds up nobody
/// else.
/// </summary>
internal sealed class BoundedWork(int limit) : IDisposable
{
    private readonly SemaphoreSlim _free = new(limit, limit);

    public int Free => _free.CurrentCount;

    public async Task WaitForFreeAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        _free.Release();
    }

    /// <param name="work">Handles its own exceptions. Start no more than <see cref="Free"/> said.</param>
    public void Start(Func<Task> work)
    {
        if (!_free.Wait(0, CancellationToken.None))
            throw new InvalidOperationException("More work was started than there are places.");
        _ = RunAsync(work);
    }

    /// <summary>Returns when nothing runs any more. Nothing may be started meanwhile.</summary>
    public async Task WhenIdleAsync()
    {
        for (var i = 0; i < limit; i++)
            await _free.WaitAsync(CancellationToken.None);
        _free.Release(limit);
    }

    public void Dispose() => _free.Dispose();

    private async Task RunAsync(Func<Task> work)
    {
        try
        {
            await Task.Run(work);
        }
        finally
        {
            _free.Release();
        }
    }
}
