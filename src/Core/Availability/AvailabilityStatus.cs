namespace FieldCrm.Core.Availability;

/// <summary>Whether a unit can be sent. Numbers are stored and stand in live records: append, never renumber.</summary>
public enum AvailabilityStatus : byte
{
    /// <summary>Nobody has said.</summary>
    Unknown = 0,
    Available = 1,
    Busy = 2,
    OnBreak = 3,
    OffDuty = 4,
    OutOfService = 5,
}
