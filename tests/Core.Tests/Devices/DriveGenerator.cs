using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Tests.Devices;

/// <summary>
/// Makes the fixes of a device that drives, stands, jitters, goes silent and lies, from a seed. Ascending in time, with
/// same-second fixes; the receiver shuffles and repeats them.
/// </summary>
internal sealed class DriveGenerator(int seed)
{
    private const double MetresPerE7 = 0.0111195;

    private readonly Random _random = new(seed);
    private readonly List<Fix> _fixes = [];
    private long _micros = 1_760_000_000L * UtcMicros.PerSecond;
    private double _latitudeE7;
    private double _longitudeE7;
    private double _headingRad;
    private bool _reportsAccuracy;
    private bool _reportsSpeed;
    private int _intervalMs;

    public Fix[] Make(int count)
    {
        Begin();
        while (_fixes.Count < count)
        {
            switch (_random.Next(21))
            {
                case < 8: Drive(_random.Next(1, 60)); break;
                case < 12: Stand(_random.Next(1, 60)); break;
                case 12: Silence(); break;
                case 13: Outliers(_random.Next(1, 6)); break;
                case 14: Relocate(); break;
                case 15: NullIsland(_random.Next(1, 5)); break;
                case 16: SameSecond(); break;
                case 17: Crawl(_random.Next(5, 40)); break;
                case 18: Flicker(_random.Next(3, 25)); break;
                case 19: _intervalMs = Interval(); break;
                default: Add(0, 0, alarm: Alarm(), isInvalid: _random.Next(3) == 0); break;
            }
        }
        return [.. _fixes.Take(count)];
    }

    /// <summary>One fix every <paramref name="intervalMs"/> for a working day of trips and stops, with the odd lie.</summary>
    public Fix[] MakeDay(int count, int intervalMs)
    {
        Begin();
        while (_fixes.Count < count)
        {
            _intervalMs = intervalMs;
            switch (_random.Next(40))
            {
                case < 20: Drive(_random.Next(60, 1_800)); break;
                case < 36: Stand(_random.Next(60, 2_400)); break;
                case 36: Outliers(_random.Next(1, 6)); break;
                case 37: NullIsland(_random.Next(1, 5)); break;
                case 38: SameSecond(); break;
                default: Add(0, 0, alarm: Alarm()); break;
            }
        }
        return [.. _fixes.Take(count)];
    }

    private void Begin()
    {
        (double Latitude, double Longitude)[] places =
            [(48.13, 11.58), (-34.9, -56.2), (-17.8, 179.999), (65.5, -179.9995), (0.02, 0.02), (84.9, 30), (51.5, 0.0001), (-0.0005, 32.6)];
        var place = places[_random.Next(places.Length)];
        _latitudeE7 = place.Latitude * 1e7 + _random.Next(-20_000, 20_000);
        _longitudeE7 = place.Longitude * 1e7 + _random.Next(-20_000, 20_000);
        _reportsAccuracy = _random.Next(2) == 0;
        _reportsSpeed = _random.Next(2) == 0;
        _intervalMs = Interval();
        if (_random.Next(6) == 0)
            Outliers(1); // wrong from the first fix on
    }

    private int Interval() => _random.Next(5) switch { 0 => 1_000, 1 => 5_000, 2 => 10_000, 3 => 30_000, _ => _random.Next(200, 90_000) };

    private void Drive(int steps)
    {
        _headingRad = _random.NextDouble() * Math.Tau;
        var speedMps = 1 + _random.NextDouble() * 40;
        for (var i = 0; i < steps; i++)
        {
            _headingRad += (_random.NextDouble() - 0.5) * 0.4;
            Walk(speedMps * _intervalMs / 1000);
            Add(5, speedMps, alarm: _random.Next(60) == 0 ? Alarm() : AlarmKind.None);
        }
    }

