namespace FieldCrm.Hub.Supervision;

/// <summary>
/// Watches the space under a running instance. A full disk loses nothing that was acknowledged, but PostgreSQL refuses or
/// ends until there is room; the operator reads so before and when it happens, and nothing is started again in vain.
/// </summary>
internal sealed class DiskWatch(string directory, Func<long> freeBytes, TimeProvider time, Action<string> say)
{
    /// <summary>Below this PostgreSQL cannot recover: it writes whole log segments of 16 MB.</summary>
    public const long OutBytes = 48L * 1024 * 1024;

    /// <summary>Said again only once there was this much more: the border is not crossed every second.</summary>
    private const long Margin = 32L * 1024 * 1024;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private Level _said;

    private enum Level
    {
        Enough,
        Low,
        Out,
    }

    /// <summary>Looks every two seconds until cancelled, and says a line when the state changes.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var tick = new PeriodicTimer(Interval, time);
        do
        {
            IsFull();
        }
        while (await tick.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>Returns at once where there is room to start something; otherwise when there is.</summary>
    public async Task RoomAsync(CancellationToken cancellationToken)
    {
        using var tick = new PeriodicTimer(Interval, time);
        while (IsFull())
            await tick.WaitForNextTickAsync(cancellationToken);
    }

    /// <summary>Looks once, and says a line when the state has changed.</summary>
    public bool IsFull()
    {
        var free = freeBytes();
        lock (_gate)
        {
            var now = At(free);
            if (now < _said)
                now = At(free - Margin);
            if (now == _said)
                return now == Level.Out;
            var line = (now, _said) switch
            {
                (Level.Out, _) => $"the disk under {directory} is full ({Megabytes(free)} MB free): free some. Until then positions are refused " +
                    "and devices keep them; what was acknowledged is safe",
                (Level.Low, Level.Enough) => $"the disk under {directory} is nearly full ({Megabytes(free)} MB free): free some before it is",
                _ => $"the disk under {directory} has room again ({Megabytes(free)} MB free)",
            };
            _said = now;
            say(line);
            return now == Level.Out;
        }
    }

    private static Level At(long free) => free < OutBytes ? Level.Out : free < DiskSpace.NeededBytes ? Level.Low : Level.Enough;

    private static long Megabytes(long bytes) => bytes / (1024 * 1024);
}
