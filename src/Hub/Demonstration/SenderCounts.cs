using FieldCrm.Core;
using FieldCrm.Demo;
using FieldCrm.Hub.Supervision;
using FieldCrm.Silo.Storage;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Hub.Demonstration;

/// <summary>A fix that was acknowledged and is not stored: there must be none.</summary>
internal sealed record LostFix(string Device, DateTimeOffset FixedAt, int LatitudeE7, int LongitudeE7);

/// <summary>What the sender counted over a span, compared fix by fix with the database.</summary>
/// <param name="Acknowledged">Requests answered 200, by the sender's own journal.</param>
/// <param name="Stored">Of them, found in the database: this device, this moment, this place.</param>
/// <param name="AcknowledgedSince">Of them, answered after the moment that was asked about: the stream goes on.</param>
/// <param name="Unanswered">Requests without an answer, or told to come later: the sender kept the position and sent it again.</param>
/// <param name="OutageMs">The longest time without an answer that ended after that moment; absent while there was none since.</param>
/// <param name="Missing">The first of what was lost.</param>
internal sealed record SenderCount(
    long FromUnixMs, int Acknowledged, int Stored, int Lost, int AcknowledgedSince, int Unanswered, long? OutageMs, IReadOnlyList<LostFix> Missing);

/// <summary>
/// Compares the demonstration fleet's journal with what is stored. The journal is written by the fleet's own process, which
/// survives the server; the rows are read as the tenant's requests read them.
/// </summary>
internal sealed class SenderCounts(InstancePaths paths, FieldCrmDatabase database)
{
    private const int MaxMissing = 20;

    // Fixes of one statement, each one look into the unique index: some tens of milliseconds.
    private const int ChunkFixes = 5_000;

    // A fix that lies in quarantine is kept, not lost. Degrees are compared as the integers that were sent.
    private const string MissingSql =
        """
        SELECT sent.nr
        FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS sent (device_id, fixed_at, latitude_e7, longitude_e7, nr)
        WHERE NOT EXISTS (
            SELECT 1 FROM fix f WHERE f.device_id = sent.device_id AND f.fixed_at = sent.fixed_at
              AND round(ST_Y(f.position) * 1e7) = sent.latitude_e7 AND round(ST_X(f.position) * 1e7) = sent.longitude_e7)
          AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.device_id = sent.device_id AND q.fixed_at = sent.fixed_at)
        ORDER BY sent.nr
        """;

    /// <summary>What was sent from a moment on, and how long nobody answered around a later one.</summary>
    public async Task<SenderCount> CompareAsync(TenantId tenant, long fromUnixMs, long sinceUnixMs, CancellationToken cancellationToken)
    {
        var sent = Journal.Read(paths.DemoJournal, fromUnixMs).ToList();
        JournalEntry[] acknowledged = [.. sent.Where(e => e.WasAcknowledged).OrderBy(e => e.AnsweredAtUnixMs)];
        await using var scope = await TenantScope.OpenAsync(database, tenant, cancellationToken);
        var devices = await NumbersAsync(scope, acknowledged, cancellationToken);
        var (lost, missing) = (0, new List<LostFix>());
        foreach (var chunk in acknowledged.Chunk(ChunkFixes))
        {
            foreach (var at in await MissingAsync(scope, chunk, devices, cancellationToken))
            {
                if (++lost <= MaxMissing)
                    missing.Add(LostOf(chunk[at]));
            }
        }
        return new SenderCount(
            fromUnixMs, acknowledged.Length, acknowledged.Length - lost, lost, acknowledged.Count(e => e.AnsweredAtUnixMs > sinceUnixMs),
            sent.Count - acknowledged.Length, OutageMs(acknowledged, sinceUnixMs), missing);
    }

    /// <summary>When the fleet was last answered; null when it never was, or has no journal.</summary>
    public long? LastAnsweredUnixMs(long fromUnixMs)
    {
        long? last = null;
        foreach (var entry in Journal.Read(paths.DemoJournal, fromUnixMs))
            last = entry.WasAcknowledged ? Math.Max(last ?? 0, entry.AnsweredAtUnixMs) : last;
        return last;
    }

    private static long? OutageMs(JournalEntry[] acknowledged, long sinceUnixMs)
    {
        long? longest = null;
        for (var i = 1; i < acknowledged.Length; i++)
        {
            if (acknowledged[i].AnsweredAtUnixMs > sinceUnixMs)
                longest = Math.Max(longest ?? 0, acknowledged[i].AnsweredAtUnixMs - acknowledged[i - 1].AnsweredAtUnixMs);
        }
        return longest;
    }

    private static async Task<Dictionary<string, int>> NumbersAsync(
        TenantScope scope, JournalEntry[] entries, CancellationToken cancellationToken)
    {
        var ids = entries.Select(e => e.Vehicle).Distinct().ToArray();
        return await scope.Context.Devices.Where(d => ids.Contains(d.UniqueId))
            .ToDictionaryAsync(d => d.UniqueId, d => d.DeviceId, StringComparer.Ordinal, cancellationToken);
    }

    /// <summary>Places in the chunk of what is nowhere.</summary>
    private static async Task<List<int>> MissingAsync(
        TenantScope scope, JournalEntry[] chunk, Dictionary<string, int> devices, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(MissingSql, scope.Connection, scope.Transaction);
        // No device has the number 0: what a device sent that is not there any more is not stored.
        Add(NpgsqlDbType.Integer, chunk.Select(e => devices.GetValueOrDefault(e.Vehicle)).ToArray());
        Add(NpgsqlDbType.TimestampTz, chunk.Select(e => DateTimeOffset.FromUnixTimeSeconds(e.FixedAtUnixSeconds).UtcDateTime).ToArray());
        Add(NpgsqlDbType.Integer, chunk.Select(e => e.LatitudeE7).ToArray());
        Add(NpgsqlDbType.Integer, chunk.Select(e => e.LongitudeE7).ToArray());
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var missing = new List<int>();
        while (await row.ReadAsync(cancellationToken))
            missing.Add((int)row.GetInt64(0) - 1);
        return missing;

        void Add(NpgsqlDbType type, object values) =>
            command.Parameters.Add(new NpgsqlParameter { Value = values, NpgsqlDbType = NpgsqlDbType.Array | type });
    }

    private static LostFix LostOf(JournalEntry entry) =>
        new(entry.Vehicle, DateTimeOffset.FromUnixTimeSeconds(entry.FixedAtUnixSeconds), entry.LatitudeE7, entry.LongitudeE7);
}
