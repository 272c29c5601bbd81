namespace FieldCrm.Hub.Identity;

/// <summary>
/// How long what was read may be believed: as long as every notice of a change would have been heard, and for
/// <see cref="MaxAge"/> without that.
/// </summary>
internal sealed class NoticeFreshness(TimeProvider time)
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    // What is of an older life is stale: notices may have been lost in between.
    private long _life;

    private long _confirmedAt = long.MinValue;

    /// <summary>When something is about to be read.</summary>
    public readonly record struct Moment(long Life, long At);

    /// <summary>Notices arrive from now on; whatever is remembered may be stale.</summary>
    public void BeginLife() => Interlocked.Increment(ref _life);

    /// <summary>Every notice sent before <paramref name="timestamp"/> has been taken in.</summary>
    public void Confirm(long timestamp) => Volatile.Write(ref _confirmedAt, timestamp);

    public Moment Now() => new(Volatile.Read(ref _life), time.GetTimestamp());

    public bool IsFresh(Moment read)
    {
        if (read.Life != Volatile.Read(ref _life))
            return false;
        var confirmed = Volatile.Read(ref _confirmedAt);
        var now = time.GetTimestamp();
        return (confirmed != long.MinValue && time.GetElapsedTime(confirmed, now) < MaxAge)
            || time.GetElapsedTime(read.At, now) < MaxAge;
    }
}
