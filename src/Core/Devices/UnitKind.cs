namespace FieldCrm.Core.Devices;

/// <summary>What carries the device. Numbers are stored and stand in live records: append, never renumber.</summary>
public enum UnitKind : byte
{
    Vehicle = 0,
    Person = 1,
    Asset = 2,
}
