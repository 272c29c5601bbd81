using System.ComponentModel.DataAnnotations;

namespace FieldCrm.Silo.Outbox;

/// <summary>How messages leave. With the defaults one is tried 20 times over about nine hours.</summary>
public sealed class OutboxOptions : IValidatableObject
{
    /// <summary>Deliveries at the same time. Default 16, 1–256.</summary>
    [Range(1, 256)]
    public int MaxConcurrency { get; set; } = 16;

    /// <summary>Look again after this long without a signal. Default 1 s, 100 ms–1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>One delivery may take this long. Default 10 s, 1 s–5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan DeliveryTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A claimed message is nobody else's for this long; after a crash it comes again then. Default 30 s, 2 s–30 min,
    /// longer than <see cref="DeliveryTimeout"/>.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:30:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Wait after the first failure; doubles with each further one. Default 1 s, 100 ms–1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait between two attempts. Default 1 h, 1 s–1 d.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan LongestRetry { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Attempts before a message is given up (state 2, kept for the operator). Default 20, 1–1,000.</summary>
    [Range(1, 1_000)]
    public int MaxAttempts { get; set; } = 20;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Lease <= DeliveryTimeout)
            yield return new ValidationResult("Outbox:Lease must be longer than Outbox:DeliveryTimeout.", [nameof(Lease)]);
    }

    /// <summary>How long to wait after attempt number <paramref name="attempt"/> failed.</summary>
    internal TimeSpan RetryAfter(int attempt)
    {
        // 2^40 first retries are longer than any LongestRetry.
        var wait = FirstRetry.TotalSeconds * Math.Pow(2, Math.Clamp(attempt - 1, 0, 40));
        return wait < LongestRetry.TotalSeconds ? TimeSpan.FromSeconds(wait) : LongestRetry;
    }
}
