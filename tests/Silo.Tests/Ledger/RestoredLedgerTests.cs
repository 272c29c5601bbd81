using FieldCrm.Core;
using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Ledger;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.Tests.Ledger;

/// <summary>
/// A database that has grown for years is restored: its whole ledger has one transaction number. Millions of events
/// against five seconds a statement, both scaled down alike.
/// </summary>
[Collection(AloneOnTheCluster.Name)]
public sealed class RestoredLedgerTests : StoreTest
{
    private const int Streams = 500;
    private const int EventsPerStream = 500;
    private const int MaxStreamsPerPage = 100;

    private static readonly TimeSpan WorkLimit = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task Given_a_restored_ledger_that_no_statement_reads_whole_When_sealed_Then_it_is_sealed_page_by_page()
    {
        await AddTenantAsync(1);
        await AddTenantAsync(2);
        await WriteRestoredAsync([.. Enumerable.Range(0, Streams).SelectMany(Stream)]);
        await new LedgerWriter().AppendAsync(Owner, 2, "tenant/2");
        await using var database = new FieldCrmDatabase(Addresses, WorkLimit);
        await AssertTooMuchForOneStatementAsync(database);

        var sealer = new Sealer(
            database, Options.Create(new SealerOptions { MaxStreamsPerPage = MaxStreamsPerPage }), Time, NullLogger<Sealer>.Instance);
        var incarnation = await TakeIncarnationAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                await sealer.SealAsync(incarnation, CancellationToken.None); // a busy machine may need some rounds
                return await ScalarAsync<long>("SELECT count(*) FROM seal WHERE through_tx >= 0") == 2;
            },
            TimeSpan.FromSeconds(60));

        // Each page begins with the last stream of the one before.
        Assert.Equal<int[]>([100, 100, 100, 100, 100, 5], await ColumnAsync<int>("SELECT leaf_count FROM seal WHERE tenant_id = 1 ORDER BY seal_no"));
        Assert.Equal<long[]>([-1, -1, -1, -1, -1, 0], await ColumnAsync<long>("SELECT through_tx FROM seal WHERE tenant_id = 1 ORDER BY seal_no"));
        var tenants = await LedgerVerifier.VerifyAsync(Database.Silo, [], CancellationToken.None);
        Assert.All(tenants, t => Assert.Empty(t.Findings));
        Assert.Equal([(1, (long)Streams * EventsPerStream, 0L), (2, 1L, 0L)], tenants.Select(t => (t.Tenant.Value, t.Events, t.UnsealedEvents)));
    }

    /// <summary>With fewer rows this test would prove nothing.</summary>
    private static async Task AssertTooMuchForOneStatementAsync(FieldCrmDatabase database)
    {
        await using var command = database.Work.CreateCommand("""
            SELECT count(*) FROM (SELECT DISTINCT ON (stream) stream, version, hash FROM event
            WHERE tenant_id = 1 AND tx > -1 AND tx < 1 ORDER BY stream, version DESC) heads
            """);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteScalarAsync());
        Assert.Equal(PostgresErrorCodes.QueryCanceled, refused.SqlState);
    }

    private async Task WriteRestoredAsync(EventEntry[] entries)
    {
        await using var connection = await Owner.OpenConnectionAsync();
        await using (var rows = await connection.BeginBinaryImportAsync(
            "COPY event (stream, version, tenant_id, type, recorded_at, commitment, prev_hash, hash, tx, seq) FROM STDIN (FORMAT BINARY)"))
        {
            foreach (var entry in entries)
            {
                await rows.StartRowAsync();
                await rows.WriteAsync(entry.Stream, NpgsqlDbType.Text);
                await rows.WriteAsync(entry.Version, NpgsqlDbType.Bigint);
                await rows.WriteAsync(entry.Tenant.Value, NpgsqlDbType.Integer);
                await rows.WriteAsync(entry.Type, NpgsqlDbType.Text);
                await rows.WriteAsync(entry.RecordedAt.ToDateTimeOffset().UtcDateTime, NpgsqlDbType.TimestampTz);
                await rows.WriteAsync(entry.Commitment.ToArray(), NpgsqlDbType.Bytea);
                await rows.WriteAsync(entry.PrevHash.ToArray(), NpgsqlDbType.Bytea);
                await rows.WriteAsync(entry.Hash.ToArray(), NpgsqlDbType.Bytea);
                await rows.WriteAsync(0L, NpgsqlDbType.Bigint);
                await rows.WriteAsync(1, NpgsqlDbType.Integer);
            }
            await rows.CompleteAsync();
        }
        await using var payloads = await connection.BeginBinaryImportAsync(
            "COPY event_payload (stream, version, tenant_id, salt, payload) FROM STDIN (FORMAT BINARY)");
        foreach (var entry in entries)
        {
            await payloads.StartRowAsync();
            await payloads.WriteAsync(entry.Stream, NpgsqlDbType.Text);
            await payloads.WriteAsync(entry.Version, NpgsqlDbType.Bigint);
            await payloads.WriteAsync(entry.Tenant.Value, NpgsqlDbType.Integer);
            await payloads.WriteAsync(entry.Salt.ToArray(), NpgsqlDbType.Bytea);
            await payloads.WriteAsync(entry.Payload, NpgsqlDbType.Json);
        }
        await payloads.CompleteAsync();
    }

    private static IEnumerable<EventEntry> Stream(int number)
    {
        var head = StreamHead.Empty;
        for (var i = 0; i < EventsPerStream; i++)
        {
            var entry = EventChain.Append(
                head, new TenantId(1), $"device/{number}", "Idled", "{}", UtcMicros.FromUnixSeconds(1_790_000_000 + i),
                new byte[EventChain.SaltBytes]);
            head = entry.Head;
            yield return entry;
        }
    }
}
