namespace FieldCrm.Hub.Supervision;

/// <summary>
/// When something that ended is started again: at once the first time, then after ever longer pauses; a minute of health
/// forgets. What fails five times in a row <em>without ever having served</em> will fail a sixth time: the supervisor
/// gives up with one line. What did serve before it ended is always started again, with short pauses: giving up would
/// turn a bad minute into a night without positions.
/// </summary>
internal sealed class RestartPolicy
{
    public const int FailuresBeforeGivingUp = 5;

    private static readonly TimeSpan HealthyAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPauseBeforeServing = TimeSpan.FromSeconds(8);

    // A kill must be answered by service within five seconds, however many came before it.
    private static readonly TimeSpan LongestPauseAfterServing = TimeSpan.FromSeconds(1);

    private int _ended;

    /// <summary>Starts in a row that ended without having served.</summary>
    public int FailedStarts { get; private set; }

    /// <summary>The pause before the next start, or null: give up.</summary>
    /// <param name="served">How long it had been serving; null when it never came to that.</param>
    public TimeSpan? AfterEnd(TimeSpan? served)
    {
        FailedStarts = served is null ? FailedStarts + 1 : 0;
        _ended = served >= HealthyAfter ? 1 : _ended + 1;
        if (FailedStarts >= FailuresBeforeGivingUp)
            return null;
        if (_ended == 1)
            return TimeSpan.Zero;
        var pause = FirstPause * Math.Pow(2, Math.Min(_ended - 2, 16));
        var longest = served is null ? LongestPauseBeforeServing : LongestPauseAfterServing;
        return pause < longest ? pause : longest;
    }
}
