using FieldCrm.Core.Devices;
using Xunit.Abstractions;

namespace FieldCrm.Core.Tests.Devices;

/// <summary>
/// Whatever the order, the repeats, the refolds between and the deaths of the grain: the state, the net events, the
/// marks and the checkpoints end as if all fixes had come sorted and once, according to an oracle of its own.
/// FIELDCRM_SEED=n runs that one case.
/// </summary>
public sealed class OrderIndependenceTests(ITestOutputHelper output)
{
    private static readonly DeviceId Device = new(4711);

    [Fact]
    public void Given_500_drives_in_any_order_When_everything_is_adopted_Then_equal_to_the_oracle() => RunCases(500);

    [Fact]
    public void Given_a_store_that_answers_newer_marks_too_When_200_drives_are_adopted_Then_the_oracle_notices()
    {
        var noticed = Enumerable.Range(1, 200).Count(static seed =>
        {
            try
            {
                RunCase(seed, ignoresGenerations: true);
                return false;
            }
            catch (Xunit.Sdk.XunitException)
            {
                return true;
            }
        });
        output.WriteLine($"noticed in {noticed} of 200 cases");
        Assert.InRange(noticed, 10, 200);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Given_9500_more_drives_in_any_order_When_everything_is_adopted_Then_equal_to_the_oracle() => RunCases(9_500);

    [Fact]
    [Trait("Category", "Slow")]
    public void Given_20_whole_days_in_any_order_When_everything_is_adopted_Then_equal_to_the_oracle()
    {
        var first = ReplaySeed() ?? FirstSeed();
        output.WriteLine($"seeds {first} …");
        var days = ReplaySeed() is null ? 20 : 1;
        for (var i = 0; i < days; i++)
        {
            var seed = unchecked(first + i);
            var (count, interval) = seed % 5 == 0 ? (86_400, 1_000) : (17_280, 5_000);
            var fixes = new DriveGenerator(seed).MakeDay(count, interval);
            var simulator = new DeviceStoreSimulator(Device, new DeviceSettings());
            Deliver(simulator, fixes, new Random(seed), largestChunk: 1_000);
            Compare(seed, simulator, new NaiveOracle(Device, fixes));
        }
    }

    private void RunCases(int count)
    {
        if (ReplaySeed() is { } replay)
        {
            RunCase(replay);
            return;
        }
        var first = FirstSeed();
        output.WriteLine($"seeds {first} …");
        Seen seen = default;
        for (var i = 0; i < count; i++)
            seen += RunCase(unchecked(first + i));
        output.WriteLine($"{seen}");
        Assert.True(seen.Refolds > 0 && seen.Withdrawn > 0 && seen.Reinstated > 0 && seen.Trips > 0 && seen.Alarms > 0, $"{seen}: too tame to prove anything");
    }

    private static Seen RunCase(int seed, bool ignoresGenerations = false)
    {
        var random = new Random(seed);
        var fixes = new DriveGenerator(seed).Make(random.Next(20, 501));
        // Far closer than in the product, so that refolds start in the middle of everything.
        var settings = new DeviceSettings { CheckpointEvery = random.Next(3) == 0 ? 1 : random.Next(2, 20), RefoldWindow = TimeSpan.FromDays(31) };
        var simulator = new DeviceStoreSimulator(Device, settings, ignoresGenerations);
        try
        {
            Deliver(simulator, fixes, random, largestChunk: 40);
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"FIELDCRM_SEED={seed}: {e}");
        }
        var oracle = new NaiveOracle(Device, fixes);
        Compare(seed, simulator, oracle);
        return new Seen(
            simulator.Refolds, simulator.Ledger.Count(c => c.Set is null), oracle.Track.Count(b => b.IsAfterJump),
            oracle.Events.Count(e => e.Kind == NetEventKind.TripEnded), oracle.Events.Count(e => e.Kind == NetEventKind.AlarmRaised));
    }

