using FieldCrm.Dispatch.Map;

namespace FieldCrm.Dispatch.Fleet;

/// <summary>One unit as the map last handed it over. Null = not reported.</summary>
/// <param name="SeenAt">Of the picture it is from, by the server's clock.</param>
public sealed record LiveUnit(
    long Number, double LatitudeDeg, double LongitudeDeg, DateTimeOffset FixedAt, DateTimeOffset HeardAt, double? SpeedMps, double? HeadingDeg,
    double? AccuracyM, int Availability, int Motion, bool SignalLost, bool HasAlarm, double? BatteryPercent, DateTimeOffset SeenAt);

/// <summary>The rows that the map hands over, once a second at most, kept when the server is gone.</summary>
public sealed class LivePicture
{
    // The rows of a list, and once the connection is lost everything that the map shows one by one.
    private const int MaxKept = 6_000;

    private const int LostFlag = 1;
    private const int AlarmFlag = 2;

    private readonly Dictionary<long, LiveUnit> _units = [];

    public void Clear() => _units.Clear();

    public void Forget(long number) => _units.Remove(number);

    public LiveUnit? Of(long number) => _units.GetValueOrDefault(number);

    public void Take(Rows rows)
    {
        if (_units.Count > MaxKept)
            _units.Clear();
        for (var i = 0; i < rows.Unit.Length; i++)
        {
            _units[rows.Unit[i]] = new LiveUnit(
                rows.Unit[i], rows.LatitudeE7[i] / 1e7, rows.LongitudeE7[i] / 1e7, At(rows.FixedUnixMs[i]), At(rows.HeardUnixMs[i]),
                rows.SpeedCmps[i] / 100.0, rows.HeadingCdeg[i] / 100.0, rows.AccuracyDm[i] / 10.0, rows.Availability[i], rows.Motion[i],
                (rows.Flags[i] & LostFlag) != 0, (rows.Flags[i] & AlarmFlag) != 0, rows.BatteryPermille[i] / 10.0, At(rows.ServerUnixMs));
        }
    }

    public static DateTimeOffset At(double unixMs) => DateTimeOffset.FromUnixTimeMilliseconds((long)unixMs);
}
