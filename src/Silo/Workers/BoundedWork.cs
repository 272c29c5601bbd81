using Npgsql;

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

    /// <summary>
    /// Keeps the places full until it is stopped, then waits for what runs: each work is bounded by its own timeout. Fewer
    /// claims than there was room mean that nothing is left for now; a database that is away means the same.
    /// </summary>
    /// <param name="claimAsync">Starts up to so many and says how many.</param>
    /// <param name="pauseAsync">Until there may be more.</param>
    public async Task KeepFullAsync(
        Func<int, CancellationToken, Task<int>> claimAsync, Func<CancellationToken, Task> pauseAsync,
        Action<NpgsqlException> logUnavailable, CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await WaitForFreeAsync(stoppingToken);
                var room = Free;
                if (await TryClaimAsync(room) < room)
                    await pauseAsync(stoppingToken);
            }
        }
        finally
        {
            await WhenIdleAsync();
        }

        async Task<int> TryClaimAsync(int room)
        {
            try
            {
                return await claimAsync(room, stoppingToken);
            }
            catch (NpgsqlException e)
            {
                logUnavailable(e);
                return 0;
            }
        }
    }

    /// <summary>Claims once and waits for what was started.</summary>
    public async Task<int> RunOnceAsync(Func<int, CancellationToken, Task<int>> claimAsync, CancellationToken cancellationToken)
    {
        var started = await claimAsync(Free, cancellationToken);
        await WhenIdleAsync();
        return started;
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
