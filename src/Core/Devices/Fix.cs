using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Devices;

/// <summary>
/// One position as a device reported it, normalised at the edge: rounded integers in SI-derived units, so that
/// its <see cref="ContentHash"/> and everything folded from it is the same in the silo and in the browser.
/// Null means "not reported". What arrived when is not part of a fix.
/// </summary>
public readonly record struct Fix
{
    /// <summary>Longest <see cref="AttributesJson"/>, in UTF-16 units; a longer one is refused at the edge.</summary>
    public const int MaxAttributesLength = 4_096;

    /// <summary>What the device says the time was.</summary>
    public required UtcMicros FixedAt { get; init; }

    public required GeoPoint Position { get; init; }

    /// <summary>Above mean sea level, −100 km … 1,000 km.</summary>
    public int? AltitudeMm { get; init; }

    /// <summary>Millimetres a second, never negative.</summary>
    public int? SpeedMmps { get; init; }

    /// <summary>Hundredths of a degree clockwise from true north, 0 … 35,999.</summary>
    public int? HeadingCdeg { get; init; }

    /// <summary>Radius of the device's own estimate, never negative.</summary>
    public int? AccuracyMm { get; init; }

    /// <summary>0 … 1,000.</summary>
    public int? BatteryPermille { get; init; }

    /// <summary>What the device itself raised with this fix; <see cref="AlarmKind.None"/> for nothing.</summary>
    public AlarmKind Alarm { get; init; }

    /// <summary>The device said that it had no valid position when it sent this one.</summary>
    public bool IsDeclaredInvalid { get; init; }

    /// <summary>Everything else that was reported: one JSON object, keys in ordinal order, no insignificant space.</summary>
    public string? AttributesJson { get; init; }

    /// <summary>xxHash64 of the normalised content without the time; set by <see cref="FixHash.Of"/>.</summary>
    public long ContentHash { get; init; }

    public FixKey Key => new(FixedAt, ContentHash);

    /// <summary>The same fix with its <see cref="ContentHash"/> computed.</summary>
    public Fix Hashed() => this with { ContentHash = FixHash.Of(this) };
}
