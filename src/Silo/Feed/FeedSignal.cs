using System.Collections.Concurrent;
using FieldCrm.Core;

namespace FieldCrm.Silo.Feed;

/// <summary>Tells this process's followers of a tenant that events were committed. Best effort: they look every second as well.</summary>
public sealed class FeedSignal
{
    private readonly ConcurrentDictionary<int, SemaphoreSlim> _followed = new();

    public void Raise(TenantId tenant)
    {
        if (!_followed.TryGetValue(tenant.Value, out var signal) || signal.CurrentCount > 0)
            return;
        try
        {
            signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // It has just been raised.
        }
    }

    /// <summary>One follower a tenant.</summary>
    internal SemaphoreSlim Of(TenantId tenant) => _followed.GetOrAdd(tenant.Value, static _ => new SemaphoreSlim(0, 1));
}
