using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Live;

namespace FieldCrm.Silo.Positions;

public sealed partial class LastPositions : IPositionBoard
{
    public BoardChanges Changes(TenantId tenant, long after)
    {
        var known = Of(tenant);
        var before = new Dictionary<int, GeoPoint?>();
        if (!known.Ring.TryRead(after, before, out var version))
            return new BoardChanges(version, IsLapped: true, []);
        var changes = new List<UnitChange>(before.Count);
        foreach (var (device, shownAt) in before)
        {
            // As it is now, which may be later than the version: then it comes once more, from the place of that change.
            var now = StripeOf(known.Stripes, new DeviceId(device)).Shown(device);
            if (shownAt is not null || now is not null)
                changes.Add(new UnitChange(new DeviceId(device), shownAt, now));
        }
        return new BoardChanges(version, IsLapped: false, changes);
    }

    public void Forget(TenantId tenant) => Of(tenant).Ring.Forget();

    public void Collect(TenantId tenant, in GeoBox box, List<BoardUnit> units)
    {
        var visitor = new Collector(units);
        foreach (var stripe in Of(tenant).Stripes)
            stripe.Visit(box, ref visitor);
    }

    public int CountIn(TenantId tenant, in GeoBox box)
    {
        var visitor = new Counter();
        foreach (var stripe in Of(tenant).Stripes)
            stripe.Visit(box, ref visitor);
        return visitor.Count;
    }

    /// <summary>The marks of a device, shown or not.</summary>
    public UnitMarks MarksOf(TenantId tenant, DeviceId device) => StripeOf(tenant, device).Marks(device);

    public void SetKind(TenantId tenant, DeviceId device, UnitKind kind) => StripeOf(tenant, device).SetKind(device, kind);

    /// <summary>
    /// A person's device, and since when he is on shift; null: he is not. Off shift memory has nothing of him, and on
    /// shift nothing from before it: a shift that begins shows him nowhere until it brings a fix.
    /// </summary>
    public void SetShift(TenantId tenant, DeviceId device, UtcMicros? from) => StripeOf(tenant, device).SetShift(device, from);

    /// <summary>What reports is a person's; hidden until <see cref="SetShift"/> has said that he is on shift.</summary>
    public void SetPerson(TenantId tenant, DeviceId device) => StripeOf(tenant, device).SetPerson(device);

    public void SetAvailability(TenantId tenant, DeviceId device, AvailabilityStatus availability) =>
        StripeOf(tenant, device).SetAvailability(device, availability);

    public void SetOpenAlarm(TenantId tenant, DeviceId device, bool isOpen) =>
        StripeOf(tenant, device).SetOpenAlarm(device, isOpen, _isFilled);

    /// <summary>The devices that are marked so, shown or not.</summary>
    public IReadOnlyList<DeviceId> WithOpenAlarm(TenantId tenant) => [.. Of(tenant).Stripes.SelectMany(s => s.WithOpenAlarm())];

    private struct Collector(List<BoardUnit> units) : IPositionVisitor
    {
        public readonly void See(in PositionEntry entry) => units.Add(entry.ToBoardUnit());
    }

    private struct Counter : IPositionVisitor
    {
        public int Count { get; private set; }

        public void See(in PositionEntry entry) => Count++;
    }
}
