namespace FieldCrm.Silo.Commit;

/// <summary>The only way into the database for what grains decide.</summary>
public interface ICommitLanes
{
    /// <summary>
    /// Completes when the unit is durably stored. Units of one <paramref name="laneKey"/> (a device's or a tenant's
    /// id) are committed in the order in which they were handed in.
    /// </summary>
    /// <returns>Whether the unit was committed, or parked with its reason because the database refuses it for good.</returns>
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
}
