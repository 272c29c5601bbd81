namespace FieldCrm.Core.Devices;

/// <summary>
/// Why a stored fix is kept out of track, distance and motion. Stored numbers: append, never renumber.
/// All but <see cref="BeyondWindow"/> are made by the fold and may be taken back by it.
/// </summary>
public enum FixMark : byte
{
    None = 0,

    /// <summary>The device said so itself, or the coordinates lie outside ±90° / ±180°.</summary>
    DeclaredInvalid = 1,

    /// <summary>Within 0.01° of 0, 0, which receivers send when they know nothing.</summary>
    NullIsland = 2,

    /// <summary>Further from the last believed fix than anything on the ground travels.</summary>
    Teleport = 3,

    /// <summary>Arrived more than the refold window behind the newest fix: stored and shown, never evaluated.</summary>
    BeyondWindow = 4,
}

/// <summary>The mark of one fix from now on; <see cref="FixMark.None"/> reinstates it.</summary>
public readonly record struct MarkChange(FixKey Fix, FixMark Mark);
