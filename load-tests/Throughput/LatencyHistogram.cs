using System.Numerics;

namespace FieldCrm.LoadTests.Throughput;

/// <summary>Latencies in buckets of 1/16 of their power of two: 6 % exact, constant size, one writer.</summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 4;
    private const int Sub = 1 << SubBits;

    private readonly long[] _counts = new long[64 * Sub];

    public void Add(TimeSpan elapsed) => _counts[BucketOf((ulong)Math.Max(0, elapsed.Ticks / TimeSpan.TicksPerMicrosecond))]++;

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
    }

    /// <summary>The upper end of the bucket in which the share lies, in milliseconds; 0 when nothing was counted.</summary>
    public double PercentileMs(double share)
    {
        var rank = (long)Math.Ceiling(_counts.Sum() * share);
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (rank > 0 && seen >= rank)
                return UpperMicrosOf(i) / 1_000.0;
        }
        return 0;
    }

    private static int BucketOf(ulong micros)
    {
        if (micros < Sub)
            return (int)micros;
        var power = BitOperations.Log2(micros);
        return (power - SubBits + 1) * Sub + (int)(micros >> (power - SubBits)) - Sub;
    }

    private static ulong UpperMicrosOf(int bucket) => bucket < Sub
        ? (ulong)bucket
        : (ulong)(bucket % Sub + Sub + 1) << (bucket / Sub - 1);
}
