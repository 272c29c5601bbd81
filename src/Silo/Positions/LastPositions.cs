using System.Collections.Concurrent;
using FieldCrm.Core;
using FieldCrm.Core.Geo;

namespace FieldCrm.Silo.Positions;

/// <summary>
/// When every device was last heard and where it was last believed to be, in memory: at most 64 bytes a device with both
/// indexes, tenants apart, a tenant's devices spread over stripes with a lock each. Queries never touch the database.
/// A device's grain writes it after its commits and has the last word; <see cref="LastPositionFiller"/> fills it at start.
/// A disabled device stays in here, up to date and out of sight: neither a refold nor a late publication shows it, and
/// enabling it does.
/// </summary>
public sealed partial class LastPositions
{
    /// <summary>Most devices of one answer.</summary>
    public const int MaxLimit = 5_000;

    // Enough that writers seldom meet; more would cost small tenants memory.
    private const int Stripes = 8;

    private readonly ConcurrentDictionary<int, TenantPositions> _tenants = new();
    private volatile bool _isFilled;
    private long _filled;

    /// <summary>Whether everything stored before the start is in here. Until then answers may lack devices.</summary>
    public bool IsFilled => _isFilled;

    /// <summary>Devices looked at by the fill so far.</summary>
    public long FilledDevices => Interlocked.Read(ref _filled);

    /// <summary>Devices with a position that may be shown.</summary>
    public int Count => _tenants.Values.Sum(t => t.Stripes.Sum(s => s.ShownCount));

    /// <summary>Bytes held by the entries and their indexes.</summary>
    public long Bytes => _tenants.Values.Sum(t => t.Stripes.Sum(s => s.Bytes));

    /// <summary>
    /// What the device's grain knows after a commit. It replaces what was known, also by an older position or by none:
    /// a refold can find that what was believed is not to be.
    /// </summary>
    /// <param name="heardAt">Null where nothing came from the device: a refold.</param>
    /// <param name="isSignalLost">Its silence was noticed.</param>
    public void Place(
        TenantId tenant, DeviceId device, in LastPosition? last, UtcMicros? heardAt, bool isSignalLost = false) =>
        StripeOf(tenant, device).Place(device, last, heardAt, isSignalLost, _isFilled);

    /// <summary>Something of the device was accepted that says nothing about where it is.</summary>
    public void Heard(TenantId tenant, DeviceId device, UtcMicros heardAt) => StripeOf(tenant, device).Heard(device, heardAt);

    /// <summary>Hides a device from every answer, or shows it again where it is by now.</summary>
    public void SetDisabled(TenantId tenant, DeviceId device, bool isDisabled) =>
        StripeOf(tenant, device).SetDisabled(device, isDisabled);

    /// <summary>What is known of a device; nothing of a disabled one.</summary>
    public Sighting Of(TenantId tenant, DeviceId device) =>
        _tenants.TryGetValue(tenant.Value, out var known) ? StripeOf(known.Stripes, device).Get(device) : default;

    /// <summary>Number of the tenant's devices with a position.</summary>
    public int CountOf(TenantId tenant) =>
        _tenants.TryGetValue(tenant.Value, out var known) ? known.Stripes.Sum(s => s.ShownCount) : 0;

    /// <summary>
    /// The devices inside a box in ascending order of their ids, those after <paramref name="after"/> only, at most
    /// <paramref name="limit"/>. A full answer may have more behind its last id.
    /// </summary>
    public IReadOnlyList<DevicePosition> InBox(TenantId tenant, in GeoBox box, DeviceId? after, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(limit is > 0 and <= MaxLimit, true);
        if (!_tenants.TryGetValue(tenant.Value, out var known))
            return [];
        var visitor = new LowestIds(after?.Value ?? int.MinValue, after is not null, limit);
        foreach (var stripe in known.Stripes)
            stripe.Visit(box, ref visitor);
        return visitor.InOrder();
    }

    /// <summary>
    /// The <paramref name="count"/> devices nearest to a point, nearest first (equal distances by id). With
    /// <paramref name="fixedSince"/> only those whose last fix is at least as new.
    /// </summary>
    public IReadOnlyList<NearDevice> Nearest(TenantId tenant, GeoPoint point, int count, UtcMicros? fixedSince = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(count is > 0 and <= MaxLimit, true);
        if (!_tenants.TryGetValue(tenant.Value, out var known))
            return [];
        var stripes = known.Stripes;
        // Everything within a radius, the radius growing until enough was found: exact, as nothing outside can be nearer.
        // Where looking into the cells would cost more than looking at every device, that is the last look.
        for (var radiusMm = 500_000L; ; radiusMm *= 4)
        {
            var box = GeoBox.Around(point, radiusMm);
            var isWorld = PositionStripe.CellsOf(box) * 4 > stripes.Sum(s => s.ShownCount) / Stripes;
            var visitor = new NearestFirst(
                point, isWorld ? GeoDistance.MaxMm : radiusMm, count, fixedSince?.Value ?? long.MinValue);
            foreach (var stripe in stripes)
                stripe.Visit(isWorld ? GeoBox.World : box, ref visitor);
            if (visitor.IsFull || isWorld)
                return visitor.InOrder();
        }
    }

    /// <summary>What the fill found stored: never over what a grain or the tenant said meanwhile.</summary>
    internal void Fill(TenantId tenant, DeviceId device, in Sighting stored, in UnitMarks marks, bool isDisabled)
    {
        Interlocked.Increment(ref _filled);
        StripeOf(tenant, device).Fill(device, stored, marks, isDisabled);
    }

    internal void FillDone()
    {
        _isFilled = true;
        foreach (var stripe in _tenants.Values.SelectMany(t => t.Stripes))
            stripe.FillDone();
    }

    private PositionStripe StripeOf(TenantId tenant, DeviceId device) =>
        StripeOf(Of(tenant).Stripes, device);

    private TenantPositions Of(TenantId tenant) => _tenants.GetOrAdd(tenant.Value, static _ => new TenantPositions());

    // Ids are handed out one after the other, so their low bits spread evenly.
    private static PositionStripe StripeOf(PositionStripe[] stripes, DeviceId device) =>
        stripes[(uint)device.Value % Stripes];

    private sealed class TenantPositions
    {
        public TenantPositions()
        {
            for (var i = 0; i < Stripes.Length; i++)
                Stripes[i] = new PositionStripe(Ring);
        }

        public ChangeRing Ring { get; } = new();

        public PositionStripe[] Stripes { get; } = new PositionStripe[LastPositions.Stripes];
    }

    /// <summary>Keeps the lowest ids above a bound.</summary>
    private struct LowestIds(int after, bool isBounded, int limit) : IPositionVisitor
    {
        private readonly PriorityQueue<DevicePosition, int> _worstFirst = new();

        public readonly void See(in PositionEntry entry)
        {
            if (isBounded && entry.Device <= after)
                return;
            if (_worstFirst.Count < limit)
                _worstFirst.Enqueue(Of(entry), -entry.Device);
            else if (entry.Device < _worstFirst.Peek().Device.Value)
                _worstFirst.EnqueueDequeue(Of(entry), -entry.Device);
        }

        private static DevicePosition Of(in PositionEntry entry) => new(new DeviceId(entry.Device), entry.HeardAt, entry.Get());

        public readonly DevicePosition[] InOrder()
        {
            var found = new DevicePosition[_worstFirst.Count];
            for (var i = found.Length - 1; i >= 0; i--)
                found[i] = _worstFirst.Dequeue();
            return found;
        }
    }
}
