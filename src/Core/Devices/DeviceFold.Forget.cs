namespace FieldCrm.Core.Devices;

// Retention: what is left of a state once the positions it came from are not kept any more. Counters and the place in
// time stay, so that the device goes on as itself; whatever says where it was goes, and with it the motion that began
// there: from the next fix on it is evaluated like a device that has just appeared.
public sealed partial class DeviceFold
{
    /// <summary>In the key of a state that was forgotten: after every fix of that moment, and tells nothing of any.</summary>
    internal const long ForgottenHash = long.MaxValue;

    /// <summary>
    /// The state without the positions that were fixed before a time. A device that still reports keeps what is part of
    /// where it is now, however long ago that began: the place where it stands, the start of the trip under way.
    /// </summary>
    /// <returns>Null when there is nothing to forget.</returns>
    public DeviceFold? ForgetBefore(UtcMicros time)
    {
        if (LastKey is { } last && last.FixedAt < time)
        {
            if (IsForgotten)
                return null;
            var forgotten = Forgotten(Device, last.FixedAt);
            (forgotten.FixCount, forgotten.DistanceMm) = (FixCount, DistanceMm);
            return forgotten;
        }
        if (LastPlausible is not { } plausible || plausible.Key.FixedAt >= time)
            return null;
        var kept = Clone();
        kept.LastPlausible = null;
        kept.ForgetMotion();
        kept.ForgetCandidatesBefore(time);
        return kept;
    }

    /// <summary>
    /// Its last fix is not kept any more. The key that stands for it is after every fix of that moment, and tells nothing
    /// of the fix's content.
    /// </summary>
    public bool IsForgotten => LastKey is { ContentHash: ForgottenHash } && LastPlausible is null && _candidates == 0;

    /// <summary>Of a device of which nothing is known but when its last fix was.</summary>
    public static DeviceFold Forgotten(DeviceId device, UtcMicros lastFixedAt) => new(device)
    {
        LastKey = new FixKey(lastFixedAt, ForgottenHash),
    };

    private void ForgetMotion()
    {
        Motion = MotionState.Unknown;
        TripStart = null;
        _tripBaseMm = 0;
        _hasCircle = false;
        _circle = _lastMotion = _lastStill = _leftAt = default;
        _measuredFrom = default;
        _pendingMm = 0;
        _leavingFixes = 0;
    }

    private void ForgetCandidatesBefore(UtcMicros time)
    {
        if (_candidates > 0 && _candidate1.Key.FixedAt < time)
        {
            _candidates = _candidates > 1 && _candidate2.Key.FixedAt >= time ? 1 : 0;
            _candidate1 = _candidates > 0 ? _candidate2 : default;
        }
        if (_candidates < 2)
            _candidate2 = default;
    }
}
