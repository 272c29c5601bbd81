namespace FieldCrm.Dispatch.Fleet;

/// <summary>A unit in a short list over the map.</summary>
public sealed record PickRow(long? Number, string Name, string Text);
