using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Tracks;
using FieldCrm.Silo.Positions;

namespace FieldCrm.Hub.Pages;

/// <summary>One device on one UTC day, as its page shows it.</summary>
public sealed record DeviceDay
{
    public required UtcMicros Now { get; init; }

    public required string UniqueId { get; init; }

    public required string Name { get; init; }

    public required bool IsDisabled { get; init; }

    public required DeviceStatus Status { get; init; }

    /// <summary>Null when it was never heard.</summary>
    public required UtcMicros? HeardAt { get; init; }

    /// <summary>Null while nothing believable was received.</summary>
    public required LastPosition? Last { get; init; }

    public required DeviceTotals Totals { get; init; }

    public required DateOnly Day { get; init; }

    public required DateOnly Today { get; init; }

    public required bool ShowsMarked { get; init; }

    public required DayTrack Track { get; init; }

    /// <summary>Trips, stops and alarms in the order of their beginning.</summary>
    public required IReadOnlyList<DayEntry> Entries { get; init; }

    public required IReadOnlyList<QuarantineCount> Quarantine { get; init; }

    public UtcMicros DayStart => DayBounds.StartOf(Day);

    public UtcMicros DayEnd => DayBounds.StartOf(Day.AddDays(1));
}

/// <param name="DistanceMm">Ground covered while moving, since the first fix.</param>
/// <param name="ClockSkewMs">Our clock minus the device's, smoothed; null before the first checkpoint.</param>
public sealed record DeviceTotals(long DistanceMm, long? ClockSkewMs);

/// <param name="Fixes">What the drawing needs, in order; marked ones only when asked for.</param>
/// <param name="FixCount">Believed fixes of the day, before any was left out of the drawing.</param>
/// <param name="IsCut">The day has more fixes than one page reads; the exports have all.</param>
public sealed record DayTrack(IReadOnlyList<TrackFix> Fixes, int FixCount, bool IsCut);

public enum DayEntryKind
{
    Trip,
    Stop,
    Alarm,
}

/// <summary>A line of the day.</summary>
/// <param name="To">Null while it goes on, and for alarms.</param>
/// <param name="DistanceMm">Of a trip that has ended.</param>
public sealed record DayEntry(
    DayEntryKind Kind, UtcMicros From, UtcMicros? To, GeoPoint Position, long? DistanceMm = null,
    TripEnd? EndedBy = null, AlarmKind Alarm = AlarmKind.None, FixMark PositionMarked = FixMark.None);

/// <summary>What is kept aside of a device and for which reason.</summary>
public sealed record QuarantineCount(string Reason, int Count, UtcMicros FirstReceivedAt, UtcMicros LastReceivedAt);

internal static class DayBounds
{
    // Days outside would leave what timestamps can hold.
    public static readonly DateOnly Earliest = new(2000, 1, 1);

    public static UtcMicros StartOf(DateOnly day) =>
        UtcMicros.From(new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero));

    /// <summary>The day that was asked for; today where that is not a day that can have fixes.</summary>
    public static DateOnly Choose(string? asked, DateOnly today) =>
        DateOnly.TryParseExact(asked, "yyyy-MM-dd", out var day) && day >= Earliest && day <= today.AddDays(1) ? day : today;
}
