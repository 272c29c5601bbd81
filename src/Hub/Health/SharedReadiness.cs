using FieldCrm.Core;
using FieldCrm.Silo;

namespace FieldCrm.Hub.Health;

/// <summary>
/// Asks every <see cref="IReadiness"/>, once however many want to know at a time: the question needs no credential, and each asking takes
/// connections from those who store.
/// </summary>
internal sealed class SharedReadiness(
    IEnumerable<IReadiness> conditions, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    // Whoever waits for a start asks more often than that and must not miss it by much.
    private static readonly TimeSpan MaxAge = TimeSpan.FromMilliseconds(100);

    private readonly IReadiness[] _conditions = [.. conditions];
    private readonly Lock _gate = new();
    private Task<IReadOnlyList<Failure>>? _asking;
    private long _askedAt;

    /// <summary>What is not ready; empty when all is.</summary>
    public Task<IReadOnlyList<Failure>> CheckAsync(CancellationToken cancellationToken)
    {
        Task<IReadOnlyList<Failure>> asking;
        lock (_gate)
        {
            if (_asking is null || (_asking.IsCompleted && time.GetElapsedTime(_askedAt) >= MaxAge))
            {
                _askedAt = time.GetTimestamp();
                _asking = AskAsync();
            }
            asking = _asking;
        }
        return asking.WaitAsync(cancellationToken);
    }

    private async Task<IReadOnlyList<Failure>> AskAsync()
    {
        await Task.Yield(); // not under the gate
        using var bounded = new CancellationTokenSource(Deadline, time);
        var failures = new List<Failure>();
        foreach (var condition in _conditions)
        {
            if (await condition.CheckAsync(bounded.Token) is { } failure)
                failures.Add(failure);
        }
        return failures;
    }
}
