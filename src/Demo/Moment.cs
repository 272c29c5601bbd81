namespace FieldCrm.Demo;

/// <summary>One second of a vehicle's life, as it truly was.</summary>
/// <param name="HeadingDeg">Of the road, also while standing.</param>
/// <param name="InTunnel">A receiver sees no satellites here.</param>
public readonly record struct Moment(Place Place, float SpeedMps, float HeadingDeg, bool InTunnel);
