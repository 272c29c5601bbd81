using System.Net.Sockets;
using Npgsql;

namespace FieldCrm.Silo.Commit;

internal enum CommitFailureKind
{
    /// <summary>Not stored, and nothing wrong with the units.</summary>
    Unavailable,
    OutcomeUnknown,
    Fenced,
    /// <summary>A row moved under a grain: a version, a snapshot, a fix that was not expected to be there.</summary>
    Conflict,
    PartitionMissing,
    /// <summary>The database refuses a value or a constraint: for good.</summary>
    Refused,

    /// <summary>Code or a statement of ours is wrong: whose it was is found, and that unit is not stored.</summary>
    Defect,
}

internal static class CommitFailure
{
    /// <summary>Raised by <c>assert_not_fenced</c>.</summary>
    private const string FencedState = "FC001";

    public static CommitFailureKind Classify(Exception exception) => exception switch
    {
        CommitOutcomeUnknownException => CommitFailureKind.OutcomeUnknown,
        CommitConflictException => CommitFailureKind.Conflict,
        PostgresException postgres => Classify(postgres),
        NpgsqlException or SocketException or IOException or TimeoutException or ObjectDisposedException
            or OperationCanceledException or CommitUnavailableException or LaneRowMissingException => CommitFailureKind.Unavailable,
        _ => CommitFailureKind.Defect, // ours: only the database itself may call data bad
    };

    private static CommitFailureKind Classify(PostgresException exception)
    {
        if (exception.SqlState == FencedState)
            return CommitFailureKind.Fenced;
        if (exception.SqlState == PostgresErrorCodes.UniqueViolation
            && exception.TableName is { } table
            && (table.StartsWith("fix", StringComparison.Ordinal) || table is "event" or "event_payload" or "device_snapshot"))
            return CommitFailureKind.Conflict;
        if (exception.SqlState == PostgresErrorCodes.CheckViolation && exception.ConstraintName is null)
            return CommitFailureKind.PartitionMissing; // "no partition of relation found for row" names no constraint
        return exception.SqlState[..2] switch
        {
            "22" or "23" => CommitFailureKind.Refused,
            "42" or "0A" or "P0" => CommitFailureKind.Defect,
            _ => CommitFailureKind.Unavailable, // 08 connection, 40 rollback, 53 resources, 55, 57 shutdown, 58 system
        };
    }
}
