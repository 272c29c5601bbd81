using System.ComponentModel.DataAnnotations;

namespace FieldCrm.Silo.Commit;

/// <summary>How grains' decisions reach the database.</summary>
public sealed class CommitOptions
{
    /// <summary>Lanes of this silo, a connection each. Default 2, 1–16: more lanes mean smaller batches.</summary>
    [Range(1, 16)]
    public int Lanes { get; set; } = 2;

    /// <summary>Rows after which a batch is full. Default 4,000, 1–20,000.</summary>
    [Range(1, 20_000)]
    public int MaxBatchRows { get; set; } = 4_000;

    /// <summary>Units that may wait for one lane before callers wait themselves. Default 8,192, 16–100,000.</summary>
    [Range(16, 100_000)]
    public int MaxQueuedUnits { get; set; } = 8_192;

    /// <summary>How long a caller waits for its commit. Default 10 s; below the grain response timeout of 30 s.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one statement of a commit may take. Default 5 s: the feed waits for the oldest writer.</summary>
    public TimeSpan StatementTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