    private static void Deliver(DeviceStoreSimulator simulator, Fix[] fixes, Random random, int largestChunk)
    {
        var arrival = Permutations.Of(fixes, random);
        var queue = new Queue<Fix[]>();
        for (var at = 0; at < arrival.Length;)
        {
            var length = Math.Min(random.Next(1, largestChunk + 1), arrival.Length - at);
            queue.Enqueue(arrival[at..(at + length)]);
            at += length;
        }
        var now = new UtcMicros(1_800_000_000L * UtcMicros.PerSecond);
        while (queue.TryDequeue(out var chunk))
        {
            now = now.Plus(TimeSpan.FromSeconds(1));
            var outcome = random.Next(20);
            if (!simulator.Report(chunk, now, isLost: outcome == 0) || outcome == 1)
                queue.Enqueue(chunk); // not acknowledged, or acknowledged unheard: sent again later
            switch (random.Next(9))
            {
                case 0: simulator.StartRefold(); break;
                case 6: simulator.StartRefold(random.Next(100)); break;
                case 5: simulator.ContinueRefold(random.Next(100)); break;
                case 1: simulator.AdoptRefold(); break;
                case 2: simulator.WriteSnapshot(); break;
                case 3 when random.Next(3) == 0: simulator.DropGrain(); break;
                case 4 when random.Next(5) == 0: simulator.Kill(); break;
            }
        }
        simulator.FinishRefolds();
    }

    private static void Compare(int seed, DeviceStoreSimulator simulator, NaiveOracle oracle)
    {
        var replay = $"FIELDCRM_SEED={seed}";
        AssertSame(oracle.Events.OrderBy(e => e.EmittedAt).ThenBy(e => e.Id), simulator.Events.Values.OrderBy(e => e.EmittedAt).ThenBy(e => e.Id), $"{replay}: net events");
        AssertSame(oracle.MarkedFixes.OrderBy(m => m.Key), simulator.Marks.OrderBy(m => m.Key), $"{replay}: marks");
        AssertSame(oracle.State, simulator.Grain.Fold.ToBytes(), $"{replay}: state");
        var ledger = new Dictionary<Guid, NetEvent>();
        foreach (var (set, withdrawn) in simulator.Ledger)
        {
            if (set is not null)
                ledger[set.Id] = set;
            else
                Assert.True(ledger.Remove(withdrawn), $"{replay}: the ledger withdraws what it does not hold");
        }
        AssertSame(oracle.Net.OrderBy(e => e.Key), ledger.OrderBy(e => e.Key), $"{replay}: net events of the ledger");
        CompareCheckpoints(replay, simulator, oracle);
        simulator.DropGrain();
        AssertSame(oracle.State, simulator.Grain.Fold.ToBytes(), $"{replay}: recovered state");
    }

    private static void CompareCheckpoints(string replay, DeviceStoreSimulator simulator, NaiveOracle oracle)
    {
        // All of them, and no other: one that is missing costs a longer refold, or one that retention has taken the start of.
        var due = Enumerable.Range(0, oracle.Fixes.Length)
            .Where(at => (at + 1) % simulator.Settings.CheckpointEvery == 0
                || (at + 1 < oracle.Fixes.Length && Day(oracle.Fixes[at]) != Day(oracle.Fixes[at + 1])))
            .Select(at => oracle.Fixes[at].Key);
        AssertSame(due, simulator.Checkpoints.Keys, $"{replay}: checkpoints");
        var straight = new DeviceFold(Device);
        var output = new FoldOutput();
        foreach (var fix in oracle.Fixes)
        {
            straight.Step(fix, output);
            if (simulator.Checkpoints.TryGetValue(fix.Key, out var checkpoint))
                Assert.True(checkpoint.AsSpan().SequenceEqual(straight.ToBytes()), $"{replay}: checkpoint through {fix.Key}");
        }
    }

    private static DateTime Day(Fix fix) => DateTime.UnixEpoch.AddTicks(fix.FixedAt.Value * TimeSpan.TicksPerMicrosecond).Date;

    private static void AssertSame<T>(IEnumerable<T> expected, IEnumerable<T> actual, string what)
    {
        var (left, right) = (expected.ToArray(), actual.ToArray());
        if (left.AsSpan().SequenceEqual(right))
            return;
        var at = left.Zip(right).TakeWhile(p => EqualityComparer<T>.Default.Equals(p.First, p.Second)).Count();
        Assert.Fail($"{what} differ at {at}:\n oracle {left.ElementAtOrDefault(at)}\n actual {right.ElementAtOrDefault(at)}");
    }

    private static int? ReplaySeed() =>
        int.TryParse(Environment.GetEnvironmentVariable("FIELDCRM_SEED"), out var seed) ? seed : null;

    private static int FirstSeed() => (int)(System.Diagnostics.Stopwatch.GetTimestamp() & 0x3FFFFFFF);

    private readonly record struct Seen(long Refolds, long Withdrawn, long Reinstated, long Trips, long Alarms)
    {
        public static Seen operator +(Seen left, Seen right) => new(
            left.Refolds + right.Refolds, left.Withdrawn + right.Withdrawn, left.Reinstated + right.Reinstated,
            left.Trips + right.Trips, left.Alarms + right.Alarms);
    }
}
