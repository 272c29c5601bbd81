using FieldCrm.Core;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Devices;

namespace FieldCrm.Silo.Positions;

/// <summary>What a live picture shows of an entry besides where it is.</summary>
internal sealed partial class PositionStripe
{
    // Devices of whose alarms the tenant spoke while the fill was still under way: what it finds of them is older.
    private HashSet<int>? _alarmsSaid;

    public void FillDone()
    {
        lock (_gate)
            _alarmsSaid = null;
    }

    /// <summary>Null when it is not shown.</summary>
    public BoardUnit? Shown(int device)
    {
        lock (_gate)
        {
            var at = Find(device);
            return at != None && Entry(at) is { IsShown: true } entry ? entry.ToBoardUnit() : null;
        }
    }

    public UnitMarks Marks(DeviceId device)
    {
        lock (_gate)
        {
            var at = Find(device.Value);
            return at == None ? default : Entry(at).Marks;
        }
    }

    public void SetKind(DeviceId device, UnitKind kind)
    {
        lock (_gate)
        {
            ref var entry = ref Entry(FindOrAdd(device.Value));
            var wasShown = entry.IsShown; // a person is hidden unless he is on shift
            entry.SetKind(kind);
            entry.Flags |= PositionFlags.IsKindKnown;
            Changed(entry, wasShown, entry.Position);
        }
    }

    /// <summary>See <see cref="LastPositions.SetShift"/>.</summary>
    public void SetShift(DeviceId device, UtcMicros? from)
    {
        lock (_gate)
        {
            var at = FindOrAdd(device.Value);
            ref var entry = ref Entry(at);
            var (wasShown, before) = (entry.IsShown, entry.Position);
            entry.SetKind(UnitKind.Person);
            entry.Flags |= PositionFlags.IsKindKnown;
            entry.IsOnShift = from is not null;
            if (from is { } began)
                _shiftFrom[device.Value] = began.Value;
            else
                _shiftFrom.Remove(device.Value);
            if (from is null || !entry.HasPosition || !IsOfShift(entry, entry.FixedAtMicros))
            {
                Move(at, null);
                entry.ForgetHeard();
            }
            Changed(entry, wasShown, before);
        }
    }

    /// <summary>A person's device reports: hidden until we are told of his shift.</summary>
    public void SetPerson(DeviceId device)
    {
        lock (_gate)
        {
            var at = Find(device.Value);
            if (at == None || Entry(at) is not { Kind: UnitKind.Person })
                SetShift(device, from: null);
        }
    }

    // What comes before we are told of his shift stays, unseen: it may be of it.
    private bool IsOfShift(in PositionEntry entry, long micros) =>
        entry.Kind != UnitKind.Person || !_shiftFrom.TryGetValue(entry.Device, out var from) || micros >= from;

    public void SetAvailability(DeviceId device, AvailabilityStatus availability)
    {
        lock (_gate)
        {
            ref var entry = ref Entry(FindOrAdd(device.Value));
            entry.SetAvailability(availability, isFromGrain: true);
            Changed(entry, entry.IsShown, entry.Position);
        }
    }

    public void SetOpenAlarm(DeviceId device, bool isOpen, bool isFilled)
    {
        lock (_gate)
        {
            if (!isFilled)
                (_alarmsSaid ??= []).Add(device.Value);
            ref var entry = ref Entry(FindOrAdd(device.Value));
            if (((entry.Flags & PositionFlags.HasOpenAlarm) != 0) == isOpen)
                return;
            entry.Set(PositionFlags.HasOpenAlarm, isOpen);
            Changed(entry, entry.IsShown, entry.Position);
        }
    }

    public List<DeviceId> WithOpenAlarm()
    {
        lock (_gate)
        {
            var found = new List<DeviceId>();
            for (var at = 0; at < _count; at++)
            {
                if ((Entry(at).Flags & PositionFlags.HasOpenAlarm) != 0)
                    found.Add(new DeviceId(Entry(at).Device));
            }
            return found;
        }
    }
}
