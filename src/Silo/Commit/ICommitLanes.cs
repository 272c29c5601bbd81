namespace FieldCrm.Silo.Commit;

/// <summary>The only way into the database for what grains decide.</summary>
public interface ICommitLanes
{
    /// <summary>
    /// Completes when the unit is durably stored. Units of one <paramref name="laneKey"/> (a device's or a tenant's
    /// id) are committed in the order in which they were handed in.
    /// </summary>
    /// <returns>Whether the unit was committed; or, as the database refuses it for good, parked or handed back.</returns>
    /// <exception cref="CommitUnavailableException">Not stored.</exception>
    /// <exception cref="CommitConflictException">Not stored; the caller must reload.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows; acknowledge nothing.</exception>
    Task<CommitOutcome> CommitAsync(long laneKey, CommitUnit unit);
}

public enum CommitOutcome
{
    Committed,

    /// <summary>
    /// The database refused this very unit for good; it lies in the quarantine with its reason and an alarm was
    /// raised. The state in memory must be dropped.
    /// </summary>
    Parked,

    /// <summary>
    /// The database refused this very unit for good, and it has several fixes: nothing of it is stored. Decide again on
    /// parts of it, down to the fix that is to blame. The state in memory must be dropped.
    /// </summary>
    Refused,
}
