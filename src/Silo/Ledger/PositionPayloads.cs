using System.Collections.Immutable;
using FieldCrm.Core;
using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Storage;
using NpgsqlTypes;

namespace FieldCrm.Silo.Ledger;

/// <summary>Which payloads of a stream tell of positions that are not kept any more.</summary>
internal sealed class PositionPayloads(FieldCrmDatabase database)
{
    /// <summary>Why they are erased, as <c>PayloadErased</c> says it.</summary>
    public const string Reason = "retention";

    /// <summary>Payloads that one commit erases.</summary>
    private const int MaxPayloads = 2_000;

    /// <summary>Events that one commit says so with.</summary>
    private const int MaxRanges = 64;

    // What lies between two of them and was recorded before as well (a signal lost, a withdrawal) goes along: one range,
    // one event. A payload of a newer position, or of none and newer, parts them.
    private const string Sql = """
        WITH old AS (
            SELECT version FROM event_payload
            WHERE tenant_id = $4 AND stream = $1 AND position_at < $2 ORDER BY version LIMIT $5)
        SELECT p.version, coalesce(p.position_at < $2, false)
        FROM event_payload p JOIN event e ON e.stream = p.stream AND e.version = p.version
        WHERE p.stream = $1 AND p.version BETWEEN (SELECT min(version) FROM old) AND (SELECT max(version) FROM old)
          AND (p.position_at IS NOT NULL OR (e.recorded_at >= $2 AND e.type <> $3))
        ORDER BY p.version
        """;

    public async Task<(ImmutableArray<VersionRange> Ranges, bool IsMore)> BeforeAsync(
        string stream, TenantId tenant, UtcMicros before, CancellationToken cancellationToken = default)
    {
        await using var command = database.Silo.CreateCommand(Sql);
        command.Parameters.AddWithValue(NpgsqlDbType.Text, stream);
        command.Parameters.AddWithValue(NpgsqlDbType.TimestampTz, before.ToDateTimeOffset().UtcDateTime);
        command.Parameters.AddWithValue(NpgsqlDbType.Text, PayloadErasure.EventType);
        command.Parameters.AddWithValue(NpgsqlDbType.Integer, tenant.Value);
        command.Parameters.AddWithValue(NpgsqlDbType.Integer, MaxPayloads);
        var versions = new List<(long, bool)>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            versions.Add((row.GetInt64(0), row.GetBoolean(1)));
        var ranges = PayloadErasure.Ranges(versions);
        var isMore = ranges.Count > MaxRanges || versions.Count(static v => v.Item2) >= MaxPayloads;
        return ([.. ranges.Take(MaxRanges)], isMore);
    }
}
