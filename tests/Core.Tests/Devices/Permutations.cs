using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Tests.Devices;

/// <summary>The ways in which trackers deliver: in order, newest first, blocks late, neighbours swapped, shuffled; with repeats.</summary>
internal static class Permutations
{
    public static Fix[] Of(Fix[] fixes, Random random)
    {
        var arrival = random.Next(8) switch
        {
            0 => fixes,
            1 => fixes.Reverse(),
            2 => LateBlocks(fixes, random),
            3 => Neighbours(fixes, random),
            4 or 5 or 6 => Stragglers(fixes, random),
            _ => Shuffled(fixes, random),
        };
        return [.. arrival.SelectMany(f => Enumerable.Repeat(f, random.Next(15) == 0 ? 2 : 1)), .. fixes.Where(_ => random.Next(10) == 0)];
    }

    private static Fix[] LateBlocks(Fix[] fixes, Random random)
    {
        var size = random.Next(3, 1 + Math.Max(3, fixes.Length / 4));
        return [.. fixes.Chunk(size).OrderBy(b => b[0].FixedAt.Value + (random.Next(3) == 0 ? long.MaxValue / 4 : 0)).SelectMany(b => b)];
    }

    private static Fix[] Neighbours(Fix[] fixes, Random random)
    {
        Fix[] swapped = [.. fixes];
        for (var i = 1; i < swapped.Length; i++)
        {
            if (random.Next(4) == 0)
                (swapped[i - 1], swapped[i]) = (swapped[i], swapped[i - 1]);
        }
        return swapped;
    }

    // In order, but for a few that come a little later: each is a refold of its own from a point close before it.
    private static Fix[] Stragglers(Fix[] fixes, Random random)
    {
        var oneIn = random.Next(4, 40);
        return [.. fixes.Select((fix, at) => (fix, At: at + (random.Next(oneIn) == 0 ? random.Next(2, 60) : 0)))
            .OrderBy(f => f.At).Select(f => f.fix)];
    }

    private static Fix[] Shuffled(Fix[] fixes, Random random)
    {
        Fix[] shuffled = [.. fixes];
        random.Shuffle(shuffled);
        return shuffled;
    }
}
