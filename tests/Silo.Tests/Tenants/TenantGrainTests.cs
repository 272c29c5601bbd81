using System.Collections.Immutable;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Commit;
using FieldCrm.Silo.Tenants;
using FieldCrm.Silo.Tests.Devices;
using FieldCrm.TestKit;

namespace FieldCrm.Silo.Tests.Tenants;

public sealed class TenantGrainTests
{
    [Fact]
    public async Task Given_a_commit_of_which_nobody_knows_yet_When_the_tenant_is_asked_Then_it_reads_only_after_that_is_decided()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var silo = await SiloUnderTest.StartAsync(database.Addresses);
        var tenant = silo.Get<IGrainFactory>().GetGrain<ITenantGrain>(0);
        Assert.Equal(0, (await tenant.GetStateAsync())?.DeviceCount);
        Task<TenantState?> asked;
        await using (await database.HoldAsync("device"))
        {
            var registering = tenant.DecideAsync(
                new RegisterDevices([new NewDevice(new DeviceId(1), "van-1", "Van 1", TokenHash: null)], SkipKnown: false), Actor.Operator);
            await database.WaitingAsync(1, "%INSERT INTO device%");
            await Eventually.TrueAsync(
                () =>
                {
                    silo.Time.Advance(TimeSpan.FromSeconds(11)); // past its deadline
                    return registering.IsCompleted;
                },
                TimeSpan.FromSeconds(20));
            await Assert.ThrowsAsync<CommitOutcomeUnknownException>(() => registering);

            asked = tenant.GetStateAsync();
            // Another tenant's grain on the other lane answers: it is not the silo that waits.
            Assert.Null(await silo.Get<IGrainFactory>().GetGrain<ITenantGrain>(1).GetStateAsync());
            Assert.False(asked.IsCompleted);
        }

        Assert.Equal(1, (await asked)?.DeviceCount);
    }
}
