using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using FieldCrm.Silo.Outbox;
using FieldCrm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FieldCrm.Silo.Tests.Outbox;

public sealed class OutboxDispatcherTests : StoreTest
{
    private const string Kind = "alarm.raised";

    [Fact]
    public async Task Given_waiting_messages_When_run_Then_each_is_delivered_once_and_marked()
    {
        var due = await AddAsync(Noon, payload: """{"alarm":1}""");
        await AddAsync(Noon.AddSeconds(5));
        var handler = new Receiver();
        using var dispatcher = Dispatcher(handler);

        Assert.Equal(1, await dispatcher.RunOnceAsync(CancellationToken.None));
        Assert.Equal(0, await dispatcher.RunOnceAsync(CancellationToken.None));
        var delivery = Assert.Single(handler.Received);
        Assert.Equal((due, 1, Kind, "tenant/1", """{"alarm":1}""", 1),
            (delivery.Id, delivery.Tenant.Value, delivery.Kind, delivery.Target, delivery.Payload, delivery.Attempt));
        Assert.Equal("1 1 2026-11-20T12:00:00 -", await StateAsync(due));
    }

    [Fact]
    public async Task Given_a_failing_handler_When_run_Then_retried_with_doubling_waits_and_given_up_at_the_bound()
    {
        var id = await AddAsync(Noon);
        var handler = new Receiver { Answer = _ => throw new InvalidOperationException("password=hunter2") };
        using var dispatcher = Dispatcher(handler, new OutboxOptions { MaxAttempts = 5, LongestRetry = TimeSpan.FromSeconds(4) });
        foreach (var wait in new[] { 1, 2, 4, 4 })
        {
            Assert.Equal(1, await dispatcher.RunOnceAsync(CancellationToken.None));
            Assert.Equal(
                wait, (await ScalarAsync<DateTime>("SELECT next_attempt_at FROM outbox") - Time.GetUtcNow()).TotalSeconds);
            Time.Advance(TimeSpan.FromSeconds(wait) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(0, await dispatcher.RunOnceAsync(CancellationToken.None));
            Time.Advance(TimeSpan.FromMilliseconds(1));
        }
        Assert.Equal(1, await dispatcher.RunOnceAsync(CancellationToken.None));
        Assert.Equal("2 5 2026-11-20T12:00:11 InvalidOperationException", await StateAsync(id));
        Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, await dispatcher.RunOnceAsync(CancellationToken.None));
        Assert.Equal([1, 2, 3, 4, 5], handler.Received.Select(d => d.Attempt));
    }

