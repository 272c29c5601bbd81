using System.Diagnostics;

namespace FieldCrm.LoadTests.Processes;

/// <summary>Waits for a thing itself, with a deadline, where there is no event to await.</summary>
internal static class Wait
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    /// <exception cref="TimeoutException">It did not come true before the deadline.</exception>
    public static Task UntilAsync(Func<bool> condition, TimeSpan deadline, string what, CancellationToken cancellationToken) =>
        UntilAsync(() => ValueTask.FromResult(condition()), Poll, deadline, what, cancellationToken);

    /// <inheritdoc cref="UntilAsync(Func{bool}, TimeSpan, string, CancellationToken)"/>
    public static async Task UntilAsync(
        Func<ValueTask<bool>> condition, TimeSpan poll, TimeSpan deadline, string what, CancellationToken cancellationToken)
    {
        var waited = Stopwatch.StartNew();
        using var tick = new PeriodicTimer(poll);
        while (!await condition())
        {
            if (waited.Elapsed > deadline)
                throw new TimeoutException($"{what}: not within {deadline.TotalSeconds:0.#} s");
            await tick.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>A bounded pause between two tries of something that answers nothing yet.</summary>
    public static async ValueTask PauseAsync(TimeSpan span, CancellationToken cancellationToken)
    {
        using var once = new PeriodicTimer(span);
        await once.WaitForNextTickAsync(cancellationToken);
    }
}
