using FieldCrm.LoadTests.Faults;
using FieldCrm.Silo;
using Xunit.Abstractions;

namespace FieldCrm.Faults;

/// <summary>
/// Processes killed from outside in the middle of traffic. <c>./bench --faults</c> runs the same code more often and with
/// more devices.
/// </summary>
[Trait("Category", "Slow")]
[Collection(ProductCollection.Name)]
public sealed class KillTests(SharedProduct shared, ITestOutputHelper output)
{
    private const int Devices = 25;

    public static TheoryData<string> NamedPlaces => [.. Failpoints.All];

    [Theory]
    [MemberData(nameof(NamedPlaces))]
    public Task Given_traffic_When_the_server_is_killed_at_a_named_place_Then_nothing_is_lost_or_twice(string place) =>
        ProveAsync(Kill.At(place), seed: 100 + Failpoints.All.ToList().IndexOf(place));

    [Theory]
    [InlineData(201)]
    [InlineData(202)]
    [InlineData(203)]
    public Task Given_traffic_When_the_server_is_killed_at_random_Then_nothing_is_lost_or_twice(int seed) =>
        ProveAsync(new Kill(Victim.Server, Failpoint: null), seed);

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    public Task Given_traffic_When_PostgreSQL_is_killed_Then_nothing_is_lost_or_twice(int seed) =>
        ProveAsync(new Kill(Victim.Postgres, Failpoint: null), seed);

    private async Task ProveAsync(Kill kill, int seed)
    {
        var run = new FaultRun(shared.Product, TimeProvider.System) { Devices = Devices };
        var result = await run.RunAsync(shared.NextName(), seed, kill, CancellationToken.None);
        output.WriteLine($"seed {seed}, {kill}: {result.Acknowledged} acknowledged, {result.Repeats} requests sent again, "
            + $"{result.Compared.Messages} messages and {result.Compared.States} states compared, first acknowledgement {result.Recovery.TotalMilliseconds:0} ms after the kill");

        Assert.Empty(result.Differences);
        Assert.Equal(0, result.Lost);
        Assert.Equal(0, result.Duplicates);
        Assert.Equal(result.Acknowledged, result.Stored);
        // That it goes on at all, with fixes that were sent after the kill; how soon is for the figures, on a machine of its own.
        Assert.InRange(result.Recovery, TimeSpan.FromTicks(1), TimeSpan.FromMinutes(3));
        Assert.True(result.Compared.Messages > 0, "no message was compared");
        Assert.Equal(Devices, result.Compared.States);
        Assert.True(
            result.Acknowledged > Devices / SeededTraffic.LongEvery * SeededTraffic.LeastLongFixes + Devices * 16, $"only {result.Acknowledged} fixes: the run proved little");
        Assert.Empty(await run.LedgerFindingsAsync(CancellationToken.None));
    }
}