    [Fact]
    public async Task Given_a_message_from_grain_to_grain_When_it_fails_beyond_the_bound_Then_it_is_never_given_up()
    {
        var id = await AddAsync(Noon);
        await ExecuteAsync("UPDATE outbox SET attempts = 40");
        var failures = 2;
        var handler = new Receiver { MayGiveUp = false, Answer = _ => failures-- > 0 ? throw new TimeoutException() : Task.CompletedTask };
        using var dispatcher = Dispatcher(handler, new OutboxOptions { MaxAttempts = 5, LongestRetry = TimeSpan.FromSeconds(4) });
        for (var i = 0; i < 3; i++)
        {
            await dispatcher.RunOnceAsync(CancellationToken.None);
            Time.Advance(TimeSpan.FromSeconds(4));
        }
        Assert.StartsWith("1 43", await StateAsync(id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_reason_meant_to_be_stored_When_it_is_long_Then_cut()
    {
        var id = await AddAsync(Noon);
        using var dispatcher = Dispatcher(new Receiver { Answer = _ => throw new OutboxDeliveryException(new string('x', 1_000)) });
        await dispatcher.RunOnceAsync(CancellationToken.None);
        Assert.Equal($"0 1 - {new string('x', 300)}", await StateAsync(id));
    }

    [Fact]
    public async Task Given_a_process_killed_between_delivering_and_marking_When_another_runs_Then_delivered_again_with_the_same_id()
    {
        var id = await AddAsync(Noon);
        // What the killed process left: claimed, never marked.
        var store = new OutboxStore(Database);
        Assert.Equal(id, Assert.Single(await store.ClaimAsync(10, Noon, TimeSpan.FromSeconds(30), CancellationToken.None)).Id);

        var handler = new Receiver();
        using var dispatcher = Dispatcher(handler);
        Time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(0, await dispatcher.RunOnceAsync(CancellationToken.None));
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, await dispatcher.RunOnceAsync(CancellationToken.None));
        Assert.Equal([(id, 2)], handler.Received.Select(d => (d.Id, d.Attempt)));
    }

    [Fact]
    public async Task Given_a_message_that_killed_every_process_When_claimed_once_too_often_Then_given_up_undelivered()
    {
        var id = await AddAsync(Noon);
        await ExecuteAsync("UPDATE outbox SET attempts = 20");
        var handler = new Receiver();
        using var dispatcher = Dispatcher(handler);
        await dispatcher.RunOnceAsync(CancellationToken.None);
        Assert.Empty(handler.Received);
        Assert.Equal("2 21 2026-11-20T12:00:00 the process ended during each attempt", await StateAsync(id));
    }

    [Fact]
    public async Task Given_a_hanging_handler_and_an_unknown_kind_When_run_Then_both_are_put_off()
    {
        var hanging = await AddAsync(Noon);
        var unknown = await AddAsync(Noon, kind: "fax.send");
        var entered = new TaskCompletionSource();
        using var dispatcher = Dispatcher(new Receiver
        {
            Answer = _ =>
            {
                entered.SetResult();
                return new TaskCompletionSource().Task;
            },
        });
        var running = dispatcher.RunOnceAsync(CancellationToken.None);
        await entered.Task;
        Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(2, await running);
        Assert.Equal("0 1 - timed out", await StateAsync(hanging));
        Assert.Equal("0 1 - no handler of this kind", await StateAsync(unknown));
    }

    [Fact]
    public async Task Given_two_dispatchers_at_once_When_run_Then_each_message_is_delivered_once()
    {
        await ExecuteAsync("""
            INSERT INTO outbox (message_id, tenant_id, kind, target, payload, created_at, next_attempt_at)
            SELECT gen_random_uuid(), 1, $1, 'tenant/1', '{}', $2, $2 FROM generate_series(1, 300)
            """, Kind, Noon);
        var handler = new Receiver();
        using var one = Dispatcher(handler);
        using var two = Dispatcher(handler);
        await Task.WhenAll(DrainAsync(one), DrainAsync(two));
        Assert.Equal(300, handler.Received.Count);
        Assert.Equal(300, await ScalarAsync<long>("SELECT count(*) FROM outbox WHERE state = 1 AND attempts = 1"));

        static async Task DrainAsync(OutboxDispatcher dispatcher)
        {
            while (await dispatcher.RunOnceAsync(CancellationToken.None) > 0)
            {
            }
        }
    }

    [Fact]
    public async Task Given_an_open_older_transaction_When_run_Then_delivery_does_not_wait_for_it()
    {
        await using var other = await Owner.OpenConnectionAsync();
        await using var open = await other.BeginTransactionAsync();
        await using (var write = new Npgsql.NpgsqlCommand("SELECT pg_current_xact_id()", other))
            await write.ExecuteNonQueryAsync();
        await AddAsync(Noon);
        using var dispatcher = Dispatcher(new Receiver());
        Assert.Equal(1, await dispatcher.RunOnceAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Given_a_running_dispatcher_When_signalled_Then_delivered_with_no_time_passing_and_else_within_the_poll()
    {
        var signal = new OutboxSignal();
        var handler = new Receiver();
        using var dispatcher = Dispatcher(handler, signal: signal);
        await dispatcher.StartAsync(CancellationToken.None);
        await AddAsync(Noon);
        signal.Raise();
        await Eventually.TrueAsync(() => handler.Received.Count == 1, TimeSpan.FromSeconds(20));

        await AddAsync(Noon);
        await Eventually.TrueAsync(() =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(500));
            return handler.Received.Count == 2;
        }, TimeSpan.FromSeconds(20));
        await dispatcher.StopAsync(CancellationToken.None);
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM outbox WHERE state = 1"));
    }

    [Fact]
    public void Given_a_lease_shorter_than_a_delivery_When_validated_Then_refused()
    {
        var options = new OutboxOptions { Lease = TimeSpan.FromSeconds(10) };
        Assert.False(Validator.TryValidateObject(options, new ValidationContext(options), null, true));
        options = new OutboxOptions();
        Assert.True(Validator.TryValidateObject(options, new ValidationContext(options), null, true));
        Assert.Equal(TimeSpan.FromHours(1), options.RetryAfter(1_000));
    }

    private OutboxDispatcher Dispatcher(IOutboxHandler handler, OutboxOptions? options = null, OutboxSignal? signal = null) =>
        new(Database, [handler], signal ?? new OutboxSignal(), Options.Create(options ?? new OutboxOptions()), Time,
            NullLogger<OutboxDispatcher>.Instance);

    private async Task<Guid> AddAsync(DateTimeOffset dueAt, string kind = Kind, string payload = "{}") => await ScalarAsync<Guid>("""
        INSERT INTO outbox (message_id, tenant_id, kind, target, payload, created_at, next_attempt_at)
        VALUES (gen_random_uuid(), 1, $1, 'tenant/1', $2::json, $3, $3) RETURNING message_id
        """, kind, payload, dueAt);

    private Task<string> StateAsync(Guid id) => ScalarAsync<string>("""
        SELECT format('%s %s %s %s', state, attempts,
            coalesce(to_char(finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'), '-'), coalesce(last_error, '-'))
        FROM outbox WHERE message_id = $1
        """, id);

    private sealed class Receiver : IOutboxHandler
    {
        public ConcurrentQueue<OutboxDelivery> Received { get; } = [];

        public Func<OutboxDelivery, Task> Answer { get; init; } = _ => Task.CompletedTask;

        public string Kind => OutboxDispatcherTests.Kind;

        public bool MayGiveUp { get; init; } = true;

        public Task DeliverAsync(OutboxDelivery delivery, CancellationToken cancellationToken)
        {
            Received.Enqueue(delivery);
            return Answer(delivery);
        }
    }
}
