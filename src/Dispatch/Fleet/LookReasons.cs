namespace FieldCrm.Dispatch.Fleet;

/// <summary>
/// Why this reader opened whose details. The server takes the same look again within ten minutes for one, so the reason is asked
/// for once in that time.
/// </summary>
public sealed class LookReasons(TimeProvider time)
{
    public static readonly TimeSpan OneLook = TimeSpan.FromMinutes(10);

    // Nobody looks at more people within ten minutes with a reason for each.
    private const int MaxKept = 100;

    private readonly Dictionary<long, (string Reason, long At)> _given = [];

    /// <summary>Null where there is none, or it was another look.</summary>
    public string? Of(long unit) =>
        _given.TryGetValue(unit, out var given) && time.GetElapsedTime(given.At) < OneLook ? given.Reason : null;

    public void Keep(long unit, string reason)
    {
        if (_given.Count >= MaxKept)
            _given.Clear();
        _given[unit] = (reason, time.GetTimestamp());
    }
}
