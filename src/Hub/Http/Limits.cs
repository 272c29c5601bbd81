using System.Threading.RateLimiting;

namespace FieldCrm.Hub.Http;

/// <summary>How limits are counted and told, wherever they are.</summary>
internal static class Limits
{
    /// <summary>Of every window here: when it is over, what was refused may be tried again.</summary>
    public const string RetryAfterSeconds = "60";

    public static FixedWindowRateLimiterOptions PerMinute(int permits) => new() { PermitLimit = permits, Window = TimeSpan.FromMinutes(1) };

    /// <summary>Asking for none tells whether there is one left.</summary>
    public static bool Take<T>(PartitionedRateLimiter<T> limiter, T key, int permits)
    {
        using var lease = limiter.AttemptAcquire(key, permits);
        return lease.IsAcquired;
    }
}
