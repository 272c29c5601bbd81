using FieldCrm.Hub.PositionsApi;

namespace FieldCrm.Hub.UnitsApi;

/// <summary>A unit as a list shows it. Absent members were not reported.</summary>
/// <param name="Number">What the live picture calls it (docs/wire/LIVE.md).</param>
/// <param name="Id">What its owner calls it.</param>
/// <param name="Kind">vehicle, person or asset.</param>
/// <param name="Phone">Of who is with it.</param>
/// <param name="Availability">unknown, available, busy, onBreak, offDuty or outOfService.</param>
/// <param name="AvailabilityVersion">What to send with a change; 0 where nobody has said anything yet.</param>
/// <param name="Motion">unknown, moving, idle or stopped.</param>
/// <param name="SignalLost">Its silence was noticed.</param>
/// <param name="OpenAlarms">1 while an alarm of it is open, else 0.</param>
/// <param name="DistanceM">From the place that was asked for; absent without one.</param>
internal sealed record UnitView(
    int Number, string Id, string Name, string Kind, string? Phone, string Availability, string? AvailabilityNote, long AvailabilityVersion,
    DateTimeOffset? AvailabilityChangedAt, ActorView? AvailabilityChangedBy, string Motion, bool SignalLost, int OpenAlarms,
    DateTimeOffset? HeardAt, PositionView? Position, double? DistanceM = null)
{
    public UnitView With(AvailabilityView? said) => said is null ? this : this with
    {
        Availability = said.Availability, AvailabilityNote = said.Note, AvailabilityVersion = said.Version,
        AvailabilityChangedAt = said.ChangedAt, AvailabilityChangedBy = said.ChangedBy,
    };
}

/// <param name="Total">Units that the query finds, on all pages.</param>
/// <param name="IsFilled">False shortly after a start, while positions that were not heard since may be missing.</param>
internal sealed record UnitsPage(IReadOnlyList<UnitView> Units, int Total, bool IsFilled);

/// <param name="Numbers">At most <see cref="UnitsEndpoints.MaxLookup"/>.</param>
internal sealed record UnitsToLookUp(IReadOnlyList<int> Numbers);
