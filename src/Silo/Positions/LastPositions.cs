using System.Collections.Concurrent;
using FieldCrm.Core;
using FieldCrm.Core.Geo;

namespace FieldCrm.Silo.Positions;

/// <summary>
/// The last position of every device, in memory: at most 64 bytes a device with both indexes, tenants apart, a
/// tenant's devices spread over stripes with a lock each. Queries never touch the database. Grains write it after
/// their commits; <see cref="LastPositionFiller"/> fills it at start.
/// </summary>
public sealed class LastPositions
{
    /// <summary>Most devices of one answer.</summary>
    public const int MaxLimit = 5_000;

    // Enough that writers seldom meet; more would cost small tenants memory.
    private const int Stripes = 8;

    private readonly ConcurrentDictionary<int, PositionStripe[]> _tenants = new();
    private ConcurrentDictionary<int, byte>? _removedWhileFilling = new();
    private long _filled;

    /// <summary>Whether everything stored before the start is in here. Until then answers may lack devices.</summary>
    public bool IsFilled => Volatile.Read(ref _removedWhileFilling) is null;

    /// <summary>Devices looked at by the fill so far.</summary>
    public long FilledDevices => Interlocked.Read(ref _filled);

    public int Count => _tenants.Values.Sum(t => t.Sum(s => s.Count));

    /// <summary>Bytes held by the entries and their indexes.</summary>
    public long Bytes => _tenants.Values.Sum(t => t.Sum(s => s.Bytes));

    /// <summary>
    /// Takes a position unless a newer one (by the device's own time) is known. Returns whether it was taken.
    /// </summary>
    public bool Update(TenantId tenant, DeviceId device, in LastPosition last) =>
        StripeOf(_tenants.GetOrAdd(tenant.Value, static _ => NewStripes()), device).Update(device, last);

    /// <summary>Forgets a device: it was disabled.</summary>
    public bool Remove(TenantId tenant, DeviceId device)
    {
        Volatile.Read(ref _removedWhileFilling)?.TryAdd(device.Value, 0);
        return _tenants.TryGetValue(tenant.Value, out var stripes) && StripeOf(stripes, device).Remove(device);
    }

    public bool TryGet(TenantId tenant, DeviceId device, out LastPosition last)
    {
        last = default;
        return _tenants.TryGetValue(tenant.Value, out var stripes) && StripeOf(stripes, device).TryGet(device, out last);
    }

    /// <summary>Number of the tenant's devices with a position.</summary>
    public int CountOf(TenantId tenant) =>
        _tenants.TryGetValue(tenant.Value, out var stripes) ? stripes.Sum(s => s.Count) : 0;

    /// <summary>
    /// The devices inside a box in ascending order of their ids, those after <paramref name="after"/> only, at most
    /// <paramref name="limit"/>. A full answer may have more behind its last id.
    /// </summary>
    public IReadOnlyList<DevicePosition> InBox(TenantId tenant, in GeoBox box, DeviceId? after, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(limit is > 0 and <= MaxLimit, true);
        if (!_tenants.TryGetValue(tenant.Value, out var stripes))
            return [];
        var visitor = new LowestIds(after?.Value ?? int.MinValue, after is not null, limit);
        foreach (var stripe in stripes)
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
        if (!_tenants.TryGetValue(tenant.Value, out var stripes))
            return [];
        // Everything within a radius, the radius growing until enough was found: exact, as nothing outside can be nearer.
        // Where looking into the cells would cost more than looking at every device, that is the last look.
        for (var radiusMm = 500_000L; ; radiusMm *= 4)
        {
            var box = GeoBox.Around(point, radiusMm);
            var isWorld = PositionStripe.CellsOf(box) * 4 > stripes.Sum(s => s.Count) / Stripes;
            var visitor = new NearestFirst(
                point, isWorld ? GeoDistance.MaxMm : radiusMm, count, fixedSince?.Value ?? long.MinValue);
            foreach (var stripe in stripes)
                stripe.Visit(isWorld ? GeoBox.World : box, ref visitor);
            if (visitor.IsFull || isWorld)
                return visitor.InOrder();
        }
    }

    /// <summary>What the fill found stored: never over anything newer, never a device removed meanwhile.</summary>
    internal void Fill(TenantId tenant, DeviceId device, in LastPosition? last)
    {
        Interlocked.Increment(ref _filled);
        if (last is not { } stored || Volatile.Read(ref _removedWhileFilling) is not { } removed)
            return;
        if (removed.ContainsKey(device.Value))
            return;
        if (!TryGet(tenant, device, out var known) || known.FixedAt < stored.FixedAt)
            Update(tenant, device, stored);
        if (removed.ContainsKey(device.Value)) // removed between the look and the update
            Remove(tenant, device);
    }

    internal void FillDone() => Volatile.Write(ref _removedWhileFilling, null);

    private static PositionStripe[] NewStripes()
    {
        var stripes = new PositionStripe[Stripes];
        for (var i = 0; i < Stripes; i++)
            stripes[i] = new PositionStripe();
        return stripes;
    }

    // Ids are handed out one after the other, so their low bits spread evenly.
    private static PositionStripe StripeOf(PositionStripe[] stripes, DeviceId device) =>
        stripes[(uint)device.Value % Stripes];

    /// <summary>Keeps the lowest ids above a bound.</summary>
    private struct LowestIds(int after, bool isBounded, int limit) : IPositionVisitor
    {
        private readonly PriorityQueue<DevicePosition, int> _worstFirst = new();

        public readonly void See(in PositionEntry entry)
        {
            if (isBounded && entry.Device <= after)
                return;
            if (_worstFirst.Count < limit)
                _worstFirst.Enqueue(new DevicePosition(new DeviceId(entry.Device), entry.Get()), -entry.Device);
            else if (entry.Device < _worstFirst.Peek().Device.Value)
                _worstFirst.EnqueueDequeue(new DevicePosition(new DeviceId(entry.Device), entry.Get()), -entry.Device);
        }

        public readonly DevicePosition[] InOrder()
        {
            var found = new DevicePosition[_worstFirst.Count];
            for (var i = found.Length - 1; i >= 0; i--)
                found[i] = _worstFirst.Dequeue();
            return found;
        }
    }
}
