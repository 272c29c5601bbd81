using FieldCrm.Core;
using FieldCrm.Core.Geo;

namespace FieldCrm.Silo.Positions;

/// <summary>
/// Keeps the nearest entries. Distances are <see cref="GeoDistance"/>'s exact integers; what is plainly too far is
/// turned away by two cheaper looks first, both with room for their error.
/// </summary>
internal struct NearestFirst : IPositionVisitor
{
    private const double Slack = 1.002; // GeoDistance: 0.01 %; floating point: less
    private const double DiameterMm = 12_742_017_600.0;
    private const double RadiansPerE7 = Math.PI / 180 / GeoPoint.UnitsPerDegree;

    private readonly PriorityQueue<NearDevice, (long, int)> _worstFirst = new();
    private readonly GeoPoint _point;
    private readonly int _count;
    private readonly long _fixedSinceMicros;
    private readonly double _cosLatitude;
    private long _boundMm;
    private double _boundHaversine;

    public NearestFirst(GeoPoint point, long radiusMm, int count, long fixedSinceMicros)
    {
        _point = point;
        _count = count;
        _fixedSinceMicros = fixedSinceMicros;
        _cosLatitude = Math.Cos(point.LatitudeE7 * RadiansPerE7);
        Bound(radiusMm);
    }

    public readonly bool IsFull => _worstFirst.Count == _count;

    public void See(in PositionEntry entry)
    {
        if (entry.FixedAtMicros < _fixedSinceMicros || IsPlainlyTooFar(entry.Position))
            return;
        var distanceMm = GeoDistance.Mm(_point, entry.Position);
        if (distanceMm > _boundMm)
            return;
        var rank = (-distanceMm, -entry.Device);
        if (!IsFull)
            _worstFirst.Enqueue(new NearDevice(new DeviceId(entry.Device), entry.HeardAt, entry.Get(), distanceMm), rank);
        else if (IsBefore(distanceMm, entry.Device, _worstFirst.Peek()))
            _worstFirst.EnqueueDequeue(new NearDevice(new DeviceId(entry.Device), entry.HeardAt, entry.Get(), distanceMm), rank);
        if (IsFull)
            Bound(_worstFirst.Peek().DistanceMm);
    }

    public readonly NearDevice[] InOrder()
    {
        var found = new NearDevice[_worstFirst.Count];
        for (var i = found.Length - 1; i >= 0; i--)
            found[i] = _worstFirst.Dequeue();
        return found;
    }

    private void Bound(long boundMm)
    {
        if (boundMm == _boundMm)
            return;
        _boundMm = boundMm;
        var angle = Math.Min(Math.PI / 2, (boundMm * Slack + 1_000) / DiameterMm);
        _boundHaversine = Math.Sin(angle) * Math.Sin(angle);
    }

    private readonly bool IsPlainlyTooFar(GeoPoint other)
    {
        var northE7 = Math.Abs((long)other.LatitudeE7 - _point.LatitudeE7);
        if (northE7 * 11 > _boundMm + 1_000) // 1e-7° of latitude is 11.12 mm
            return true;
        var sinNorth = Math.Sin(northE7 * (RadiansPerE7 / 2));
        var sinEast = Math.Sin(((long)other.LongitudeE7 - _point.LongitudeE7) * (RadiansPerE7 / 2));
        var haversine = sinNorth * sinNorth + _cosLatitude * Math.Cos(other.LatitudeE7 * RadiansPerE7) * sinEast * sinEast;
        return haversine > _boundHaversine;
    }

    private static bool IsBefore(long distanceMm, int device, in NearDevice worst) =>
        distanceMm < worst.DistanceMm || (distanceMm == worst.DistanceMm && device < worst.Device.Value);
}
