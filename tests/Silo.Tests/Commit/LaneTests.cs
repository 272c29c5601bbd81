using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Commit;
using Microsoft.Extensions.Time.Testing;

namespace FieldCrm.Silo.Tests.Commit;

public sealed class LaneTests : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await TestDatabase.CreateAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Given_a_busy_lane_When_units_of_many_devices_come_Then_they_commit_in_one_transaction()
    {
        await using var host = await LaneHost.StartAsync(_database.Addresses, o => o.Lanes = 1);
        await host.CommitAsync(0, LaneHost.Forward(1, LaneHost.FixAt(0)));
        Task<CommitOutcome>[] gathered;
        await using (await _database.HoldAsync("fix"))
        {
            var first = host.CommitAsync(0, LaneHost.Forward(1, LaneHost.FixAt(1)));
            await _database.WaitingAsync(1, "COPY fix%");
            gathered = [first, .. Enumerable.Range(2, 500).Select(d => host.CommitAsync(d, LaneHost.Forward(d, LaneHost.FixAt(d), LaneHost.FixAt(d + 1))))];
        }

        Assert.All(await Task.WhenAll(gathered), outcome => Assert.Equal(CommitOutcome.Committed, outcome));
        Assert.Equal(["(1)", "(1)", "(1000)"], await _database.RowsAsync("SELECT count(*) FROM fix GROUP BY tx ORDER BY tx"));
        Assert.Equal(1002, await _database.OneAsync<long>("SELECT count(DISTINCT (tx, seq)) FROM fix"));
    }

    [Fact]
    public async Task Given_units_of_one_key_When_handed_in_without_waiting_Then_they_commit_in_that_order()
    {
        await using var host = await LaneHost.StartAsync(_database.Addresses, o => o.MaxBatchRows = 7);
        var commits = new List<Task<CommitOutcome>>();
        var head = StreamHead.Empty;
        for (var i = 0; i < 100; i++)
            commits.Add(host.CommitAsync(7, LaneHost.Event("device/7", head, out head)));

        Assert.All(await Task.WhenAll(commits), outcome => Assert.Equal(CommitOutcome.Committed, outcome));
        Assert.Equal(
            Enumerable.Range(1, 100).Select(v => $"({v})"),
            await _database.RowsAsync("SELECT version FROM event ORDER BY tx, seq"));
        Assert.InRange(await _database.OneAsync<long>("SELECT count(DISTINCT tx) FROM event"), 15, 100);
    }

    [Fact]
    public async Task Given_an_acknowledgement_When_another_connection_looks_at_once_Then_the_rows_are_there()
    {
        await using var host = await LaneHost.StartAsync(_database.Addresses);
        await Parallel.ForAsync(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (device, _) =>
        {
            await host.CommitAsync(device, LaneHost.Forward(device, LaneHost.FixAt(device)));
            Assert.Equal(1, await _database.OneAsync<long>($"SELECT count(*) FROM fix WHERE device_id = {device}"));
        });
    }

    [Fact]
    public async Task Given_a_stuck_and_full_lane_When_the_deadline_passes_Then_only_what_it_had_begun_is_in_doubt()
    {
        var time = new FakeTimeProvider();
        await using var host = await LaneHost.StartAsync(
            _database.Addresses, o => (o.Lanes, o.MaxQueuedUnits) = (1, 16), time);
        Task<CommitOutcome> begun;
        await using (await _database.HoldAsync("fix"))
        {
            begun = host.CommitAsync(0, LaneHost.Forward(1, LaneHost.FixAt(1)));
            await _database.WaitingAsync(1, "COPY fix%");
            var queued = Enumerable.Range(2, 16).Select(d => host.CommitAsync(d, LaneHost.Forward(d, LaneHost.FixAt(1)))).ToList();
            var outside = host.CommitAsync(99, LaneHost.Forward(99, LaneHost.FixAt(1)));
            time.Advance(TimeSpan.FromSeconds(9));
            Assert.DoesNotContain(queued.Append(begun).Append(outside), c => c.IsCompleted);

            time.Advance(TimeSpan.FromSeconds(1.5));
            await Assert.ThrowsAsync<CommitOutcomeUnknownException>(() => begun);
            await Assert.ThrowsAsync<CommitUnavailableException>(() => outside);
            foreach (var commit in queued)
                await Assert.ThrowsAsync<CommitUnavailableException>(() => commit);
        }

        // A barrier passes only after what was begun; of the rest nothing may come.
        await host.CommitAsync(0, CommitUnit.Barrier(new Core.TenantId(0)));
        Assert.Equal(["(1)"], await _database.RowsAsync("SELECT device_id FROM fix"));
    }

    [Fact]
    public async Task Given_units_handed_in_When_the_lanes_end_Then_all_of_them_commit_first()
    {
        var host = await LaneHost.StartAsync(_database.Addresses);
        Task<CommitOutcome>[] commits;
        Task ending;
        await using (await _database.HoldAsync("fix"))
        {
            commits = [.. Enumerable.Range(0, 40).Select(d => host.CommitAsync(d, LaneHost.Forward(d, LaneHost.FixAt(d))))];
            await _database.WaitingAsync(2, "COPY fix%");
            ending = host.DisposeAsync().AsTask();
            Assert.False(ending.IsCompleted);
        }

        await ending;
        Assert.All(commits, c => Assert.Equal(CommitOutcome.Committed, c.Result));
        Assert.Equal(40, await _database.CountAsync("fix"));
        await Assert.ThrowsAsync<CommitUnavailableException>(() => host.CommitAsync(1, LaneHost.Forward(1, LaneHost.FixAt(99))));
    }

    [Fact]
    public async Task Given_no_incarnation_yet_When_a_unit_comes_Then_it_is_refused_and_not_stored()
    {
        await using var database = new Storage.FieldCrmDatabase(_database.Addresses);
        await using var lanes = new CommitLanes(
            database, new Incarnation(database), Microsoft.Extensions.Options.Options.Create(new CommitOptions()),
            new LaneHost.StopSignal(), Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, TimeProvider.System);

        await Assert.ThrowsAsync<CommitUnavailableException>(() => lanes.CommitAsync(1, LaneHost.Forward(1, LaneHost.FixAt(1))));
        Assert.Equal(0, await _database.CountAsync("fix"));
    }
}
