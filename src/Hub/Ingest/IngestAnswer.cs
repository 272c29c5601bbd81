using FieldCrm.Core;

namespace FieldCrm.Hub.Ingest;

/// <summary>What a device is told, as HTTP says it. Acknowledged (200) means durably stored and evaluated.</summary>
/// <param name="StatusCode">200, or the status that goes with <paramref name="Failure"/>.</param>
internal readonly record struct IngestAnswer(int StatusCode, Failure? Failure)
{
    public static readonly IngestAnswer Received = new(StatusCodes.Status200OK, null);

    public static readonly IngestAnswer Unavailable = new(StatusCodes.Status503ServiceUnavailable, IngestFailures.Unavailable);

    public static readonly IngestAnswer Limited = new(StatusCodes.Status429TooManyRequests, IngestFailures.Limited);

    /// <summary>What a decoder refuses: 413 where less at a time would be taken, else 400.</summary>
    public static IngestAnswer Refused(Failure failure) => new(
        failure.Code is "osmand.body-too-large" or "fixes.body-too-large" or "fixes.too-many"
            ? StatusCodes.Status413PayloadTooLarge : StatusCodes.Status400BadRequest,
        failure);
}

/// <summary>What became of the fixes of one request.</summary>
/// <param name="Quarantined">Place among the handed-in fixes, ascending, and the reason. Empty unless the answer is 200.</param>
/// <param name="OffShift">A person's fixes that were not made on his shift: received, and nothing of them is kept.</param>
internal readonly record struct IngestOutcome(IngestAnswer Answer, (int Index, string Code)[] Quarantined, int OffShift)
{
    public static readonly IngestOutcome NotStored = new(IngestAnswer.Unavailable, [], OffShift: 0);
}
