using System.ComponentModel.DataAnnotations;

namespace FieldCrm.Silo.Retention;

/// <summary>What is forgotten, and when. How long positions stay is each tenant's own setting.</summary>
public sealed class RetentionOptions
{
    /// <summary>Pause between two rounds. Default 1 h, 1 min–1 d.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Delivered messages. Default 7 days, 1–365.</summary>
    [Range(1, 365)]
    public int DeliveredDays { get; set; } = 7;

    /// <summary>Messages given up, for the operator to look at. Default 30 days, 1–365.</summary>
    [Range(1, 365)]
    public int GivenUpDays { get; set; } = 30;

    /// <summary>What parsed but cannot be true. Default 30 days, 1–365.</summary>
    [Range(1, 365)]
    public int QuarantineDays { get; set; } = 30;

    /// <summary>Newest quarantined rows kept of one device (those of no device: of one tenant). Default 10,000, 1–1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int QuarantineRowsPerDevice { get; set; } = 10_000;

    /// <summary>Sign-in links after they ran out. Default 7 days, 1–365.</summary>
    [Range(1, 365)]
    public int ExpiredLinkDays { get; set; } = 7;

    /// <summary>Who looked at a person's details, for him to read. Default 365 days, 30–3,650.</summary>
    [Range(30, 3_650)]
    public int LookDays { get; set; } = 365;

    /// <summary>Newest looks kept at one person. Default 10,000, 100–1,000,000.</summary>
    [Range(100, 1_000_000)]
    public int LooksPerPerson { get; set; } = 10_000;

    /// <summary>Rows deleted in one transaction. Default 5,000, 1–50,000: the feed waits for every writer.</summary>
    [Range(1, 50_000)]
    public int ChunkRows { get; set; } = 5_000;

    /// <summary>
    /// How long dropping a day waits for readers of it before it is left for the next round. Default 30 s, 1 s–10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
