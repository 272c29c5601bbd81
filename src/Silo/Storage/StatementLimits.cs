namespace FieldCrm.Silo.Storage;

/// <summary>
/// How long one statement may run, by what depends on it. The server ends it (statement_timeout), so that a process
/// that is paused or gone leaves nothing running; the client gives up <see cref="Grace"/> later, for a server that
/// does not answer at all. Lanes have their own (CommitOptions.StatementTimeout), requests the role's 15 s (RoleSql).
/// </summary>
internal static class StatementLimits
{
    /// <summary>
    /// Small writes beside the lanes: outbox, due times, seals, quarantine, a day's partition. As long as a lane's: the
    /// feed waits for the oldest writer, whoever it is.
    /// </summary>
    public static readonly TimeSpan Write = TimeSpan.FromSeconds(5);

    /// <summary>Reads of grains and workers: a page each, of 10,240 fixes or 1,000 devices at most. As the requests' own.</summary>
    public static readonly TimeSpan Read = TimeSpan.FromSeconds(15);

    /// <summary>A chunk of pruning: it may have to look through a table before it finds its rows, and holds back the feed.</summary>
    public static readonly TimeSpan Prune = TimeSpan.FromSeconds(10);

    /// <summary>
    /// One step of retention as owner: dropping, summarising or emptying a day of a hundred million rows. Its waits for
    /// locks end sooner (RetentionOptions.LockTimeout); what is cut off here goes on in the next round.
    /// </summary>
    public static readonly TimeSpan Upkeep = TimeSpan.FromMinutes(10);

    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
}
