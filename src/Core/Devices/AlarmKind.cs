namespace FieldCrm.Core.Devices;

/// <summary>
/// What a device itself raised. Numbers are stored and hashed: append, never renumber.
/// A kind no member names is <see cref="Other"/>; the device's own word stays in the fix's attributes.
/// </summary>
public enum AlarmKind : byte
{
    None = 0,
    Other = 1,
    Sos = 2,
    Crash = 3,
    Fall = 4,
    Tow = 5,
    Tamper = 6,
    PowerCut = 7,
    LowBattery = 8,
    Overspeed = 9,
    HarshDriving = 10,
    Movement = 11,
}
