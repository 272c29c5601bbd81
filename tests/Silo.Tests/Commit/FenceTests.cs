using System.Diagnostics;
using FieldCrm.Silo.Commit;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Silo.Tests.Commit;

public sealed class FenceTests : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await TestDatabase.CreateAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Given_a_newer_silo_When_the_older_one_commits_Then_nothing_is_stored_and_it_asks_to_stop()
    {
        await using var older = await LaneHost.StartAsync(_database.Addresses);
        await older.CommitAsync(1, LaneHost.Forward(1, LaneHost.FixAt(1)));
        await using var newer = await LaneHost.StartAsync(_database.Addresses);
        Assert.Equal(older.Incarnation.Number + 1, newer.Incarnation.Number);

        await Assert.ThrowsAsync<CommitUnavailableException>(() => older.CommitAsync(1, LaneHost.Forward(1, LaneHost.FixAt(2))));
        await Assert.ThrowsAsync<CommitUnavailableException>(() => older.CommitAsync(2, LaneHost.Event("device/2", Core.Ledger.StreamHead.Empty, out _)));
        Assert.Equal((true, false), (older.Lifetime.IsAsked, newer.Lifetime.IsAsked));
        await newer.CommitAsync(1, LaneHost.Forward(1, LaneHost.FixAt(3)));
        Assert.Equal(2, await _database.CountAsync("fix"));
        Assert.Equal(0, await _database.CountAsync("event"));
    }

    [Fact]
    public async Task Given_a_fenced_silo_When_a_poison_unit_is_parked_Then_not_even_the_quarantine_is_written()
    {
        await using var older = await LaneHost.StartAsync(_database.Addresses);
        await using var newer = await LaneHost.StartAsync(_database.Addresses);

        await Assert.ThrowsAsync<CommitUnavailableException>(
            () => older.CommitAsync(1, LaneHost.Forward(1, LaneHost.FixAt(1, "{not json"))));
        Assert.Equal(0, await _database.CountAsync("quarantine"));
    }

    [Fact]
    public async Task Given_a_process_paused_with_the_fence_in_hand_When_a_newer_one_starts_Then_it_waits_five_seconds_at_most()
    {
        await using var older = await LaneHost.StartAsync(_database.Addresses);
        await using var paused = await older.Database.Silo.OpenConnectionAsync();
        await using var transaction = await paused.BeginTransactionAsync();
        await using (var write = new NpgsqlCommand(
            $"INSERT INTO due VALUES ('k', 1, 0, now()); SELECT assert_not_fenced({older.Incarnation.Number})", paused))
            await write.ExecuteNonQueryAsync();

        var waited = Stopwatch.StartNew();
        await using var newer = await LaneHost.StartAsync(_database.Addresses);
        Assert.InRange(waited.Elapsed.TotalSeconds, 3, 7);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => transaction.CommitAsync());
        Assert.Equal(0, await _database.CountAsync("due"));
    }

    [Fact]
    public async Task Given_a_commit_in_flight_When_a_newer_silo_starts_Then_it_starts_only_after_that_commit()
    {
        await using var older = await LaneHost.StartAsync(_database.Addresses);
        await _database.ExecuteAsync(HoldAtCommit.Trigger);
        await using var hold = await HoldAtCommit.TakeAsync(_database);
        var commit = older.CommitAsync(1, LaneHost.Message(1));
        await _database.WaitingAsync(1, "COMMIT");
        var starting = LaneHost.StartAsync(_database.Addresses);
        await _database.WaitingAsync(2);
        Assert.False(starting.IsCompleted);

        await hold.DisposeAsync();
        Assert.Equal(CommitOutcome.Committed, await commit);
        await using var newer = await starting;
        Assert.Equal(1, await _database.CountAsync("outbox"));
    }
}
