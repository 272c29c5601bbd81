namespace FieldCrm.Core.Devices;

/// <summary>
/// What a single fix and its receive time alone say: a fix that parses but cannot be true by itself is kept in
/// quarantine with one of these reasons, and answered as received. Whatever depends on neighbouring fixes is decided
/// by the fold and never here.
/// </summary>
public static class FixAdmission
{
    /// <summary>The fix claims a time more than <see cref="MaxAhead"/> after it was received.</summary>
    public const string Future = "fix.future";

    /// <summary>The fix is older than what the store keeps.</summary>
    public const string OlderThanRetention = "fix.older-than-retention";

    /// <summary>How far a device's clock may run ahead of ours.</summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The reason to quarantine, or null to admit. Exactly <see cref="MaxAhead"/> ahead and exactly
    /// <paramref name="retention"/> old are still admitted.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="retention"/> is not positive.</exception>
    public static string? Check(in Fix fix, UtcMicros receivedAt, TimeSpan retention)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(retention, TimeSpan.Zero);
        if (fix.FixedAt > receivedAt.Plus(MaxAhead))
            return Future;
        return fix.FixedAt < receivedAt.Minus(retention) ? OlderThanRetention : null;
    }
}
