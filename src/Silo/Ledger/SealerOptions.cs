using System.ComponentModel.DataAnnotations;

namespace FieldCrm.Silo.Ledger;

/// <summary>How often the ledger is sealed.</summary>
public sealed class SealerOptions
{
    /// <summary>Pause between two rounds. Default 5 s, 1–10 s: an event is sealed within 10 s of being visible.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:10")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Events that one seal covers at most (one transaction's events are never parted). Default 20,000, 1–100,000:
    /// what a transaction writes well within its five seconds.
    /// </summary>
    [Range(1, 100_000)]
    public int MaxEventsPerSeal { get; set; } = 20_000;

    /// <summary>
    /// Streams that one statement looks at, and one seal covers at most, where a restored ledger is sealed anew. Default
    /// 5,000, 2–20,000: two probes of an index each, well within the statement's five seconds.
    /// </summary>
    [Range(2, 20_000)]
    public int MaxStreamsPerPage { get; set; } = 5_000;
}
