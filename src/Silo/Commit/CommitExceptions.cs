namespace FieldCrm.Silo.Commit;

/// <summary>Nothing of the unit was stored; it may be tried again after a while.</summary>
[GenerateSerializer]
public sealed class CommitUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Nothing of the unit was stored, because the grain's state is not the newest: reload and decide again.</summary>
[GenerateSerializer]
public sealed class CommitConflictException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>It cannot be told within the deadline whether the unit is stored. Acknowledge nothing; keys absorb a repeat.</summary>
[GenerateSerializer]
public sealed class CommitOutcomeUnknownException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Nothing was stored: the database refuses this very unit for good (a constraint, a value).</summary>
[GenerateSerializer]
public sealed class CommitRefusedException(string sqlState, string? constraint, Exception inner)
    : Exception($"The database refused the unit ({sqlState} {constraint}).", inner)
{
    [Id(0)]
    public string SqlState { get; } = sqlState;

    /// <summary>For example <c>IX_device_tenant_id_unique_id</c>; null when no constraint was named.</summary>
    [Id(1)]
    public string? Constraint { get; } = constraint;
}
