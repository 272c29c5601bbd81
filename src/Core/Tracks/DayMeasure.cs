using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Tracks;

/// <summary>
/// What a stretch of a device's fixes comes to, taken in order of their own time: the same fold as the device's own, begun a little
/// before the stretch, so that it knows whether it is moving when the stretch begins.
/// </summary>
public sealed class DayMeasure(DeviceId device, UtcMicros from)
{
    /// <summary>How long before the stretch the fixes should begin.</summary>
    public static readonly TimeSpan Lead = TimeSpan.FromHours(1);

    private readonly DeviceFold _fold = new(device);
    private readonly FoldOutput _output = new();
    private long _distanceBeforeMm;

    /// <summary>Ground covered while moving.</summary>
    public long DistanceMm => _fold.DistanceMm - _distanceBeforeMm;

    /// <summary>Believed fixes.</summary>
    public int Believed { get; private set; }

    /// <summary>Fixes that are thought implausible.</summary>
    public int Marked { get; private set; }

    /// <summary>Of believed fixes; null when none reported one.</summary>
    public int? MaxSpeedMmps { get; private set; }

    /// <summary>True where the fix belongs to the stretch and is believed.</summary>
    public bool Add(in TrackFix fix)
    {
        // What came too late to be evaluated is on the track all the same.
        if (fix.Mark != FixMark.BeyondWindow)
        {
            _fold.Step(fix.Fix, _output);
            _output.Clear();
        }
        if (fix.Fix.FixedAt < from)
        {
            _distanceBeforeMm = _fold.DistanceMm;
            return false;
        }
        if (fix.IsImplausible)
        {
            Marked++;
            return false;
        }
        Believed++;
        if (fix.Fix.SpeedMmps is { } speed && !(speed <= MaxSpeedMmps))
            MaxSpeedMmps = speed;
        return true;
    }
}
