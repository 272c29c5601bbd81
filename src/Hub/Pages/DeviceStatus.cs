using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Silo.Positions;

namespace FieldCrm.Hub.Pages;

/// <summary>What the list says of a device at one glance: a shape, a word and a hue.</summary>
public enum DeviceStatus
{
    NeverHeard,

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
    public static DeviceStatus Of(LastPosition? last, UtcMicros now, TimeSpan silenceAfter) => last switch
    {
        null => DeviceStatus.NeverHeard,
        { } known when known.ReceivedAt.Plus(silenceAfter) < now => DeviceStatus.Silent,
        { Motion: MotionState.Moving } => DeviceStatus.Moving,
        { Motion: MotionState.Idle } => DeviceStatus.Idle,
        { Motion: MotionState.Stopped } => DeviceStatus.Stopped,
        _ => DeviceStatus.Reporting,
    };

    public static string Word(this DeviceStatus status) => status == DeviceStatus.NeverHeard ? "Never heard" : status.ToString();

    /// <summary>The style's word for it.</summary>
    public static string Class(this DeviceStatus status) => status switch
    {
        DeviceStatus.NeverHeard => "never",
        DeviceStatus.Silent => "silent",
        DeviceStatus.Reporting => "reporting",
        DeviceStatus.Moving => "moving",
        DeviceStatus.Idle => "idle",
        _ => "stopped",
    };
}
