using System.Collections.Immutable;

namespace FieldCrm.Core.Devices;

/// <summary>What was heard of a device and when: facts of arrival, kept beside the fold and never in it.</summary>
/// <param name="LastReceivedAt">When we last heard anything of it, repeats included; null before the first time.</param>
/// <param name="IsSignalLost">The silence was noticed and is recorded.</param>
/// <param name="ClockSkewMs">
/// Our clock minus the device's, smoothed; positive when the device is behind. Transport delay is in it, so it follows
/// small values quickly and large ones slowly.
/// </param>
public readonly record struct DevicePresence(UtcMicros? LastReceivedAt, bool IsSignalLost, long ClockSkewMs);

/// <summary>
/// All that a device's grain keeps. Treat as immutable: the decider clones the fold before it steps, so a state that
/// was not committed is simply dropped.
/// </summary>
public sealed record DeviceState(DeviceFold Fold, DevicePresence Presence)
{
    /// <summary>Most keys in <see cref="RecentKeys"/>: more than one repeated request of a phone or tracker brings.</summary>
    public const int MaxRecentKeys = 16;

    /// <summary>The newest committed fixes by arrival: catches most repeats before they reach the store. May be empty.</summary>
    public ImmutableArray<FixKey> RecentKeys { get; init; } = [];

    public static DeviceState New(DeviceId device) => new(new DeviceFold(device), default);
}

/// <summary>What of a device's evaluation is set by the operator.</summary>
public sealed record DeviceSettings
{
    /// <summary>How far behind the newest fix a late one is still evaluated. 1 hour … 31 days; default 7 days.</summary>
    public TimeSpan RefoldWindow { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Silence after which the signal counts as lost. 1 minute … 7 days; default 10 minutes.</summary>
    public TimeSpan SilenceAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Fixes between two checkpoints of the fold. 16 … 65,536; default 256.</summary>
    public int CheckpointEvery { get; init; } = 256;

    /// <summary>Null when every value lies in its range.</summary>
    public Failure? Validate()
    {
        if (RefoldWindow < TimeSpan.FromHours(1) || RefoldWindow > TimeSpan.FromDays(31))
            return new Failure("device-settings.refold-window", "The refold window must be 1 hour to 31 days.");
        if (SilenceAfter < TimeSpan.FromMinutes(1) || SilenceAfter > TimeSpan.FromDays(7))
            return new Failure("device-settings.silence-after", "The silence must be 1 minute to 7 days.");
        if (CheckpointEvery is < 16 or > 65_536)
            return new Failure("device-settings.checkpoint-every", "Checkpoints must be 16 to 65,536 fixes apart.");
        return null;
    }
}
