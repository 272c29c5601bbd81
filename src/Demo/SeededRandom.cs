namespace FieldCrm.Demo;

/// <summary>Random numbers that are the same in every process and on every machine: SplitMix64.</summary>
internal struct SeededRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A generator that belongs to these numbers and to no others.</summary>
    public static SeededRandom Of(long first, long second, long third)
    {
        var mix = new SeededRandom(0x9E3779B97F4A7C15UL ^ (ulong)first);
        mix = new SeededRandom(mix.NextBits() ^ (ulong)second);
        mix = new SeededRandom(mix.NextBits() ^ (ulong)third);
        return new SeededRandom(mix.NextBits());
    }

    public ulong NextBits()
    {
        _state += 0x9E3779B97F4A7C15UL;
        var bits = _state;
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9UL;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBUL;
        return bits ^ (bits >> 31);
    }

    /// <summary>0 up to but not 1.</summary>
    public double Next() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    public int Next(int from, int to) => from + (int)(Next() * (to - from));

    /// <summary>Mean 0, deviation 1 (Box and Muller).</summary>
    public double NextGaussian() => Math.Sqrt(-2 * Math.Log(1 - Next())) * Math.Cos(2 * Math.PI * Next());
}
