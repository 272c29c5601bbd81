namespace FieldCrm.LoadTests.Throughput;

/// <summary>One measured stretch of either side.</summary>
internal sealed record PhaseResult
{
    /// <summary>Positions that were answered as stored (product) or committed (raw).</summary>
    public required long Positions { get; init; }

    public required TimeSpan Elapsed { get; init; }

    public LatencyHistogram Latency { get; init; } = new();

    /// <summary>Requests that were not answered with 200 and sent again.</summary>
    public long Repeats { get; init; }

    public double PositionsPerSecond => Positions / Elapsed.TotalSeconds;
}
