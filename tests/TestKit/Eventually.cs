using System.Diagnostics;

namespace FieldCrm.TestKit;

/// <summary>Waits for the thing itself, with a deadline, where there is no event to await.</summary>
public static class Eventually
{
    /// <summary>Fails the test when <paramref name="condition"/> is not true before the deadline.</summary>
    public static Task TrueAsync(Func<bool> condition, TimeSpan deadline, Func<string>? otherwise = null) =>
        TrueAsync(() => Task.FromResult(condition()), deadline, otherwise);

    /// <inheritdoc cref="TrueAsync(Func{bool}, TimeSpan, Func{string}?)"/>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan deadline, Func<string>? otherwise = null)
    {
        var waited = Stopwatch.StartNew();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            if (waited.Elapsed > deadline)
                throw new TimeoutException($"not true within {deadline.TotalSeconds:0.#} s{(otherwise is null ? "" : $": {otherwise()}")}");
            await tick.WaitForNextTickAsync();
        }
    }
}
