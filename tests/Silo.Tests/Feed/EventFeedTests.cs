using FieldCrm.Core;
using FieldCrm.Silo.Feed;
using FieldCrm.Silo.Tests.Ledger;
using FieldCrm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FieldCrm.Silo.Tests.Feed;

[Collection(AloneOnTheCluster.Name)]
public sealed class EventFeedTests : StoreTest
{
    private static readonly TenantId Tenant = new(1);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly LedgerWriter _writer = new();

    private EventFeed Feed => new(Database);

    [Fact]
    public async Task Given_no_token_When_read_Then_a_snapshot_is_required_and_what_follows_is_complete()
    {
        await _writer.AppendAsync(Owner, 1, "device/1");
        var first = await Feed.ReadAsync(Tenant, null, 10, CancellationToken.None);
        Assert.True(first.SnapshotRequired);
        Assert.Empty(first.Events);

        await _writer.AppendAsync(Owner, 1, "device/1", payload: """{"n":2}""");
        await _writer.AppendAsync(Owner, 2, "device/2");
        await _writer.AppendAsync(Owner, 1, "device/3");
        var (events, _) = await FollowAsync(first.Next, until: 2);
        Assert.Equal(["device/1@2", "device/3@1"], events.Select(Name));
        Assert.Equal("""{"n":2}""", events[0].Payload);
    }

    [Fact]
    public async Task Given_interleaved_transactions_When_followed_Then_no_row_is_skipped_though_an_id_cursor_skips_it()
    {
        var start = (await Feed.ReadAsync(Tenant, null, 10, CancellationToken.None)).Next;
        await using var early = await Owner.OpenConnectionAsync();
        await using var opened = await early.BeginTransactionAsync();
        await _writer.AppendAsync(early, 1, "device/1");
        await _writer.AppendAsync(Owner, 1, "device/2");

        var naive = new IdCursor();
        await naive.ReadAsync(Owner);
        var meanwhile = await Feed.ReadAsync(Tenant, start, 10, CancellationToken.None);
        Assert.Equal(["device/2@1"], naive.Seen);
        Assert.Empty(meanwhile.Events); // it waits, rather than pass over what is still to come

        await opened.CommitAsync();
        await naive.ReadAsync(Owner);
        var (events, _) = await FollowAsync(meanwhile.Next, until: 2);
        Assert.Equal(["device/2@1"], naive.Seen); // device/1@1 has a lower id and is lost to this cursor for ever
        Assert.Equal(["device/1@1", "device/2@1"], events.Select(Name));
    }

    [Fact]
    public async Task Given_many_writers_in_any_order_When_followed_in_small_pages_Then_each_event_once_and_in_stream_order()
    {
        const int seed = 20261120;
        var random = new Random(seed);
        var start = (await Feed.ReadAsync(Tenant, null, 10, CancellationToken.None)).Next;
        using var written = new CancellationTokenSource();
        var reading = FollowWhileAsync(start, written.Token);
        var open = new List<(NpgsqlConnection Connection, NpgsqlTransaction Transaction)>();
        var count = 0;
        for (var i = 0; i < 60; i++)
        {
            var connection = await Owner.OpenConnectionAsync();
            var transaction = await connection.BeginTransactionAsync();
            for (var seq = 1; seq <= 3; seq++, count++)
                await _writer.AppendAsync(connection, 1, $"device/{count}", seq: seq);
            open.Add((connection, transaction));
            if (open.Count == 6 || i == 59)
            {
                while (open.Count > (i == 59 ? 0 : 3))
                {
                    var pick = random.Next(open.Count);
                    if (random.Next(10) > 0)
                        await open[pick].Transaction.CommitAsync();
                    await open[pick].Transaction.DisposeAsync();
                    await open[pick].Connection.DisposeAsync();
                    open.RemoveAt(pick);
                }
            }
        }
        var stored = await ColumnAsync<string>("SELECT stream || '@' || version FROM event ORDER BY tx, seq");
        await written.CancelAsync();
        var (events, rest) = await reading;
        var (last, _) = await FollowAsync(rest, until: stored.Length - events.Count);
        Assert.True(stored.Length > 120, $"seed {seed}: {stored.Length} stored");
        Assert.Equal(stored, events.Concat(last).Select(Name));
    }

