using FieldCrm.Core.Devices;
using FieldCrm.Core.Ledger;
using FieldCrm.Silo.Commit;

namespace FieldCrm.Silo.Tests.Commit;

/// <summary>One unit of a batch cannot be committed: the others must be, and nobody else is told.</summary>
public sealed class RefusedUnitTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private LaneHost _host = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _host = await LaneHost.StartAsync(_database.Addresses, o => o.Lanes = 1);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Given_a_taken_stream_version_When_its_batch_commits_Then_only_that_unit_conflicts()
    {
        await _host.CommitAsync(0, LaneHost.Event("device/5", StreamHead.Empty, out _));

        await AssertOnlyConflictAsync(LaneHost.Event("device/5", StreamHead.Empty, out _));
        Assert.Equal(1, await _database.CountAsync("event"));
    }

    [Fact]
    public async Task Given_a_snapshot_that_moved_When_its_batch_commits_Then_only_that_unit_conflicts()
    {
        await AssertOnlyConflictAsync(LaneHost.Statement(
            "UPDATE device_snapshot SET version = 3 WHERE device_id = 5 AND version = 2", expectedRows: 1));
    }

    [Fact]
    public async Task Given_a_forward_fix_that_is_stored_When_its_batch_commits_Then_only_that_unit_conflicts()
    {
        await _host.CommitAsync(0, LaneHost.Forward(5, LaneHost.FixAt(1)));

        await AssertOnlyConflictAsync(LaneHost.Forward(5, LaneHost.FixAt(0), LaneHost.FixAt(1)));
        Assert.Equal(1, await _database.OneAsync<long>("SELECT count(*) FROM fix WHERE device_id = 5"));
    }

    [Fact]
    public async Task Given_a_value_the_database_refuses_When_its_batch_commits_Then_it_is_handed_back_or_parked_with_its_reason()
    {
        var several = LaneHost.Forward(5, LaneHost.FixAt(1), LaneHost.FixAt(2, "{not json"));
        Assert.Equal(CommitOutcome.Refused, await _host.CommitAsync(5, several));
        Assert.Equal(0, await _database.CountAsync("quarantine"));
        var poison = several with { IsParkedWhole = true };
        var others = await CommitAmongOthersAsync(poison);

        Assert.Equal(CommitOutcome.Parked, await others.Tested);
        Assert.All(await Task.WhenAll(others.Others), outcome => Assert.Equal(CommitOutcome.Committed, outcome));
        Assert.Equal(0, await _database.OneAsync<long>("SELECT count(*) FROM fix WHERE device_id = 5"));
        Assert.Equal(
            ["(0,5,commit.refused,fix-batch/22P02)"],
            await _database.RowsAsync("SELECT tenant_id, device_id, reason, protocol FROM quarantine"));
        Assert.True(FixBatchCodec.TryDecode(await _database.OneAsync<byte[]>("SELECT raw FROM quarantine"), out var kept));
        Assert.Equal(poison.Fixes!.Forward, kept);

        Assert.Equal(CommitOutcome.Parked, await _host.CommitAsync(5, poison));
        Assert.Equal(1, await _database.CountAsync("quarantine"));
    }

    [Fact]
    public async Task Given_a_unit_without_fixes_that_breaks_a_constraint_When_committed_Then_refused_with_its_name()
    {
        var others = await CommitAmongOthersAsync(LaneHost.Statement(
            "INSERT INTO tenant (tenant_id, name, settings, created_at) VALUES (9, 'operator', '{}', now())"));

        var refused = await Assert.ThrowsAsync<CommitRefusedException>(() => others.Tested);
        Assert.Equal(("23505", "IX_tenant_name"), (refused.SqlState, refused.Constraint));
        Assert.All(await Task.WhenAll(others.Others), outcome => Assert.Equal(CommitOutcome.Committed, outcome));
        Assert.Equal(0, await _database.CountAsync("quarantine"));
    }

    [Fact]
    public async Task Given_a_statement_of_ours_that_is_wrong_When_committed_Then_its_fixes_are_not_acknowledged_as_parked()
    {
        var defect = LaneHost.Forward(5, LaneHost.FixAt(1)) with { Statements = [new SqlStatement("SELECT * FROM no_such", [])] };
        var others = await CommitAmongOthersAsync(defect);

        var refused = await Assert.ThrowsAsync<CommitRefusedException>(() => others.Tested);
        Assert.Equal("42P01", refused.SqlState);
        Assert.All(await Task.WhenAll(others.Others), outcome => Assert.Equal(CommitOutcome.Committed, outcome));
        Assert.Equal(0, await _database.CountAsync("quarantine"));
    }

    [Fact]
    public async Task Given_a_day_that_retention_dropped_When_a_fix_of_it_comes_Then_the_day_is_made_again()
    {
        await _host.CommitAsync(0, LaneHost.Forward(5, LaneHost.FixAt(1)));
        await _database.ExecuteAsync("DROP TABLE fix_20260101");

        Assert.Equal(CommitOutcome.Committed, await _host.CommitAsync(0, LaneHost.Forward(5, LaneHost.FixAt(2))));
        Assert.Equal(1, await _database.CountAsync("fix_20260101"));
    }

    [Fact]
    public async Task Given_a_day_that_cannot_be_made_When_fixes_of_it_and_of_others_come_Then_only_its_unit_is_not_committed()
    {
        await _host.CommitAsync(0, LaneHost.Forward(5, LaneHost.FixAt(1)));
        await _database.ExecuteAsync("ALTER TABLE fix DETACH PARTITION fix_20260101"); // there, but not of the table

        await Assert.ThrowsAsync<CommitUnavailableException>(() => _host.CommitAsync(0, LaneHost.Forward(5, LaneHost.FixAt(2))));
        const int tooOld = -11 * 366 * 86_400;
        Assert.Equal(CommitOutcome.Parked, await _host.CommitAsync(0, LaneHost.Forward(5, LaneHost.FixAt(tooOld))));
        Assert.Equal(CommitOutcome.Committed, await _host.CommitAsync(0, LaneHost.Forward(5, LaneHost.FixAt(86_400))));
    }

    [Fact]
    public async Task Given_a_device_whose_days_must_be_made_first_When_that_takes_long_Then_the_others_of_its_lane_do_not_wait()
    {
        await _host.CommitAsync(0, LaneHost.Forward(5, LaneHost.FixAt(1)));
        await using var holder = await _database.Superuser.OpenConnectionAsync();
        await using var held = await holder.BeginTransactionAsync();
        await using (var hold = new Npgsql.NpgsqlCommand("LOCK TABLE fix IN SHARE UPDATE EXCLUSIVE MODE", holder, held))
            await hold.ExecuteNonQueryAsync();

        const int days = 16; // each waits for half a second
        var ofManyDays = _host.CommitAsync(0, LaneHost.Forward(6, [.. Enumerable.Range(1, days).Select(day => LaneHost.FixAt(day * 86_400))]));
        var ofToday = _host.CommitAsync(0, LaneHost.Forward(7, LaneHost.FixAt(2)));

        Assert.Same(ofToday, await Task.WhenAny(ofManyDays, ofToday));
        Assert.Equal(CommitOutcome.Committed, await ofToday);
        await Assert.ThrowsAsync<CommitUnavailableException>(() => ofManyDays);
    }

    private async Task AssertOnlyConflictAsync(CommitUnit unit)
    {
        var others = await CommitAmongOthersAsync(unit);
        await Assert.ThrowsAsync<CommitConflictException>(() => others.Tested);
        Assert.All(await Task.WhenAll(others.Others), outcome => Assert.Equal(CommitOutcome.Committed, outcome));
        Assert.Equal(20, await _database.OneAsync<long>("SELECT count(*) FROM fix WHERE device_id BETWEEN 101 AND 120"));
    }

    /// <summary>Twenty good units and this one in the middle of them, gathered into one batch.</summary>
    private async Task<(Task<CommitOutcome> Tested, List<Task<CommitOutcome>> Others)> CommitAmongOthersAsync(CommitUnit unit)
    {
        await _host.CommitAsync(0, LaneHost.Forward(100, LaneHost.FixAt(0)));
        await using var hold = await _database.HoldAsync("fix");
        var others = new List<Task<CommitOutcome>> { _host.CommitAsync(0, LaneHost.Forward(100, LaneHost.FixAt(1))) };
        await _database.WaitingAsync(1, "COPY fix%");
        for (var device = 101; device <= 110; device++)
            others.Add(_host.CommitAsync(device, LaneHost.Forward(device, LaneHost.FixAt(1))));
        var tested = _host.CommitAsync(5, unit);
        for (var device = 111; device <= 120; device++)
            others.Add(_host.CommitAsync(device, LaneHost.Forward(device, LaneHost.FixAt(1))));
        return (tested, others);
    }
}
