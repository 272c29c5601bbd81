using System.Collections.Immutable;
using System.Security.Cryptography;
using FieldCrm.Core;
using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Commit;
using NpgsqlTypes;

namespace FieldCrm.Silo.Ledger;

/// <summary>
/// Erases what events said about somebody: payloads and salts are deleted in the commit that appends
/// <c>PayloadErased</c> to the same stream. The unit is handed to a lane by the grain that owns the stream, as only
/// it knows the head; read models that repeat the payloads are that grain's to clear in the same unit.
/// </summary>
public static class PayloadEraser
{
    /// <param name="head">The stream's newest event; everything up to it can be erased.</param>
    /// <param name="reason">A stable code, never a person's words: <c>consent-withdrawn</c>.</param>
    /// <param name="ranges">At least one; an event is appended for each.</param>
    public static CommitUnit Unit(
        StreamHead head, TenantId tenant, string stream, ImmutableArray<VersionRange> ranges, string reason, UtcMicros now)
    {
        var events = ImmutableArray.CreateBuilder<EventEntry>(ranges.Length);
        var newest = head;
        foreach (var range in ranges)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(range.Through, head.Version, nameof(ranges));
            var entry = EventChain.Append(
                newest, tenant, stream, PayloadErasure.EventType, PayloadErasure.Write(range, reason), now,
                RandomNumberGenerator.GetBytes(EventChain.SaltBytes));
            events.Add(entry);
            newest = entry.Head;
        }
        return new CommitUnit
        {
            Tenant = tenant,
            Events = events.DrainToImmutable(),
            Statements = [.. ranges.Select(range => Delete(stream, range))],
        };
    }

    // What explains an earlier erasure stays readable.
    private static SqlStatement Delete(string stream, VersionRange versions) => new(
        """
        DELETE FROM event_payload p USING event e
        WHERE p.stream = $1 AND p.version BETWEEN $2 AND $3
            AND e.stream = p.stream AND e.version = p.version AND e.type <> $4
        """,
        [
            new SqlValue(stream, NpgsqlDbType.Text),
            new SqlValue(versions.From, NpgsqlDbType.Bigint),
            new SqlValue(versions.Through, NpgsqlDbType.Bigint),
            new SqlValue(PayloadErasure.EventType, NpgsqlDbType.Text),
        ]);
}
