using System.Globalization;

namespace FieldCrm.Core.Devices;

/// <summary>
/// A fix's place among its device's fixes, and (with the device) its identity: first the device's own time, then
/// the hash of the content, compared as signed 64-bit numbers exactly as PostgreSQL orders a <c>bigint</c>.
/// </summary>
public readonly record struct FixKey(UtcMicros FixedAt, long ContentHash) : IComparable<FixKey>
{
    /// <summary>Before every fix.</summary>
    public static readonly FixKey Min = new(new UtcMicros(long.MinValue), long.MinValue);

    /// <summary>The least key after this one.</summary>
    public FixKey Next => ContentHash < long.MaxValue
        ? this with { ContentHash = ContentHash + 1 } : new FixKey(new UtcMicros(FixedAt.Value + 1), long.MinValue);

    public int CompareTo(FixKey other)
    {
        var byTime = FixedAt.CompareTo(other.FixedAt);
        return byTime != 0 ? byTime : ContentHash.CompareTo(other.ContentHash);
    }

    /// <summary>By hand: the generated text would print <see cref="Next"/>, and its next, for ever.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"FixKey {{ FixedAt = {FixedAt}, ContentHash = {ContentHash} }}");

    public static bool operator <(FixKey left, FixKey right) => left.CompareTo(right) < 0;

    public static bool operator >(FixKey left, FixKey right) => left.CompareTo(right) > 0;

    public static bool operator <=(FixKey left, FixKey right) => left.CompareTo(right) <= 0;

    public static bool operator >=(FixKey left, FixKey right) => left.CompareTo(right) >= 0;
}
