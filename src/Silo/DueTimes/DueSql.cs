using FieldCrm.Core;
using FieldCrm.Silo.Commit;
using NpgsqlTypes;

namespace FieldCrm.Silo.DueTimes;

/// <summary>
/// Statements that a grain puts into its commit. A row is a lower bound of when its owner wants to be asked: an
/// owner whose time moves later writes nothing and answers an early firing with <see cref="MoveTo"/>.
/// </summary>
public static class DueSql
{
    /// <summary>Makes sure the owner is asked no later than <paramref name="dueAt"/>; an earlier row stays.</summary>
    public static SqlStatement Set(string kind, long subject, TenantId tenant, UtcMicros dueAt) => Write(
        """
        INSERT INTO due (kind, subject, tenant_id, due_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at WHERE due.due_at > excluded.due_at
        """, kind, subject, tenant, dueAt);

    /// <summary>The answer to a firing that still has something to wait for: the row as it should be, earlier or later.</summary>
    public static SqlStatement MoveTo(string kind, long subject, TenantId tenant, UtcMicros dueAt) => Write(
        """
        INSERT INTO due (kind, subject, tenant_id, due_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at
        """, kind, subject, tenant, dueAt);

    /// <summary>Nothing to wait for any more. Clearing what is not there is fine.</summary>
    public static SqlStatement Clear(string kind, long subject) => new(
        "DELETE FROM due WHERE kind = $1 AND subject = $2",
        [new SqlValue(kind, NpgsqlDbType.Text), new SqlValue(subject, NpgsqlDbType.Bigint)]);

    private static SqlStatement Write(string sql, string kind, long subject, TenantId tenant, UtcMicros dueAt) => new(sql,
    [
        new SqlValue(kind, NpgsqlDbType.Text),
        new SqlValue(subject, NpgsqlDbType.Bigint),
        new SqlValue(tenant.Value, NpgsqlDbType.Integer),
        new SqlValue(dueAt.ToDateTimeOffset(), NpgsqlDbType.TimestampTz),
    ]);
}
