namespace FieldCrm.LoadTests.Throughput;

/// <summary>What one throughput measurement is made of.</summary>
internal sealed record ThroughputOptions
{
    /// <summary>Length of each half of a pair.</summary>
    public int Seconds { get; init; } = 10;

    public int Devices { get; init; } = 2_000;

    /// <summary>Keep-alive HTTP connections, each with one request under way.</summary>
    public int Connections { get; init; } = 128;

    public int PerRequest { get; init; } = 10;

    /// <summary>Pairs of raw and product, alternating, so that a machine's mood meets both.</summary>
    public int Pairs { get; init; } = 4;

    public int Seed { get; init; } = 1;
}
