using System.Collections.Concurrent;
using FieldCrm.Core;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.DueTimes;
using FieldCrm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FieldCrm.Silo.Tests.DueTimes;

public sealed class DueTimesTests : StoreTest
{
    private const string Kind = "device.silent";

    private static readonly TenantId Tenant = new(1);

    [Fact]
    public async Task Given_a_row_When_set_later_then_earlier_Then_only_earlier_moves_it()
    {
        await RunAsync(DueSql.Set(Kind, 7, Tenant, At(10)));
        var version = await ScalarAsync<uint>("SELECT xmin FROM due");
        await RunAsync(DueSql.Set(Kind, 7, Tenant, At(20)));
        Assert.Equal((At(10), version), (await DueAtAsync(7), await ScalarAsync<uint>("SELECT xmin FROM due")));
        await RunAsync(DueSql.Set(Kind, 7, Tenant, At(5)));
        Assert.Equal(At(5), await DueAtAsync(7));
        await RunAsync(DueSql.MoveTo(Kind, 7, Tenant, At(30)));
        Assert.Equal(At(30), await DueAtAsync(7));
        await RunAsync(DueSql.Clear(Kind, 7));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM due"));
        await RunAsync(DueSql.Clear(Kind, 7));
    }

    [Fact]
    public async Task Given_due_and_future_rows_When_run_Then_only_the_due_fire_earliest_first_with_now()
    {
        await RunAsync(DueSql.Set(Kind, 1, Tenant, At(-5)));
        await RunAsync(DueSql.Set(Kind, 2, Tenant, At(-60)));
        await RunAsync(DueSql.Set(Kind, 3, Tenant, At(60)));
        var handler = new Owners(this, move: _ => null);
        using var worker = Worker(handler, concurrency: 1);

        Assert.Equal(1, await worker.RunOnceAsync(CancellationToken.None));
        Assert.Equal(1, await worker.RunOnceAsync(CancellationToken.None));
        Assert.Equal(0, await worker.RunOnceAsync(CancellationToken.None));
        Assert.Equal(
            [new DueFiring(Kind, 2, Tenant, At(-60), At(0)), new DueFiring(Kind, 1, Tenant, At(-5), At(0))], handler.Fired);

        Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(1, await worker.RunOnceAsync(CancellationToken.None));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM due"));
    }

