namespace FieldCrm.Core.Devices;

/// <summary>What steps of a <see cref="DeviceFold"/> brought, in order; a later entry of one id or fix replaces the earlier.</summary>
public sealed class FoldOutput
{
    public List<NetEvent> Events { get; } = [];

    public List<MarkChange> Marks { get; } = [];

    public void Clear()
    {
        Events.Clear();
        Marks.Clear();
    }
}
