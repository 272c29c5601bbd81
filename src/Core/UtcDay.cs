namespace FieldCrm.Core;

/// <summary>Days of UTC, counted from 1970-01-01: what positions are kept by.</summary>
public static class UtcDay
{
    public static long Of(UtcMicros time)
    {
        var (day, rest) = Math.DivRem(time.Value, UtcMicros.PerDay);
        return rest < 0 ? day - 1 : day;
    }
}
