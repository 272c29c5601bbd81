using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Storage;
using FieldCrm.TestKit;
using Npgsql;

namespace FieldCrm.Silo.Tests.Commit;

public sealed class LostConnectionTests : IAsyncLifetime
{
    private const string Lane = "usename = 'fieldcrm_silo' AND datname = current_database()";

    private TestDatabase _database = null!;
    private CuttingProxy _proxy = null!;
    private LaneHost _host = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        await _database.ExecuteAsync(HoldAtCommit.Trigger);
        var direct = new NpgsqlConnectionStringBuilder(_database.Addresses.Silo);
        _proxy = new CuttingProxy(direct.Port);
        var through = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Port = _proxy.Port }.ConnectionString;
        _host = await LaneHost.StartAsync(_database.Addresses with { Silo = through }, o => o.Lanes = 1);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _proxy.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Given_the_backend_ends_before_COMMIT_When_committing_Then_unavailable_and_the_next_one_works()
    {
        Task<CommitOutcome> commit;
        await using (await _database.HoldAsync("fix"))
        {
            commit = _host.CommitAsync(1, LaneHost.Forward(1, LaneHost.FixAt(1)));
            await _database.WaitingAsync(1, "COPY fix%");
            await _database.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {Lane} AND query LIKE 'COPY%'");
            await Assert.ThrowsAsync<CommitUnavailableException>(() => commit);
        }

        Assert.Equal(CommitOutcome.Committed, await _host.CommitAsync(1, LaneHost.Forward(1, LaneHost.FixAt(2))));
        Assert.Equal(1, await _database.CountAsync("fix"));
    }

    [Fact]
    public async Task Given_the_statement_timeout_passes_When_committing_Then_unavailable_and_the_same_connection_goes_on()
    {
        await using var host = await LaneHost.StartAsync(
            _database.Addresses, o => (o.Lanes, o.StatementTimeout) = (1, TimeSpan.FromMilliseconds(300)));
        await host.CommitAsync(1, LaneHost.Forward(1, LaneHost.FixAt(1)));
        var before = await LaneBackendAsync();
        await using (await _database.HoldAsync("fix"))
            await Assert.ThrowsAsync<CommitUnavailableException>(() => host.CommitAsync(1, LaneHost.Forward(1, LaneHost.FixAt(2))));

        Assert.Equal(CommitOutcome.Committed, await host.CommitAsync(1, LaneHost.Forward(1, LaneHost.FixAt(2))));
        Assert.Equal(before, await LaneBackendAsync());
    }

    [Fact]
    public async Task Given_the_backend_ends_inside_COMMIT_When_committing_Then_it_is_known_that_nothing_was_stored()
    {
        await using var hold = await HoldAtCommit.TakeAsync(_database);
        var commit = _host.CommitAsync(1, LaneHost.Message(1));
        await _database.WaitingAsync(1, "COMMIT");
        await _database.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {Lane} AND query = 'COMMIT'");

        await Assert.ThrowsAsync<CommitUnavailableException>(() => commit);
        await hold.DisposeAsync();
        Assert.Equal(CommitOutcome.Committed, await _host.CommitAsync(1, LaneHost.Message(2)));
        Assert.Equal(1, await _database.CountAsync("outbox"));
    }

    [Fact]
    public async Task Given_the_answer_to_COMMIT_is_lost_and_it_goes_through_When_asked_Then_it_is_acknowledged_once_it_is_there()
    {
        await using var hold = await HoldAtCommit.TakeAsync(_database);
        var commit = _host.CommitAsync(1, LaneHost.Message(1));
        await _database.WaitingAsync(1, "COMMIT");
        _proxy.CutClients();
        await _database.WaitingAsync(1, "SELECT batch FROM silo_lane%"); // asks, and must wait for the old transaction
        Assert.False(commit.IsCompleted);
        await hold.DisposeAsync();

        Assert.Equal(CommitOutcome.Committed, await commit);
        Assert.Equal(1, await _database.CountAsync("outbox"));
        Assert.Equal(CommitOutcome.Committed, await _host.CommitAsync(1, LaneHost.Message(2)));
    }

    [Fact]
    public async Task Given_the_answer_to_COMMIT_is_lost_and_it_fails_When_asked_Then_it_is_known_that_nothing_was_stored()
    {
        await using var hold = await HoldAtCommit.TakeAsync(_database);
        var commit = _host.CommitAsync(1, LaneHost.Message(1));
        await _database.WaitingAsync(1, "COMMIT");
        _proxy.CutClients();
        await _database.WaitingAsync(1, "SELECT batch FROM silo_lane%");
        await _database.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {Lane} AND query = 'COMMIT'");

        await Assert.ThrowsAsync<CommitUnavailableException>(() => commit);
        Assert.Equal(0, await _database.CountAsync("outbox"));
    }

    [Fact]
    public async Task Given_the_lanes_row_cannot_be_made_at_first_When_committing_again_Then_it_is_made_before_anything_is_stored()
    {
        await using var host = await LaneHost.StartAsync(
            _database.Addresses, o => (o.Lanes, o.StatementTimeout) = (1, TimeSpan.FromMilliseconds(300)));
        await using (await _database.HoldAsync("silo_lane"))
            await Assert.ThrowsAsync<CommitUnavailableException>(() => host.CommitAsync(1, LaneHost.Message(1)));

        Assert.Equal(CommitOutcome.Committed, await host.CommitAsync(1, LaneHost.Message(1)));
        Assert.Equal(
            [$"({host.Incarnation.Number},0,2)"], await _database.RowsAsync("SELECT * FROM silo_lane"));
        Assert.Equal(1, await _database.CountAsync("outbox"));
    }

    [Fact]
    public async Task Given_the_lanes_row_is_gone_When_committing_Then_nothing_is_stored_and_the_next_commit_makes_it_again()
    {
        await _host.CommitAsync(1, LaneHost.Message(1));
        await _database.ExecuteAsync("DELETE FROM silo_lane");

        await Assert.ThrowsAsync<CommitUnavailableException>(() => _host.CommitAsync(1, LaneHost.Message(2)));
        Assert.Equal(1, await _database.CountAsync("outbox"));
        Assert.Equal(CommitOutcome.Committed, await _host.CommitAsync(1, LaneHost.Message(2)));
        Assert.Equal(["(3)"], await _database.RowsAsync("SELECT batch FROM silo_lane"));
    }

    [Fact]
    public async Task Given_a_deferred_error_at_COMMIT_When_committing_Then_that_is_an_answer()
    {
        await _database.ExecuteAsync("""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '23514', CONSTRAINT = 'late_check'; END $$;
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON due DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
            """);

        var refused = await Assert.ThrowsAsync<CommitRefusedException>(
            () => _host.CommitAsync(1, LaneHost.Statement("INSERT INTO due VALUES ('k', 1, 0, now())")));
        Assert.Equal("late_check", refused.Constraint);
        Assert.Equal(CommitOutcome.Committed, await _host.CommitAsync(1, LaneHost.Message(1)));
    }

    private Task<int> LaneBackendAsync() => _database.OneAsync<int>(
        $"SELECT pid FROM pg_stat_activity WHERE {Lane} AND query = 'COMMIT' AND state = 'idle' ORDER BY state_change DESC LIMIT 1");
}