    [Fact]
    public async Task Given_an_owner_whose_time_moved_on_When_fired_early_Then_it_re_arms_and_fires_again()
    {
        await RunAsync(DueSql.Set(Kind, 1, Tenant, At(0)));
        var handler = new Owners(this, move: firing => firing.Now < At(300) ? At(300) : null);
        using var worker = Worker(handler);
        Assert.Equal(1, await worker.RunOnceAsync(CancellationToken.None));
        Assert.Equal(At(300), await DueAtAsync(1));
        Time.Advance(TimeSpan.FromSeconds(299));
        Assert.Equal(0, await worker.RunOnceAsync(CancellationToken.None));
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, await worker.RunOnceAsync(CancellationToken.None));
        Assert.Equal(2, handler.Fired.Count);
    }

    [Fact]
    public async Task Given_owners_that_fail_When_run_Then_others_get_their_turn_and_the_failed_come_again_after_the_retry_time()
    {
        for (var subject = 1; subject <= 4; subject++)
            await RunAsync(DueSql.Set(Kind, subject, Tenant, At(-10 + subject)));
        var handler = new Owners(this, move: f => f.Subject <= 3 ? throw new InvalidOperationException("grain is gone") : null);
        using var worker = Worker(handler, concurrency: 2);
        Assert.Equal(2, await worker.RunOnceAsync(CancellationToken.None));
        Assert.Equal(2, await worker.RunOnceAsync(CancellationToken.None));
        Assert.Equal(0, await worker.RunOnceAsync(CancellationToken.None));
        Assert.Equal<long[]>([1, 2, 3], await ColumnAsync<long>("SELECT subject FROM due ORDER BY 1"));

        Time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(0, await worker.RunOnceAsync(CancellationToken.None));
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, await worker.RunOnceAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Given_a_kind_without_handler_or_an_owner_that_hangs_When_run_Then_the_rows_stay_and_the_worker_goes_on()
    {
        await RunAsync(DueSql.Set("unknown", 1, Tenant, At(0)));
        await RunAsync(DueSql.Set(Kind, 2, Tenant, At(0)));
        var entered = new TaskCompletionSource();
        var never = new TaskCompletionSource();
        using var worker = Worker(new Hanging(entered, never.Task));
        var running = worker.RunOnceAsync(CancellationToken.None);
        await entered.Task;
        Time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(2, await running);
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM due"));
    }

    [Fact]
    public async Task Given_two_workers_at_once_When_run_Then_each_row_fires_once()
    {
        await ExecuteAsync("INSERT INTO due SELECT $1, n, 1, $2 FROM generate_series(1, 400) n", Kind, Noon);
        var handler = new Owners(this, move: _ => null);
        using var one = Worker(handler);
        using var two = Worker(handler);
        await Task.WhenAll(DrainAsync(one), DrainAsync(two));
        Assert.Equal(400, handler.Fired.Count);
        Assert.Equal(400, handler.Fired.Select(f => f.Subject).Distinct().Count());

        static async Task DrainAsync(DueTimesWorker worker)
        {
            while (await worker.RunOnceAsync(CancellationToken.None) > 0)
            {
            }
        }
    }

    [Fact]
    public async Task Given_a_running_worker_When_the_time_comes_Then_it_fires_and_stops_cleanly()
    {
        await RunAsync(DueSql.Set(Kind, 1, Tenant, At(3)));
        var handler = new Owners(this, move: _ => null);
        using var worker = Worker(handler);
        await worker.StartAsync(CancellationToken.None);
        await Eventually.TrueAsync(() =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(250));
            return !handler.Fired.IsEmpty;
        }, TimeSpan.FromSeconds(20));
        await worker.StopAsync(CancellationToken.None);
        Assert.True(Assert.Single(handler.Fired).Now >= At(3));
    }

    private static UtcMicros At(int seconds) => UtcMicros.From(Noon.AddSeconds(seconds));

    private DueTimesWorker Worker(IDueHandler handler, int concurrency = 64) => new(
        Database, [handler], Options.Create(new DueTimesOptions { MaxConcurrency = concurrency }), Time,
        NullLogger<DueTimesWorker>.Instance);

    private Task RunAsync(SqlStatement statement) =>
        ExecuteAsync(statement.Text, [.. statement.Values.Select(v => v.Value!)]);

    private async Task<UtcMicros> DueAtAsync(long subject) =>
        UtcMicros.From(await ScalarAsync<DateTime>("SELECT due_at FROM due WHERE subject = $1", subject));

    /// <summary>Owners that answer as grains do: by moving or clearing their row.</summary>
    private sealed class Owners(DueTimesTests test, Func<DueFiring, UtcMicros?> move) : IDueHandler
    {
        public ConcurrentQueue<DueFiring> Fired { get; } = [];

        public string Kind => DueTimesTests.Kind;

        public async Task HandleAsync(DueFiring firing, CancellationToken cancellationToken)
        {
            Fired.Enqueue(firing);
            await test.RunAsync(move(firing) is { } next
                ? DueSql.MoveTo(Kind, firing.Subject, firing.Tenant, next)
                : DueSql.Clear(Kind, firing.Subject));
        }
    }

    private sealed class Hanging(TaskCompletionSource entered, Task never) : IDueHandler
    {
        public string Kind => DueTimesTests.Kind;

        public Task HandleAsync(DueFiring firing, CancellationToken cancellationToken)
        {
            entered.SetResult();
            return never;
        }
    }
}
