namespace FieldCrm.Dispatch.Fleet;

/// <summary>
/// Whether a unit's detail is shown, and whether a reason is asked for. A reason that lapses does not close the day that it
/// opened, which was seen already; where he is now is another look, and shown once the reader has said why.
/// </summary>
public sealed class DetailDoor
{
    public bool IsOpen { get; private set; }

    public bool IsAsking { get; private set; }

    /// <summary>What the server said to the last reason; null when it said nothing.</summary>
    public string? Refusal { get; private set; }

    /// <summary>False before it is known whether a reason is needed: then neither is shown.</summary>
    public bool IsDecided => IsOpen || IsAsking;

    /// <summary>Another unit, or one that is gone.</summary>
    public void Reset() => (IsOpen, IsAsking, Refusal) = (false, false, null);

    public void Open() => (IsOpen, IsAsking, Refusal) = (true, false, null);

    public void Ask(string? refusal = null) => (IsAsking, Refusal) = (true, refusal);
}
