using FieldCrm.Core;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Devices;
using Orleans.Runtime;
using Orleans.Serialization;
using static FieldCrm.Silo.Tests.Devices.DeviceFixture;

namespace FieldCrm.Silo.Tests.Devices;

/// <summary>What a caller of a grain gets: types it can tell apart, nothing copied, and a refusal when too many wait.</summary>
public sealed class GrainBoundaryTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private SiloUnderTest _silo = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _silo = await SiloUnderTest.StartAsync(_database.Addresses, also: FaultyLanes.Put);
    }

    public async Task DisposeAsync()
    {
        await _silo.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Given_each_refusal_of_the_lanes_When_a_grain_is_called_Then_the_caller_can_tell_it()
    {
        var lanes = _silo.Get<FaultyLanes>();
        lanes.Before = _ => new CommitUnavailableException("no");
        await Assert.ThrowsAsync<CommitUnavailableException>(() => _silo.ReportAsync(1, Driving(0)));
        lanes.Before = _ => new CommitOutcomeUnknownException("who knows");
        await Assert.ThrowsAsync<CommitOutcomeUnknownException>(() => _silo.ReportAsync(1, Driving(0)));
        lanes.Before = _ => new CommitConflictException("stale");
        await Assert.ThrowsAsync<CommitUnavailableException>(() => _silo.ReportAsync(1, Driving(0)));
        Assert.Equal(0, await _database.CountAsync("fix"));
    }

    [Fact]
    public void Given_each_refusal_When_it_travels_between_processes_Then_type_and_message_arrive()
    {
        var serializer = _silo.Get<Serializer>();
        Exception[] refusals =
        [
            new CommitUnavailableException("a", new IOException("b")), new CommitConflictException("c"),
            new CommitOutcomeUnknownException("d"),
        ];
        foreach (var refusal in refusals)
        {
            var arrived = Assert.IsAssignableFrom<Exception>(
                serializer.Deserialize<object>(serializer.SerializeToArray<object>(refusal)));
            Assert.Equal((refusal.GetType(), refusal.Message), (arrived.GetType(), arrived.Message));
        }
        var refused = new CommitRefusedException("23505", "IX_x", new IOException("e"));
        var copy = Assert.IsType<CommitRefusedException>(serializer.Deserialize<object>(serializer.SerializeToArray<object>(refused)));
        Assert.Equal(("23505", "IX_x"), (copy.SqlState, copy.Constraint));
    }

    [Fact]
    public void Given_a_batch_When_it_is_handed_to_a_grain_Then_it_is_not_copied_and_travels_whole()
    {
        var batch = new FixBatch(SiloUnderTest.Tenant, new UtcMicros(5), [Driving(1), Driving(2)]);
        Assert.Same(batch, _silo.Get<DeepCopier>().Copy(batch));

        var serializer = _silo.Get<Serializer>();
        var arrived = Assert.IsType<FixBatch>(serializer.Deserialize<FixBatch>(serializer.SerializeToArray(batch)));
        Assert.Equal((batch.Tenant, batch.ReceivedAt), (arrived.Tenant, arrived.ReceivedAt));
        Assert.Equal(batch.Fixes.ToArray(), arrived.Fixes.ToArray());
    }

    [Fact]
    public async Task Given_a_mailbox_that_is_full_When_more_comes_Then_it_is_refused_as_such_and_the_rest_is_stored()
    {
        var gate = new TaskCompletionSource();
        _silo.Get<FaultyLanes>().Gate = gate.Task;
        var reports = Enumerable.Range(0, 700).Select(i => _silo.ReportAsync(1, Driving(i))).ToList();
        // All have arrived: a mailbox that is opened sooner takes those that are still on their way.
        await TestKit.Eventually.TrueAsync(() => reports.Count(r => r.IsFaulted) >= 150, TimeSpan.FromSeconds(20));
        gate.SetResult();

        var refused = 0;
        foreach (var report in reports)
        {
            try
            {
                await report;
            }
            catch (LimitExceededException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 150, 220);
        Assert.Equal(700 - refused, await _database.CountAsync("fix"));
    }

    [Fact]
    public async Task Given_two_silos_of_two_instances_When_side_by_side_Then_each_has_its_own_port_and_neither_a_gateway()
    {
        await using var otherDatabase = await TestDatabase.CreateAsync();
        await using var other = await SiloUnderTest.StartAsync(otherDatabase.Addresses);
        await _silo.ReportAsync(1, Driving(0));
        await other.ReportAsync(1, Driving(1), Driving(2));

        Assert.Equal((1, 2), (await _database.CountAsync("fix"), await otherDatabase.CountAsync("fix")));
        foreach (var silo in new[] { _silo, other })
            Assert.Null(silo.Get<ILocalSiloDetails>().GatewayAddress);
    }

    [Fact]
    public async Task Given_a_database_that_cannot_be_read_When_a_device_must_be_loaded_Then_unavailable()
    {
        await _database.ExecuteAsync("ALTER TABLE device_snapshot RENAME TO gone");
        await Assert.ThrowsAsync<CommitUnavailableException>(() => _silo.ReportAsync(1, Driving(0)));
        await _database.ExecuteAsync("ALTER TABLE gone RENAME TO device_snapshot");
        Assert.Equal(1, (await _silo.ReportAsync(1, Driving(0))).Accepted);
    }
}
