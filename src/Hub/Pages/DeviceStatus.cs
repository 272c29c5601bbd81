using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Positions;

namespace FieldCrm.Hub.Pages;

/// <summary>What the list says of a device at one glance: a shape, a word and a hue.</summary>
public enum DeviceStatus
{
    NeverHeard,

    /// <summary>A person who is not on shift: nothing of him is taken in or shown.</summary>
    OffShift,

    /// <summary>Nothing came in for longer than the tenant agreed.</summary>
    Silent,

    /// <summary>Too few fixes yet to tell whether it moves.</summary>
    Reporting,
    Moving,
    Idle,
    Stopped,
}

internal static class DeviceStatuses
{
    public static DeviceStatus Of(in Sighting sighting, UtcMicros now, TimeSpan silenceAfter) => sighting switch
    {
        { HeardAt: null } => DeviceStatus.NeverHeard,
        { HeardAt: { } heardAt } when heardAt.Plus(silenceAfter) < now => DeviceStatus.Silent,
        { Last.Motion: MotionState.Moving } => DeviceStatus.Moving,
        { Last.Motion: MotionState.Idle } => DeviceStatus.Idle,
        { Last.Motion: MotionState.Stopped } => DeviceStatus.Stopped,
        _ => DeviceStatus.Reporting,
    };

    public static string Word(this DeviceStatus status) => status switch
    {
        DeviceStatus.NeverHeard => "Never heard",
        DeviceStatus.OffShift => "Off shift",
        _ => status.ToString(),
    };

    /// <summary>The style's word for it.</summary>
    public static string Class(this DeviceStatus status) => status switch
    {
        DeviceStatus.NeverHeard or DeviceStatus.OffShift => "never",
        DeviceStatus.Silent => "silent",
        DeviceStatus.Reporting => "reporting",
        DeviceStatus.Moving => "moving",
        DeviceStatus.Idle => "idle",
        _ => "stopped",
    };
}
