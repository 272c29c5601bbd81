using System.ComponentModel.DataAnnotations;

namespace FieldCrm.Silo.DueTimes;

/// <summary>How due times fire.</summary>
public sealed class DueTimesOptions : IValidatableObject
{
    /// <summary>Pause between two looks when little is due. Default 1 s, 100 ms–1 min: a firing may be this late.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Owners asked at the same time. Default 64, 1–1,024.</summary>
    [Range(1, 1_024)]
    public int MaxConcurrency { get; set; } = 64;

    /// <summary>One firing may take this long. Default 15 s, 1 s–5 min: a commit's deadline and a reload.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan HandlerTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// An owner that failed, or answered without moving its row, is asked again after this long. Default 30 s,
    /// 2 s–1 h, longer than <see cref="HandlerTimeout"/>.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:02", "01:00:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(30);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (RetryAfter <= HandlerTimeout)
            yield return new ValidationResult("DueTimes:RetryAfter must be longer than DueTimes:HandlerTimeout.", [nameof(RetryAfter)]);
    }
}
