using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Supervision;

/// <summary>One instance, killed piece by piece; each test leaves it serving.</summary>
[Trait("Category", "Slow")]
public sealed class KillTests(KillTests.Running running) : IClassFixture<KillTests.Running>
{
    private static readonly TimeSpan RecoveryDeadline = TimeSpan.FromSeconds(30);

    private HubProcess Hub => running.Hub;

    [Fact]
    public async Task Given_a_serving_instance_When_the_server_is_killed_Then_another_serves()
    {
        var (server, postmaster) = (Hub.ServerId, Hub.PostmasterId);
        HubProcess.Kill(server);
        await Eventually.TrueAsync(() => !HubProcess.IsAlive(server), RecoveryDeadline);
        await Eventually.TrueAsync(Hub.IsReadyAsync, RecoveryDeadline, () => Hub.Output);
        Assert.NotEqual(server, Hub.ServerId);
        Assert.Equal(postmaster, Hub.PostmasterId);
    }

    [Fact]
    public async Task Given_a_serving_instance_When_PostgreSQL_is_killed_Then_it_recovers_and_the_server_lives_on()
    {
        var (server, postmaster) = (Hub.ServerId, Hub.PostmasterId);
        HubProcess.Kill(postmaster);
        await Eventually.TrueAsync(() => Hub.PostmasterId is var id && id != 0 && id != postmaster, RecoveryDeadline, () => Hub.Output);
        await Eventually.TrueAsync(Hub.IsReadyAsync, RecoveryDeadline, () => Hub.Output);
        Assert.Equal(server, Hub.ServerId);
        Assert.True(HubProcess.IsAlive(server));
    }

    [Fact]
    public async Task Given_a_serving_instance_When_the_supervisor_is_killed_Then_the_next_start_adopts_its_PostgreSQL()
    {
        var (server, postmaster) = (Hub.ServerId, Hub.PostmasterId);
        HubProcess.Kill(Hub.SupervisorId);
        await Hub.ExitedAsync(RecoveryDeadline);

        await Hub.StartReadyAsync();

        Assert.False(HubProcess.IsAlive(server), "the old server drains when its supervisor is gone");
        Assert.Equal(postmaster, Hub.PostmasterId);
        Assert.Contains($"taking over the running PostgreSQL of this directory (process {postmaster})", Hub.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_supervisor_and_PostgreSQL_killed_together_When_started_Then_leftovers_are_ended_and_it_serves()
    {
        var postmaster = Hub.PostmasterId;
        HubProcess.Kill(Hub.SupervisorId);
        HubProcess.Kill(postmaster);
        await Hub.ExitedAsync(RecoveryDeadline);

        await Hub.StartReadyAsync();

        Assert.NotEqual(postmaster, Hub.PostmasterId);
        Assert.True(await Hub.IsReadyAsync());
    }

    [Fact]
    public async Task Given_an_adopted_PostgreSQL_When_it_is_killed_Then_it_is_started_again()
    {
        HubProcess.Kill(Hub.SupervisorId);
        await Hub.ExitedAsync(RecoveryDeadline);
        await Hub.StartReadyAsync();
        var postmaster = Hub.PostmasterId;
        HubProcess.Kill(postmaster);
        await Eventually.TrueAsync(() => Hub.PostmasterId is var id && id != 0 && id != postmaster, RecoveryDeadline, () => Hub.Output);
        await Eventually.TrueAsync(Hub.IsReadyAsync, RecoveryDeadline, () => Hub.Output);
    }

    public sealed class Running : IAsyncLifetime
    {
        public HubProcess Hub { get; } = new();

        public Task InitializeAsync() => Hub.StartReadyAsync();

        public Task DisposeAsync() => Hub.DisposeAsync().AsTask();
    }
}
