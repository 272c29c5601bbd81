namespace FieldCrm.Core.Tenants;

/// <summary>What a tenant may choose and what it may use. Never read on a fix's path.</summary>
public sealed record TenantSettings
{
    public const int MaxRetentionDays = 3_650;
    public const int MaxSilenceAfterSeconds = 7 * 86_400;
    public const int MaxRefoldWindowDays = 31;

    public static readonly TenantSettings Default = new();

    /// <summary>Days that positions are kept; 1 to 3,650, default 30.</summary>
    public int RetentionDays { get; init; } = 30;

    /// <summary>Seconds without a word until a device counts as silent; 60 to 604,800, default 900.</summary>
    public int SilenceAfterSeconds { get; init; } = 900;

    /// <summary>Days behind the newest fix within which a late one is still evaluated; 1 to 31, default 7.</summary>
    public int RefoldWindowDays { get; init; } = 7;

    public TenantQuotas Quotas { get; init; } = TenantQuotas.Default;

    /// <summary>Null when every value is within its range, else <c>tenant.settings-out-of-range</c>.</summary>
    public Failure? Validate()
    {
        if (RetentionDays is < 1 or > MaxRetentionDays)
            return OutOfRange("retentionDays", 1, MaxRetentionDays);
        if (SilenceAfterSeconds is < 60 or > MaxSilenceAfterSeconds)
            return OutOfRange("silenceAfterSeconds", 60, MaxSilenceAfterSeconds);
        if (RefoldWindowDays is < 1 or > MaxRefoldWindowDays)
            return OutOfRange("refoldWindowDays", 1, MaxRefoldWindowDays);
        return Quotas.Validate();
    }

    internal static Failure OutOfRange(string name, int from, int to) =>
        new("tenant.settings-out-of-range", $"{name} must be {from} to {to}.");
}

/// <summary>Bounds on what one tenant takes of the instance.</summary>
public sealed record TenantQuotas
{
    /// <summary>Most devices of one <see cref="RegisterDevices"/>: a bound on one transaction.</summary>
    public const int MaxImportChunk = 1_000;

    public static readonly TenantQuotas Default = new();

    /// <summary>1 to 1,000,000, default 100,000.</summary>
    public int MaxDevices { get; init; } = 100_000;

    /// <summary>1 to 100,000, default 1,000.</summary>
    public int MaxUsers { get; init; } = 1_000;

    /// <summary>Longest list of devices that reported without being registered; 0 to 10,000, default 1,000.</summary>
    public int MaxUnregistered { get; init; } = 1_000;

    /// <summary>Devices an import registers in one transaction; 1 to 1,000, default 500.</summary>
    public int ImportChunk { get; init; } = 500;

    internal Failure? Validate()
    {
        if (MaxDevices is < 1 or > 1_000_000)
            return TenantSettings.OutOfRange("quotas.maxDevices", 1, 1_000_000);
        if (MaxUsers is < 1 or > 100_000)
            return TenantSettings.OutOfRange("quotas.maxUsers", 1, 100_000);
        if (MaxUnregistered is < 0 or > 10_000)
            return TenantSettings.OutOfRange("quotas.maxUnregistered", 0, 10_000);
        if (ImportChunk is < 1 or > MaxImportChunk)
            return TenantSettings.OutOfRange("quotas.importChunk", 1, MaxImportChunk);
        return null;
    }
}
