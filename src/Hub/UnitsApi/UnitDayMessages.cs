namespace FieldCrm.Hub.UnitsApi;

/// <param name="To">Absent while it goes on.</param>
/// <param name="DistanceM">Of a trip that has ended.</param>
/// <param name="LatitudeDeg">Where it began.</param>
internal sealed record DayStretchView(DateTimeOffset From, DateTimeOffset? To, double? DistanceM, double LatitudeDeg, double LongitudeDeg);

/// <param name="Kind">As in the list of alarms.</param>
internal sealed record DayAlarmView(DateTimeOffset At, string Kind, double LatitudeDeg, double LongitudeDeg);

internal sealed record DayPointView(DateTimeOffset At, double LatitudeDeg, double LongitudeDeg, double? SpeedMps);

/// <summary>A unit between two moments: a day of the reader's own time zone, as a rule.</summary>
/// <param name="DistanceM">Ground covered while moving.</param>
/// <param name="MaxSpeedMps">Absent where nothing reported a speed.</param>
/// <param name="Trips">What overlaps the time asked for, in order of beginning.</param>
/// <param name="Track">Believed positions in order, without what a map would not show; the ends of stands and gaps are always there.</param>
/// <param name="Fixes">Believed positions, before any was left out of the track.</param>
/// <param name="Marked">Positions that are thought implausible: <c>…/day/marked</c> has them.</param>
/// <param name="Quarantined">Received in that time and set aside: <c>/api/v1/devices/{id}/quarantine</c> has them.</param>
/// <param name="ClockSkewMs">Our clock minus the device's, smoothed; absent before its first checkpoint.</param>
/// <param name="IsCut">There are more positions, trips or stops than one answer reads: what is beyond is in none of the figures.</param>
internal sealed record UnitDayView(
    DateTimeOffset From, DateTimeOffset To, double DistanceM, double? MaxSpeedMps, IReadOnlyList<DayStretchView> Trips,
    IReadOnlyList<DayStretchView> Stops, IReadOnlyList<DayAlarmView> Alarms, IReadOnlyList<DayPointView> Track, int Fixes, int Marked,
    int Quarantined, long? ClockSkewMs, bool IsCut);

/// <param name="Mark">Why it is thought implausible: declaredInvalid, nullIsland or teleport.</param>
internal sealed record MarkedFixView(
    DateTimeOffset FixedAt, DateTimeOffset ReceivedAt, double LatitudeDeg, double LongitudeDeg, double? SpeedMps, double? AccuracyM, string Mark);

/// <param name="NextCursor">For the next page; null on the last.</param>
internal sealed record MarkedPage(IReadOnlyList<MarkedFixView> Fixes, string? NextCursor);
