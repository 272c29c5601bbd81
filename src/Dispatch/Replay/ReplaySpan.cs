using System.Globalization;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Replay;

/// <summary>A span of the past that is played; both ends are moments, the second one excluded.</summary>
public sealed record ReplaySpan(DateTimeOffset From, DateTimeOffset To)
{
    public static readonly int[] Rates = [1, 5, 10, 20, 60];

    /// <summary>Hours of the span that ends now.</summary>
    public const int LastHours = 24;

    // A span must have a length, also a day that begins this very second.
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);

    public double FromUnixMs => From.ToUnixTimeMilliseconds();

    public double ToUnixMs => To.ToUnixTimeMilliseconds();

    /// <summary>The reader's day, as far as it has come; the last hours where no day is chosen.</summary>
    public static ReplaySpan Of(DateOnly? day, Formats formats, DateTimeOffset now)
    {
        // Whole minutes: the same span asked for again is answered from the browser's own copy.
        var minute = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMinute)) + Shortest;
        if (day is not { } chosen)
            return new ReplaySpan(minute.AddHours(-LastHours), minute);
        var (from, to) = (formats.StartOf(chosen), formats.StartOf(chosen.AddDays(1)));
        to = to < minute ? to : minute;
        return new ReplaySpan(from, to > from ? to : from + Shortest);
    }

    /// <param name="units">All of them where there are none.</param>
    /// <param name="reason">Why people are looked at; without one they are left out.</param>
    public string Address(IEnumerable<long> units, string? reason = null) => string.Create(
        CultureInfo.InvariantCulture,
        $"/api/v1/replay?from={From.UtcDateTime:yyyy-MM-ddTHH:mm:ss}Z&to={To.UtcDateTime:yyyy-MM-ddTHH:mm:ss}Z{string.Concat(units.Select(u => $"&unit={u}"))}")
        + (reason is null ? "" : $"&reason={Uri.EscapeDataString(reason)}");

    /// <param name="fraction">0 … 1 of the span.</param>
    public double At(double fraction) => FromUnixMs + Math.Clamp(fraction, 0, 1) * (ToUnixMs - FromUnixMs);

    public double FractionOf(double unixMs) => ToUnixMs <= FromUnixMs ? 0 : Math.Clamp((unixMs - FromUnixMs) / (ToUnixMs - FromUnixMs), 0, 1);

    /// <summary>The next rate in a direction; the same at either end.</summary>
    public static int RateBeside(int rate, int step) =>
        Rates[Math.Clamp(Array.IndexOf(Rates, rate) + step, 0, Rates.Length - 1)];
}
