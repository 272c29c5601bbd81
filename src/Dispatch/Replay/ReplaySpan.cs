using System.Globalization;

namespace FieldCrm.Dispatch.Replay;

/// <summary>A span of the past that is played; both ends are moments, the second one excluded.</summary>
public sealed record ReplaySpan(DateTimeOffset From, DateTimeOffset To)
{
    public static readonly int[] Rates = [1, 5, 10, 20, 60];

    public string Address => string.Create(
        CultureInfo.InvariantCulture,
        $"/api/v1/replay?from={From.UtcDateTime:yyyy-MM-ddTHH:mm:ss}Z&to={To.UtcDateTime:yyyy-MM-ddTHH:mm:ss}Z");

    public double FromUnixMs => From.ToUnixTimeMilliseconds();

    public double ToUnixMs => To.ToUnixTimeMilliseconds();

    /// <param name="fraction">0 … 1 of the span.</param>
    public double At(double fraction) => FromUnixMs + Math.Clamp(fraction, 0, 1) * (ToUnixMs - FromUnixMs);

    public double FractionOf(double unixMs) => ToUnixMs <= FromUnixMs ? 0 : Math.Clamp((unixMs - FromUnixMs) / (ToUnixMs - FromUnixMs), 0, 1);
}
