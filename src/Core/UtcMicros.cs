using System.Globalization;

namespace FieldCrm.Core;

/// <summary>
/// A moment in whole microseconds since 1970-01-01T00:00:00Z: the resolution of PostgreSQL's
/// <c>timestamptz</c>, so that a time compares equal before and after it was stored.
/// </summary>
public readonly record struct UtcMicros(long Value) : IComparable<UtcMicros>
{
    public const long PerMillisecond = 1_000;
    public const long PerSecond = 1_000_000;
    public const long PerMinute = 60 * PerSecond;
    public const long PerHour = 60 * PerMinute;
    public const long PerDay = 24 * PerHour;

    /// <summary>Truncates towards the past, never rounds up into a time that has not been.</summary>
    public static UtcMicros From(DateTimeOffset time) =>
        new(FloorDivide(time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks, TimeSpan.TicksPerMicrosecond));

    public static UtcMicros FromUnixSeconds(long seconds) => new(checked(seconds * PerSecond));

    public static UtcMicros FromUnixMilliseconds(long milliseconds) => new(checked(milliseconds * PerMillisecond));

    /// <exception cref="ArgumentOutOfRangeException">The value lies outside the years 1 to 9999.</exception>
    public DateTimeOffset ToDateTimeOffset() =>
        new(checked(DateTimeOffset.UnixEpoch.Ticks + Value * TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    /// <summary>The UTC day, which is also the partition that a fix of this time is stored in.</summary>
    public DateOnly UtcDay => DateOnly.FromDateTime(ToDateTimeOffset().UtcDateTime);

    /// <summary>The second that this moment is part of, at its beginning.</summary>
    public UtcMicros WholeSecond => new(FloorDivide(Value, PerSecond) * PerSecond);

    public UtcMicros Plus(TimeSpan span) => new(Value + span.Ticks / TimeSpan.TicksPerMicrosecond);

    public UtcMicros Minus(TimeSpan span) => new(Value - span.Ticks / TimeSpan.TicksPerMicrosecond);

    public int CompareTo(UtcMicros other) => Value.CompareTo(other.Value);

    public static bool operator <(UtcMicros left, UtcMicros right) => left.Value < right.Value;

    public static bool operator >(UtcMicros left, UtcMicros right) => left.Value > right.Value;

    public static bool operator <=(UtcMicros left, UtcMicros right) => left.Value <= right.Value;

    public static bool operator >=(UtcMicros left, UtcMicros right) => left.Value >= right.Value;

    /// <summary>ISO 8601 in UTC with microseconds: <c>2026-11-22T19:04:24.000000Z</c>.</summary>
    public override string ToString() =>
        ToDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static long FloorDivide(long value, long divisor) =>
        value / divisor - (value % divisor < 0 ? 1 : 0);
}
