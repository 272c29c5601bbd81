namespace FieldCrm.Silo.Commit;

/// <summary>Nothing of the unit was stored; it may be tried again after a while.</summary>
public sealed class CommitUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Nothing of the unit was stored, because the grain's state is not the newest: reload and decide again.</summary>
public sealed class CommitConflictException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>It cannot be told within the deadline whether the unit is stored. Acknowledge nothing; keys absorb a repeat.</summary>
public sealed class CommitOutcomeUnknownException(string message, Exception? inner = null) : Exception(message, inner);
