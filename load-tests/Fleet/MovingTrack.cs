namespace FieldCrm.LoadTests.Fleet;

/// <summary>One place and speed at one time, in the units that the product stores.</summary>
internal readonly record struct TrackPoint(long FixedAtMicros, int LatitudeE7, int LongitudeE7, int SpeedMmps);

/// <summary>
/// A vehicle that reports once a second: drives for some minutes, stands for some, and turns as streets do. Stays in a
/// region whose coordinates have a constant number of digits. Deterministic by its seed.
/// </summary>
internal struct MovingTrack
{
    public const long StepMicros = 1_000_000;

    // A rectangle round Montevideo; 1e-7° is 11.1 mm of latitude and 9.2 mm of longitude there.
    private const int South = -348_500_000;
    private const int North = -340_500_000;
    private const int West = -565_000_000;
    private const int East = -555_000_000;
    private const double LatitudeE7PerMetre = 89.8;
    private const double LongitudeE7PerMetre = 109.0;
    private const int DriveSeconds = 600;
    private const int CycleSeconds = 960; // the rest stands: more than the five minutes that end a trip

    private double _latitude;
    private double _longitude;
    private double _northward;
    private double _eastward;
    private uint _random;
    private int _second;

    public MovingTrack(int seed)
    {
        _random = (uint)seed * 2_654_435_769u + 1;
        _latitude = South + Next(North - South);
        _longitude = West + Next(East - West);
        _second = (int)Next(CycleSeconds); // so that a fleet's stops do not coincide
        Turn();
    }

    /// <summary>Moves on by one second; <paramref name="fixedAtMicros"/> is the caller's clock.</summary>
    public TrackPoint Advance(long fixedAtMicros)
    {
        var phase = ++_second % CycleSeconds;
        if (phase >= DriveSeconds)
            return new TrackPoint(fixedAtMicros, (int)_latitude, (int)_longitude, 0);
        if (phase % 45 == 0)
            Turn();
        var speedMps = 8 + 6 * Math.Sin(phase / 40.0);
        _latitude += _northward * speedMps * LatitudeE7PerMetre;
        _longitude += _eastward * speedMps * LongitudeE7PerMetre;
        if (_latitude is < South or > North)
            _northward = -_northward;
        if (_longitude is < West or > East)
            _eastward = -_eastward;
        return new TrackPoint(fixedAtMicros, (int)_latitude, (int)_longitude, (int)(speedMps * 1_000));
    }

    private void Turn() => (_northward, _eastward) = Math.SinCos(Next(62_832) / 10_000.0);

    private uint Next(int below)
    {
        _random ^= _random << 13; // xorshift32: enough for a picture of traffic, and free
        _random ^= _random >> 17;
        _random ^= _random << 5;
        return _random % (uint)below;
    }
}