    private void Crawl(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            Walk(_random.NextDouble() * 40);
            Add(15, 0.8);
        }
    }

    private void Stand(int steps)
    {
        for (var i = 0; i < steps; i++)
            Add(_random.Next(12) == 0 ? 90 : 12, 0);
    }

    private void Silence() =>
        _micros += _random.NextInt64(1, _random.Next(2) == 0 ? 20 * UtcMicros.PerMinute : 7 * UtcMicros.PerHour);

    // Elsewhere for a few fixes: one or two are lies, three that agree are believed; sometimes they disagree.
    private void Outliers(int count)
    {
        var (latitude, longitude) = (_latitudeE7, _longitudeE7);
        Relocate();
        for (var i = 0; i < count; i++)
        {
            if (_random.Next(3) == 0)
                Relocate();
            Add(10, 10, alarm: _random.Next(3) == 0 ? Alarm() : AlarmKind.None);
            if (_random.Next(3) == 0)
                NullIsland(1);
        }
        (_latitudeE7, _longitudeE7) = (latitude, longitude);
    }

    // Two receivers under one name: here, there, there, here.
    private void Flicker(int count)
    {
        var here = (_latitudeE7, _longitudeE7);
        Relocate();
        var there = (_latitudeE7, _longitudeE7);
        for (var i = 0; i < count; i++)
        {
            (_latitudeE7, _longitudeE7) = _random.Next(3) == 0 ? here : there;
            Add(10, 0, alarm: _random.Next(2) == 0 ? Alarm() : AlarmKind.None);
        }
    }

    private void Relocate()
    {
        _latitudeE7 = Math.Clamp(_latitudeE7 + _random.Next(-200_000_000, 200_000_000), -895_000_000, 895_000_000);
        _longitudeE7 += _random.Next(-400_000_000, 400_000_000);
        Wrap();
    }

    private void NullIsland(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Tick();
            Put(new GeoPoint(_random.Next(-120_000, 120_000) / (1 + 100_000 * _random.Next(2)), _random.Next(-500, 500)),
                null, null, _random.Next(8) == 0 ? Alarm() : AlarmKind.None, false);
        }
    }

    private void SameSecond()
    {
        Add(5, 3);
        for (var i = _random.Next(1, 4); i > 0; i--)
            Put(Jittered(_random.Next(3) == 0 ? 5_000 : 5), 1_000, null, AlarmKind.None, false);
    }

    private AlarmKind Alarm() => _random.Next(30) == 0 ? (AlarmKind)200 : (AlarmKind)_random.Next(1, 12);

    private void Walk(double metres)
    {
        _latitudeE7 = Math.Clamp(_latitudeE7 + Math.Cos(_headingRad) * metres / MetresPerE7, -899_000_000, 899_000_000);
        _longitudeE7 += Math.Sin(_headingRad) * metres / MetresPerE7 / Math.Max(0.02, Math.Cos(_latitudeE7 / 1e7 * Math.PI / 180));
        Wrap();
    }

    private void Wrap()
    {
        if (_longitudeE7 > 1_800_000_000)
            _longitudeE7 -= 3_600_000_000;
        if (_longitudeE7 < -1_800_000_000)
            _longitudeE7 += 3_600_000_000;
    }

    private void Tick() => _micros += _intervalMs * 1_000L + (_random.Next(10) == 0 ? _random.Next(0, 999_999) : 0);

    private void Add(double jitterMetres, double speedMps, AlarmKind alarm = AlarmKind.None, bool isInvalid = false)
    {
        Tick();
        var speed = _reportsSpeed ? (int)(Math.Max(0, speedMps + _random.NextDouble() - 0.5) * 1_000) : (int?)null;
        var accuracy = !_reportsAccuracy ? (int?)null : _random.Next(25) == 0 ? _random.Next(150_000, 6_000_000) : _random.Next(2_000, 30_000);
        Put(Jittered(jitterMetres), speed, accuracy, alarm, isInvalid);
    }

    private GeoPoint Jittered(double metres)
    {
        var spread = metres / MetresPerE7;
        var latitude = (int)(_latitudeE7 + (_random.NextDouble() - 0.5) * spread);
        var longitude = (long)(_longitudeE7 + (_random.NextDouble() - 0.5) * spread);
        longitude = longitude > 1_800_000_000 ? longitude - 3_600_000_000 : longitude < -1_800_000_000 ? longitude + 3_600_000_000 : longitude;
        return new GeoPoint(latitude, (int)longitude);
    }

    private void Put(GeoPoint position, int? speedMmps, int? accuracyMm, AlarmKind alarm, bool isInvalid)
    {
        if (_random.Next(300) == 0)
            position = new GeoPoint(position.LatitudeE7, 1_900_000_000);
        _fixes.Add(new Fix
        {
            FixedAt = new UtcMicros(_micros), Position = position, SpeedMmps = speedMmps, AccuracyMm = accuracyMm, Alarm = alarm,
            IsDeclaredInvalid = isInvalid, HeadingCdeg = _random.Next(4) == 0 ? _random.Next(36_000) : null,
            BatteryPermille = _random.Next(4) == 0 ? _random.Next(1_001) : null,
        }.Hashed());
    }
}
