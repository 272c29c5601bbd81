using System.Runtime.CompilerServices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Devices;

/// <summary>Whether a device moves, with hysteresis: see <see cref="FoldLimits"/>.</summary>
public enum MotionState : byte
{
    /// <summary>Just appeared, or appeared elsewhere after a silence; becomes one of the others by the next fixes.</summary>
    Unknown = 0,
    Moving = 1,

    /// <summary>In one place for at least a minute.</summary>
    Idle = 2,

    /// <summary>In one place for at least five minutes; ends a trip.</summary>
    Stopped = 3,
}

/// <summary>What the fold keeps of a believed (or not yet believed) fix. Null means "not reported".</summary>
/// <param name="RaisedAlarm">The alarm that was raised with this fix, after joining; a correction may have to follow.</param>
public readonly record struct FoldFix(
    FixKey Key, GeoPoint Position, int? SpeedMmps, int? HeadingCdeg, int? AccuracyMm, int? BatteryPermille,
    AlarmKind RaisedAlarm);

/// <summary>A fix's key and place.</summary>
public readonly record struct FoldPoint(FixKey Key, GeoPoint Position);

/// <summary>
/// The state of one device: a pure fold over its fixes in ascending <see cref="FixKey"/> order. Integers only, no
/// arrival fact and no "now", so that the same fixes end in the same bytes on the server and in the browser.
/// The steps of a fix stand in <see cref="Step"/>, one under the other.
/// </summary>
public sealed partial class DeviceFold
{
    /// <summary>Raised by every change of outcome or layout: stored state of another version is folded again.</summary>
    public const int Version = 1;

    public DeviceFold(DeviceId device) => Device = device;

    public DeviceId Device { get; }

    /// <summary>The greatest key folded, marked or not; null before the first.</summary>
    public FixKey? LastKey { get; private set; }

    /// <summary>Different fixes folded, marked ones included.</summary>
    public long FixCount { get; private set; }

    /// <summary>The newest believed fix: the live marker. Never moves backwards in time.</summary>
    public FoldFix? LastPlausible { get; private set; }

    public MotionState Motion { get; private set; }

    /// <summary>Ground covered while moving, since the first fix.</summary>
    public long DistanceMm { get; private set; }

    /// <summary>Where the trip under way set off; null when none is.</summary>
    public FoldPoint? TripStart { get; private set; }

    public DeviceFold Clone() => (DeviceFold)MemberwiseClone();

    /// <summary>
    /// Folds one fix. The same key again changes nothing.
    /// </summary>
    /// <exception cref="ArgumentException">The key lies before <see cref="LastKey"/>.</exception>
    public void Step(in Fix fix, FoldOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (IsRepeat(fix.Key))                                     // de-duplicate, order
            return;
        var known = Validate(fix, out var isUsable);               // validate
        var mark = Judge(known, isUsable, out var isReinstating);  // mark the implausible
        known = RaiseAlarm(known, fix.Alarm, mark, output);        // alarms
        Settle(known, mark, isReinstating, output);                // marks; motion, distance and trips of what is believed
    }

    private bool IsRepeat(FixKey key)
    {
        if (LastKey is { } last)
        {
            var order = key.CompareTo(last);
            if (order == 0)
                return true;
            if (order < 0)
                throw new ArgumentException($"Fixes are folded in ascending order; {key} comes before {last}.", nameof(key));
        }
        LastKey = key;
        FixCount++;
        return false;
    }

    private static FoldFix Validate(in Fix fix, out bool isUsable)
    {
        isUsable = !fix.IsDeclaredInvalid
            && Math.Abs((long)fix.Position.LatitudeE7) <= GeoPoint.MaxLatitudeE7
            && Math.Abs((long)fix.Position.LongitudeE7) <= GeoPoint.MaxLongitudeE7;
        return new FoldFix(
            fix.Key, fix.Position, NotNegative(fix.SpeedMmps), NotNegative(fix.HeadingCdeg), NotNegative(fix.AccuracyMm),
            NotNegative(fix.BatteryPermille), AlarmKind.None);
    }

    private static int? NotNegative(int? value) => value >= 0 ? value : null;

    // Times come from devices: a difference that does not fit is as good as the longest that does.
    private static long ElapsedMicros(FixKey from, FixKey to)
    {
        var elapsed = unchecked(to.FixedAt.Value - from.FixedAt.Value);
        return elapsed < 0 ? long.MaxValue : elapsed; // keys ascend, so a negative one has overflowed
    }

    [InlineArray(KindCount)]
    private struct AlarmTimes
    {
        /// <summary>The known kinds; any other number counts as <see cref="AlarmKind.Other"/>.</summary>
        public const int KindCount = (int)AlarmKind.Movement + 1;

        private long _first;
    }
}
