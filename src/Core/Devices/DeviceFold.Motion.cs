using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Devices;

// Moving, idle, stopped; trips; distance. The circle is where the device may be standing: its middle is the last fix
// that was certainly on the way. Ground covered inside it is pending: it counts once the circle is left, and never
// when the device turns out to stand, so that jitter of a parked device makes neither trip nor distance.
public sealed partial class DeviceFold
{
    private bool _hasCircle;
    private FoldPoint _circle;
    private FoldPoint _lastMotion;    // the last fix that motion looked at
    private GeoPoint _measuredFrom;   // where the next leg of distance begins
    private long _pendingMm;
    private FoldPoint _lastStill;     // while not moving: the last fix inside the circle
    private FoldPoint _leftAt;        // while leaving: the first fix of the row that may become a trip
    private int _leavingFixes;
    private long _tripBaseMm;         // DistanceMm when the trip set off

    private void Move(in FoldFix fix, FoldOutput output)
    {
        if (fix.AccuracyMm > FoldLimits.PoorAccuracyMm)
            return;
        var here = new FoldPoint(fix.Key, fix.Position);
        if (!_hasCircle)
        {
            Appear(here);
            return;
        }
        var isOutside = GeoDistance.Mm(_circle.Position, fix.Position) > FoldLimits.CircleMm + (fix.AccuracyMm ?? 0);
        var isAway = isOutside || fix.SpeedMmps >= FoldLimits.FastMmps;
        if (isAway && ElapsedMicros(_lastMotion.Key, fix.Key) > FoldLimits.GapMicros)
        {
            BreakOff(TripEnd.Gap, output);
            Appear(here);
            return;
        }
        if (Motion == MotionState.Moving)
            Travel(here, fix.AccuracyMm, isAway, output);
        else if (isAway)
            Leave(here, fix.AccuracyMm, isOutside, output);
        else
            StayPut(here, output);
        _lastMotion = here;
    }

    private void Appear(FoldPoint here)
    {
        _hasCircle = true;
        _circle = _lastMotion = _lastStill = here;
        _measuredFrom = here.Position;
    }

    private void Travel(FoldPoint here, int? accuracyMm, bool isAway, FoldOutput output)
    {
        _pendingMm += Leg(here.Position, accuracyMm);
        if (isAway)
        {
            DistanceMm += _pendingMm;
            _pendingMm = 0;
            _circle = here;
            return;
        }
        Rest(here, output);
    }

    private void StayPut(FoldPoint here, FoldOutput output)
    {
        _leavingFixes = 0;
        _leftAt = default;
        _pendingMm = 0;
        _lastStill = here;
        _measuredFrom = here.Position;
        Rest(here, output);
    }

    private void Leave(FoldPoint here, int? accuracyMm, bool isOutside, FoldOutput output)
    {
        _pendingMm += Leg(here.Position, accuracyMm);
        if (_leavingFixes++ == 0)
            _leftAt = here;
        var isLeft = _leavingFixes >= FoldLimits.FastFixes || (isOutside && _leavingFixes >= FoldLimits.LeavingFixes);
        if (!isLeft)
            return;
        if (TripStart is null)
            StartTrip(output);
        Motion = MotionState.Moving;
        DistanceMm += _pendingMm;
        _pendingMm = 0;
        _leavingFixes = 0;
        _leftAt = _lastStill = default;
        _circle = here;
    }

    private void StartTrip(FoldOutput output)
    {
        var isStillRecent = ElapsedMicros(_lastStill.Key, _leftAt.Key) <= FoldLimits.TripStartReachMicros;
        var start = isStillRecent ? _lastStill : _leftAt;
        TripStart = start;
        _tripBaseMm = DistanceMm;
        Emit(NetEventKind.TripStarted, start.Key, output, NetEventPayloads.Json(new TripStartedPayload(
            start.Key.FixedAt.Value, start.Position.LatitudeE7, start.Position.LongitudeE7)));
    }

    private void Rest(FoldPoint here, FoldOutput output)
    {
        var rested = ElapsedMicros(_circle.Key, here.Key);
        if (rested >= FoldLimits.IdleAfterMicros && Motion is MotionState.Unknown or MotionState.Moving)
        {
            Motion = MotionState.Idle;
            _pendingMm = 0;
            _lastStill = here;
            _measuredFrom = here.Position;
            Emit(NetEventKind.Idled, _circle.Key, output, RestJson());
        }
        if (rested < FoldLimits.StoppedAfterMicros || Motion != MotionState.Idle)
            return;
        Motion = MotionState.Stopped;
        Emit(NetEventKind.Stopped, _circle.Key, output, RestJson());
        EndTrip(_circle, TripEnd.Stopped, output);
    }

    private string RestJson() => NetEventPayloads.Json(new RestPayload(
        _circle.Key.FixedAt.Value, _circle.Position.LatitudeE7, _circle.Position.LongitudeE7));

    // The thread is lost: what was under way ended with what was last seen, and motion begins anew.
    private void BreakOff(TripEnd endedBy, FoldOutput output)
    {
        if (Motion == MotionState.Moving)
            DistanceMm += _pendingMm;
        EndTrip(Motion == MotionState.Moving ? _lastMotion : _circle, endedBy, output);
        Motion = MotionState.Unknown;
        _hasCircle = false;
        _pendingMm = 0;
        _leavingFixes = 0;
        _circle = _lastMotion = _lastStill = _leftAt = default;
        _measuredFrom = default;
    }

    private void EndTrip(FoldPoint end, TripEnd endedBy, FoldOutput output)
    {
        if (TripStart is not { } start)
            return;
        TripStart = null;
        Emit(NetEventKind.TripEnded, start.Key, output, NetEventPayloads.Json(new TripEndedPayload(
            start.Key.FixedAt.Value, start.Position.LatitudeE7, start.Position.LongitudeE7,
            end.Key.FixedAt.Value, end.Position.LatitudeE7, end.Position.LongitudeE7,
            DistanceMm - _tripBaseMm, ElapsedMicros(start.Key, end.Key) / UtcMicros.PerMillisecond, endedBy)));
        _tripBaseMm = 0;
    }

    // Zero for what may be noise; the leg is then measured from the same place at the next fix.
    private long Leg(GeoPoint to, int? accuracyMm)
    {
        var leg = GeoDistance.Mm(_measuredFrom, to);
        if (leg < Math.Clamp(accuracyMm ?? FoldLimits.MinNoiseMm, FoldLimits.MinNoiseMm, FoldLimits.MaxNoiseMm))
            return 0;
        _measuredFrom = to;
        return leg;
    }

    private void Emit(NetEventKind kind, FixKey start, FoldOutput output, string payloadJson)
    {
        if (LastKey is { } emittedAt)
            output.Events.Add(new NetEvent(NetEvent.IdOf(Device, kind, start), kind, start, emittedAt, payloadJson));
    }
}
