using System.Runtime.InteropServices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Silo.Positions;

/// <summary>
/// The last changes of a tenant's devices, each with where the device was shown before it; kept while somebody watches.
/// Version n is the state before change n.
/// </summary>
internal sealed class ChangeRing
{
    // Six seconds of 10,000 devices at 1 Hz; one MiB a tenant that is watched.
    public const int Capacity = 1 << 16;

    private readonly Lock _gate = new();
    private Change[]? _changes;
    private long _next = 1;
    private long _keptFrom = 1;

    /// <summary>Under the lock of the device's stripe, so that a device's changes stand in their order.</summary>
    public void Add(int device, bool wasShown, GeoPoint before)
    {
        lock (_gate)
        {
            if (_changes is { } changes)
                changes[_next % Capacity] = new Change(device, wasShown, before);
            _next++;
        }
    }

    /// <summary>
    /// Where every device that changed after a version was shown then (null: nowhere). False when that is not known; it
    /// will be from <paramref name="version"/> on.
    /// </summary>
    public bool TryRead(long after, Dictionary<int, GeoPoint?> before, out long version)
    {
        lock (_gate)
        {
            version = _next;
            if (_changes is null)
            {
                _changes = new Change[Capacity];
                _keptFrom = _next;
            }
            if (after < Math.Max(_keptFrom, _next - Capacity) || after > _next)
                return false;
            for (var at = after; at < _next; at++)
            {
                ref readonly var change = ref _changes[at % Capacity];
                ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(before, change.Device, out var isKnown);
                if (!isKnown)
                    known = change.WasShown ? change.Before : null;
            }
            return true;
        }
    }

    public void Forget()
    {
        lock (_gate)
            _changes = null;
    }

    private readonly record struct Change(int Device, bool WasShown, GeoPoint Before);
}
