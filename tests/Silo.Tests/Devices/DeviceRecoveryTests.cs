using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Tests.Devices;
using FieldCrm.Silo.Commit;
using Microsoft.Extensions.Time.Testing;
using static FieldCrm.Silo.Tests.Devices.DeviceFixture;

namespace FieldCrm.Silo.Tests.Devices;

/// <summary>
/// A sender that repeats until it is answered, a silo that loses its activations, its commits, its answers and itself:
/// what is stored in the end must equal an undisturbed run in order.
/// </summary>
public sealed class DeviceRecoveryTests
{
    private const int Device = 11;

    private static readonly DateTimeOffset Start = new(2026, 1, 10, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Given_a_disturbed_run_When_it_settles_Then_it_equals_the_undisturbed_one(int seed)
    {
        var fixes = new DriveGenerator(seed).Make(400);
        fixes = [.. fixes.Where(f => f.FixedAt < fixes[0].FixedAt.Plus(TimeSpan.FromDays(6)))];

        var expected = await UndisturbedAsync(fixes);
        await using var database = await TestDatabase.CreateAsync();
        await DisturbedAsync(database, fixes, new Random(seed));

        Assert.Equal(expected, await OutcomeAsync(database, Device));
        Assert.Equal(await NetEventsAsync(database, Device), await LedgerAsync(database, Device));
        Assert.Equal(
            await database.OneAsync<long>("SELECT count(*) FROM event"),
            await database.OneAsync<long>("SELECT max(version) FROM event"));
    }

    private static async Task<List<string>> UndisturbedAsync(Fix[] fixes)
    {
        await using var database = await TestDatabase.CreateAsync();
        await using (var silo = await SiloUnderTest.StartAsync(database.Addresses))
        {
            foreach (var batch in fixes.Chunk(50))
                await silo.ReportAsync(Device, [.. batch]);
            Assert.Equal(0, await database.CountAsync("refold_mark"));
        }
        return await OutcomeAsync(database, Device);
    }

    private static async Task DisturbedAsync(TestDatabase database, Fix[] fixes, Random random)
    {
        var time = new FakeTimeProvider(Start);
        var silo = await SiloUnderTest.StartAsync(database.Addresses, time, FaultyLanes.Put);
        var fenced = new List<SiloUnderTest>();
        var arrival = Permutations.Of(fixes, random);
        for (var at = 0; at < arrival.Length;)
        {
            var batch = arrival[at..Math.Min(arrival.Length, at + random.Next(1, 30))];
            at += batch.Length;
            switch (random.Next(30))
            {
                case < 3:
                    await silo.DeactivateAllAsync();
                    break;
                case 3 when fenced.Count < 3:
                    fenced.Add(silo); // it lives on, and may commit nothing more
                    silo = await SiloUnderTest.StartAsync(database.Addresses, time, FaultyLanes.Put);
                    break;
            }
            Disturb(silo.Get<FaultyLanes>(), random);
            await SendUntilAnsweredAsync(silo, batch);
            time.Advance(TimeSpan.FromMilliseconds(random.Next(5_000)));
        }
        (silo.Get<FaultyLanes>().Before, silo.Get<FaultyLanes>().After) = (_ => null, _ => null);
        await silo.SettleAsync(database);
        await silo.DisposeAsync();
        foreach (var older in fenced)
            await older.DisposeAsync();
    }

    /// <summary>One commit of five fails, one of five commits and loses its answer; refolds and snapshots included.</summary>
    private static void Disturb(FaultyLanes lanes, Random random)
    {
        var chance = new Random(random.Next());
        lanes.Before = _ => Next(chance) == 0 ? new CommitUnavailableException("as the test wants") : null;
        lanes.After = _ => Next(chance) == 0 ? new CommitOutcomeUnknownException("as the test wants") : null;

        static int Next(Random chance)
        {
            lock (chance)
                return chance.Next(5);
        }
    }

    private static async Task SendUntilAnsweredAsync(SiloUnderTest silo, Fix[] batch)
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            try
            {
                await silo.ReportAsync(Device, [.. batch]);
                return;
            }
            catch (Exception e) when (e is CommitUnavailableException or CommitOutcomeUnknownException)
            {
            }
        }
        Assert.Fail("a hundred attempts were not answered");
    }
}
