using FieldCrm.Silo.Commit;
using FieldCrm.TestKit;

namespace FieldCrm.Silo.Tests.Commit;

public sealed class DatabaseRestartTests
{
    [Fact]
    public async Task Given_the_database_is_killed_and_started_again_When_committing_all_the_while_Then_exactly_what_was_acknowledged_or_in_doubt_is_there()
    {
        await using var server = await PostgresFixture.OwnAsync();
        await using var database = await TestDatabase.CreateAsync(server);
        await using var host = await LaneHost.StartAsync(database.Addresses);
        var acknowledged = new HashSet<int>();
        var inDoubt = new HashSet<int>();
        var next = 0;
        for (var round = 0; round < 3; round++)
        {
            await CommitAsync(50);
            var commits = CommitAsync(200);
            server.Kill();
            await commits;
            await CommitAsync(20);
            await server.StartAgainAsync();
            // By themselves, and soon: the callers do nothing but try.
            var before = acknowledged.Count;
            await Eventually.TrueAsync(
                async () =>
                {
                    await CommitAsync(1);
                    return acknowledged.Count > before;
                },
                TimeSpan.FromSeconds(30));
        }

        await using var again = database.WithNewConnections();
        var stored = (await again.RowsAsync("SELECT device_id FROM fix")).Select(r => int.Parse(r.Trim('(', ')'), null)).ToList();
        Assert.Equal(stored.Count, stored.Distinct().Count());
        Assert.Empty(acknowledged.Except(stored));
        Assert.Empty(stored.Except(acknowledged).Except(inDoubt));

        async Task CommitAsync(int count)
        {
            var batch = Enumerable.Range(next, count).Select(d => (Device: d, Commit: host.CommitAsync(d, LaneHost.Forward(d, LaneHost.FixAt(1))))).ToList();
            next += count;
            foreach (var (device, commit) in batch)
            {
                try
                {
                    await commit;
                    acknowledged.Add(device);
                }
                catch (CommitUnavailableException)
                {
                }
                catch (CommitOutcomeUnknownException)
                {
                    inDoubt.Add(device);
                }
            }
        }
    }
}