    [Fact]
    public async Task Given_a_full_page_When_read_on_from_any_event_Then_exactly_the_rest()
    {
        var start = (await Feed.ReadAsync(Tenant, null, 10, CancellationToken.None)).Next;
        for (var i = 1; i <= 5; i++)
            await _writer.AppendAsync(Owner, 1, "device/1");
        var (all, _) = await FollowAsync(start, until: 5);
        var page = await Feed.ReadAsync(Tenant, start, 2, CancellationToken.None);
        Assert.True(page.HasMore);
        Assert.Equal(all[1].Position, page.Next);
        for (var i = 0; i < 5; i++)
        {
            var rest = await Feed.ReadAsync(Tenant, all[i].Position, 10, CancellationToken.None);
            Assert.Equal(all.Skip(i + 1).Select(Name), rest.Events.Select(Name));
            Assert.False(rest.HasMore);
        }
    }

    [Fact]
    public async Task Given_a_token_of_another_epoch_or_from_the_future_When_read_Then_a_snapshot_is_required()
    {
        var before = (await Feed.ReadAsync(Tenant, null, 10, CancellationToken.None)).Next;
        var future = await Feed.ReadAsync(Tenant, before with { Tx = before.Tx + 1_000_000 }, 10, CancellationToken.None);
        Assert.True(future.SnapshotRequired);

        await ExecuteAsync("UPDATE instance SET feed_epoch = gen_random_uuid()");
        var page = await Feed.ReadAsync(Tenant, before, 10, CancellationToken.None);
        Assert.True(page.SnapshotRequired);
        Assert.NotEqual(before.Epoch, page.Next.Epoch);
        await _writer.AppendAsync(Owner, 1, "device/1");
        var (events, _) = await FollowAsync(page.Next, until: 1);
        Assert.Equal(["device/1@1"], events.Select(Name));
    }

    [Fact]
    public async Task Given_an_erased_payload_When_read_Then_null()
    {
        var start = (await Feed.ReadAsync(Tenant, null, 10, CancellationToken.None)).Next;
        await _writer.AppendAsync(Owner, 1, "device/1");
        await ExecuteAsync("DELETE FROM event_payload");
        var (events, _) = await FollowAsync(start, until: 1);
        Assert.Null(Assert.Single(events).Payload);
    }

    [Fact]
    public async Task Given_a_writer_that_stays_open_When_the_lag_is_looked_at_Then_it_is_named_even_if_it_is_the_owner()
    {
        using var monitor = new FeedLagMonitor(
            Database, Options.Create(new FeedLagOptions()), Time, NullLogger<FeedLagMonitor>.Instance);
        var address = new NpgsqlConnectionStringBuilder(Addresses.Owner!) { ApplicationName = "nightly import" };
        await using var writer = new NpgsqlConnection(address.ConnectionString);
        await writer.OpenAsync();
        await using var transaction = await writer.BeginTransactionAsync();
        await _writer.AppendAsync(writer, 1, "device/1");

        var oldest = await monitor.LookAsync(CancellationToken.None);
        Assert.Equal((writer.ProcessID, "nightly import"), (oldest!.Value.Pid, oldest.Value.Application));
        Assert.InRange(oldest.Value.Age, TimeSpan.Zero, Soon);
        await transaction.RollbackAsync();
        await Eventually.TrueAsync(
            async () => (await monitor.LookAsync(CancellationToken.None))?.Pid != writer.ProcessID, Soon);
    }

    private static string Name(FeedEvent e) => $"{e.Stream}@{e.Version}";

    private async Task<(List<FeedEvent> Events, FeedToken Next)> FollowAsync(FeedToken after, int until)
    {
        var events = new List<FeedEvent>();
        await Eventually.TrueAsync(async () =>
        {
            after = await ReadOnceAsync(after, events);
            return events.Count >= until;
        }, Soon, () => $"{events.Count} of {until} events");
        return (events, after);
    }

    private async Task<(List<FeedEvent> Events, FeedToken Next)> FollowWhileAsync(FeedToken after, CancellationToken stop)
    {
        var events = new List<FeedEvent>();
        while (!stop.IsCancellationRequested)
            after = await ReadOnceAsync(after, events);
        return (events, after);
    }

    private async Task<FeedToken> ReadOnceAsync(FeedToken after, List<FeedEvent> events)
    {
        var page = await Feed.ReadAsync(Tenant, after, 7, CancellationToken.None);
        Assert.False(page.SnapshotRequired);
        events.AddRange(page.Events);
        return page.Next;
    }

    /// <summary>What the feed must not be: remembers the highest id seen and reads what is above it.</summary>
    private sealed class IdCursor
    {
        private long _last;

        public List<string> Seen { get; } = [];

        public async Task ReadAsync(NpgsqlDataSource database)
        {
            await using var command = database.CreateCommand(
                "SELECT tx, stream || '@' || version FROM event WHERE tx > $1 ORDER BY tx");
            command.Parameters.AddWithValue(_last);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                _last = reader.GetInt64(0);
                Seen.Add(reader.GetString(1));
            }
        }
    }
}
