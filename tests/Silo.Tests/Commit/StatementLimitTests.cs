using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Devices;
using FieldCrm.Silo.Ledger;
using FieldCrm.Silo.Outbox;
using FieldCrm.Silo.Retention;
using FieldCrm.Silo.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FieldCrm.Silo.Tests.Commit;

/// <summary>A lock that nobody gives back: whatever works beside the lanes is ended by the server, and not by the lock's end.</summary>
public sealed class StatementLimitTests : StoreTest
{
    [Fact]
    public async Task Given_tables_that_stay_locked_When_each_worker_asks_Then_the_server_ends_its_statement()
    {
        await using var holder = await Owner.OpenConnectionAsync();
        await using var held = await holder.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand(
            "LOCK TABLE outbox, quarantine, device_snapshot, seal, fix IN ACCESS EXCLUSIVE MODE", holder, held))
            await hold.ExecuteNonQueryAsync();
        var store = new OutboxStore(Database);
        var pruning = new Pruning(Database, new RetentionOptions());
        var reader = new DeviceReader(Database);
        var delivery = new OutboxDelivery(Guid.Empty, new TenantId(0), "kind", "target", "{}", default, 1);
        var sealer = new Sealer(Database, Options.Create(new SealerOptions()), Time, NullLogger<Sealer>.Instance);

        // Each on its own connection and all at once; were there no limit, the lock would outlast them.
        string[] states = await Task.WhenAll(
            StateAsync(store.ClaimAsync(1, Noon, TimeSpan.FromMinutes(1), default)),
            StateAsync(store.DeliveredAsync(delivery, Noon, default)),
            StateAsync(store.RetryAsync(delivery, Noon, "error", default)),
            StateAsync(sealer.SealAsync(1, default)),
            StateAsync(pruning.OldQuarantineAsync(Noon, default)),
            StateAsync(pruning.OldCheckpointsAsync(default)),
            StateAsync(reader.SnapshotAsync(new DeviceId(1), default)),
            StateAsync(reader.NewestFixesAsync(new DeviceId(1), 10, default)));

        Assert.All(states, state => Assert.Equal(PostgresErrorCodes.QueryCanceled, state));
    }

    [Fact]
    public async Task Given_a_session_that_had_another_limit_When_it_is_used_again_Then_it_has_its_pools_limit()
    {
        await new Pruning(Database, new RetentionOptions()).OldQuarantineAsync(Noon, default);
        Assert.Equal("5s", await LimitAsync(Database.Work));
        Assert.Equal("15s", await LimitAsync(Database.Silo));
        Assert.Equal("15s", await LimitAsync(Database.Api));
    }

    [Fact]
    public async Task Given_a_day_that_cannot_be_made_for_a_lock_When_fixes_of_it_and_of_others_come_Then_the_lane_does_not_wait_for_it()
    {
        await using var host = await LaneHost.StartAsync(Addresses, o => o.Lanes = 1, Time);
        Assert.Equal(CommitOutcome.Committed, await host.CommitAsync(0, LaneHost.Forward(1, LaneHost.FixAt(0))));
        const int nextDay = 86_400;
        await using (var holder = await Owner.OpenConnectionAsync())
        {
            await using var held = await holder.BeginTransactionAsync();
            // What DETACH PARTITION CONCURRENTLY holds: writers pass, and no other day can be attached.
            await using (var hold = new NpgsqlCommand("LOCK TABLE fix IN SHARE UPDATE EXCLUSIVE MODE", holder, held))
                await hold.ExecuteNonQueryAsync();

            var blocked = host.CommitAsync(0, LaneHost.Forward(2, LaneHost.FixAt(nextDay)));
            Assert.Equal(CommitOutcome.Committed, await host.CommitAsync(0, LaneHost.Forward(3, LaneHost.FixAt(1))));
            await Assert.ThrowsAsync<CommitUnavailableException>(() => blocked);
        }

        // Free again, and not asked so soon: each question may cost the lane half a second.
        await Assert.ThrowsAsync<CommitUnavailableException>(
            () => host.CommitAsync(0, LaneHost.Forward(2, LaneHost.FixAt(nextDay))));
        Time.Advance(PartitionDays.AskAgainAfter);
        Assert.Equal(CommitOutcome.Committed, await host.CommitAsync(0, LaneHost.Forward(2, LaneHost.FixAt(nextDay))));
    }

    private static async Task<string> StateAsync(Task work)
    {
        try
        {
            await work;
            return "done";
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
    }

    private static async Task<string> LimitAsync(NpgsqlDataSource pool)
    {
        await using var command = pool.CreateCommand("SHOW statement_timeout");
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
