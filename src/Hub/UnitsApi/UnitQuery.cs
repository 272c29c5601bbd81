using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Live;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.PositionsApi;
using FieldCrm.Silo.Positions;

namespace FieldCrm.Hub.UnitsApi;

/// <summary>What a list of units is narrowed and sorted by. Masks have a bit for each of an enumeration's numbers; 0 = all.</summary>
internal sealed record UnitQuery(
    string? Search, int Kinds, int Availabilities, int Motions, UtcMicros? FixedSince, GeoBox? Box, GeoPoint? Near, string Sort, int Offset,
    int Limit)
{
    private const string ByDistance = "distance";

    public static readonly string[] Sorts = ["name", "heard", "availability", "motion", ByDistance];

    public static UnitQuery Read(QueryText query, UtcMicros now, int defaultLimit, int maxLimit)
    {
        var maxAge = query.OptionalInt("maxAgeSeconds", 1, 366 * 86_400);
        var near = query.Text("nearLat") is null && query.Text("nearLon") is null ? null : query.Point("nearLat", "nearLon");
        var sort = query.Word("sort", Sorts) ?? (near is null ? "name" : ByDistance);
        if (sort == ByDistance && near is null)
            query.Refuse("sort", "another one where nearLat and nearLon are not given");
        return new UnitQuery(
            query.Text("search"), query.Mask("kinds", UnitKinds.Words), query.Mask("availabilities", AvailabilityStatuses.Words),
            query.Mask("motions", [.. Enum.GetValues<MotionState>().Select(PositionView.NameOf)]),
            maxAge is { } seconds ? now.Minus(TimeSpan.FromSeconds(seconds)) : null,
            query.Text("box") is null ? null : query.Box("box"), near, sort,
            query.Int("offset", 0, 0, int.MaxValue), query.Int("limit", defaultLimit, 1, maxLimit));
    }

    /// <summary>The page that is asked for, and how many there are on all.</summary>
    public (IReadOnlyList<UnitView> Units, int Total) Answer(
        TenantId tenant, IReadOnlyList<UnitName> units, LastPositions positions, UtcMicros now)
    {
        var found = new List<Found>();
        foreach (var unit in units)
        {
            if (Search is { } text && !unit.Name.Contains(text, StringComparison.OrdinalIgnoreCase) && !unit.UniqueId.Contains(text, StringComparison.OrdinalIgnoreCase))
                continue;
            var candidate = new Found(unit, positions.Of(tenant, unit.Device), positions.MarksOf(tenant, unit.Device), Near);
            if (Has(candidate))
                found.Add(candidate);
        }
        var sorted = Sort switch
        {
            "heard" => found.OrderByDescending(f => f.Sighting.HeardAt?.Value ?? long.MinValue),
            "availability" => found.OrderBy(f => f.Marks.Availability == AvailabilityStatus.Unknown ? int.MaxValue : (int)f.Marks.Availability),
            ByDistance => found.OrderBy(f => f.DistanceMm).ThenBy(f => f.Unit.Device.Value),
            "motion" => found.OrderBy(f => f.Motion == MotionState.Unknown ? int.MaxValue : (int)f.Motion),
            _ => (IEnumerable<Found>)found,
        };
        return ([.. sorted.Skip(Offset).Take(Limit).Select(f => f.View(now))], found.Count);
    }

    public static UnitView View(TenantId tenant, UnitName unit, LastPositions positions, UtcMicros now) =>
        new Found(unit, positions.Of(tenant, unit.Device), positions.MarksOf(tenant, unit.Device), Near: null).View(now);

    private bool Has(in Found unit) =>
        In(Kinds, (int)unit.Unit.Kind) && In(Availabilities, (int)unit.Marks.Availability) && In(Motions, (int)unit.Motion)
        && (FixedSince is not { } since || (unit.Sighting.Last is { } last && last.FixedAt.Value >= since.Value))
        && (Sort != ByDistance || unit.DistanceMm is not null)
        && (Box is not { } box || (unit.Sighting.Last is { } place && box.Contains(place.Position)));

    private static bool In(int mask, int code) => mask == 0 || (mask & (1 << code)) != 0;

    private readonly record struct Found(UnitName Unit, Sighting Sighting, UnitMarks Marks, GeoPoint? Near)
    {
        public long? DistanceMm { get; } = Near is { } from && Sighting.Last is { } last ? GeoDistance.Mm(from, last.Position) : null;

        public MotionState Motion => Sighting.Last is { } last ? last.Motion : MotionState.Unknown;

        public UnitView View(UtcMicros now) => new(
            Unit.Device.Value, Unit.UniqueId, Unit.Name, UnitKinds.WordOf(Unit.Kind), Unit.Phone, AvailabilityStatuses.WordOf(Marks.Availability), null, 0, null, null,
            PositionView.NameOf(Motion),
            Marks.Flags.HasFlag(UnitFlags.SignalLost), Marks.Flags.HasFlag(UnitFlags.OpenAlarm) ? 1 : 0,
            Sighting.HeardAt?.ToDateTimeOffset(), Sighting.Last is { } at ? PositionView.Of(at, now) : null,
            DistanceMm / 1_000.0);
    }
}
