namespace FieldCrm.Core.Live;

/// <summary>Bits of a live record.</summary>
[Flags]
public enum UnitFlags : byte
{
    None = 0,

    /// <summary>The unit's silence was noticed and is recorded.</summary>
    SignalLost = 1,

    /// <summary>Something of it was raised and is neither withdrawn nor acknowledged.</summary>
    OpenAlarm = 2,
}
