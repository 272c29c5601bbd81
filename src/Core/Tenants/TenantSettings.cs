namespace FieldCrm.Core.Tenants;

/// <summary>
/// What a tenant may choose and what it may use. Never read on a fix's path. Parameters with defaults, so that a stored
/// text that lacks a newer member reads as the default.
/// </summary>
/// <param name="RetentionDays">
/// Days that positions are kept; 2 to 3,650 and more than <paramref name="RefoldWindowDays"/>, since a refold reads its whole
/// window and the day in which its checkpoint lies.
/// </param>
/// <param name="SilenceAfterSeconds">Seconds without a word until a device counts as silent; 60 to 604,800.</param>
/// <param name="RefoldWindowDays">Days behind the newest fix within which a late one is still evaluated; 1 to 31.</param>
/// <param name="MaxDevices">1 to 1,000,000.</param>
/// <param name="MaxUsers">1 to 100,000.</param>
/// <param name="MaxUnregistered">Longest list of devices that reported without being registered; 0 to 10,000.</param>
/// <param name="PersonRetentionDays">The same as <paramref name="RetentionDays"/> for people's own positions; see <see cref="DaysKeptOfPeople"/>.</param>
public sealed record TenantSettings(
    int RetentionDays = 30,
    int SilenceAfterSeconds = 600,
    int RefoldWindowDays = 7,
    int MaxDevices = 100_000,
    int MaxUsers = 1_000,
    int MaxUnregistered = 1_000,
    int PersonRetentionDays = 30)
{
    public static readonly TenantSettings Default = new();

    /// <summary>
    /// Days that people's positions are kept: never longer than others', and as long as a late fix of theirs is evaluated
    /// (settings from before there was a choice may say less).
    /// </summary>
    public int DaysKeptOfPeople() => Math.Max(Math.Min(RetentionDays, PersonRetentionDays), RefoldWindowDays + 1);

    /// <summary>
    /// Null when every value is within its range, else <c>tenant.settings-out-of-range</c> or <c>tenant.retention-too-short</c>.
    /// </summary>
    public Failure? Validate() =>
        Check("retentionDays", RetentionDays, 2, 3_650)
        ?? Check("silenceAfterSeconds", SilenceAfterSeconds, 60, 604_800)
        ?? Check("refoldWindowDays", RefoldWindowDays, 1, 31)
        ?? Check("maxDevices", MaxDevices, 1, 1_000_000)
        ?? Check("maxUsers", MaxUsers, 1, 100_000)
        ?? Check("maxUnregistered", MaxUnregistered, 0, 10_000)
        ?? Check("personRetentionDays", PersonRetentionDays, 2, 3_650)
        ?? (Math.Min(RetentionDays, PersonRetentionDays) > RefoldWindowDays ? null : new Failure(
            "tenant.retention-too-short", "retentionDays and personRetentionDays must be greater than refoldWindowDays: a late fix is evaluated with what came before it."));

    private static Failure? Check(string name, int value, int from, int to) => value >= from && value <= to
        ? null
        : new Failure("tenant.settings-out-of-range", $"{name} must be {from} to {to}.");
}
