using System.Runtime.CompilerServices;
using FieldCrm.Core;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Live;

namespace FieldCrm.Silo.Positions;

/// <summary>
/// Some of a tenant's devices behind one lock: entries in small blocks (growing copies nothing and wastes at most one
/// block), a hash index by device and a hashed grid by place, both as bucket heads with links inside the entries.
/// </summary>
internal sealed partial class PositionStripe(ChangeRing ring)
{
    // 64 × 52 bytes: the waste of a half-filled block stays below 3 % from 1,000 devices on.
    private const int BlockSize = 64;

    // 2^16 × 1e-7° = 0.0066°, some 730 m of latitude: a city is some hundred cells.
    private const int CellBits = 16;

    // Entries a bucket before an index doubles: after doubling it costs 4 bytes an entry, before it 2.
    private const int MaxLoad = 2;

    private const int None = -1;

    private readonly Lock _gate = new();
    private PositionEntry[][] _blocks = [];
    private int[] _deviceHeads = [None];
    private int[] _cellHeads = [None];
    private readonly Dictionary<int, long> _shiftFrom = []; // of people on shift
    private int _count; // entries; a device keeps its own for ever
    private int _shown;

    /// <summary>Devices that queries by place can find.</summary>
    public int ShownCount
    {
        get
        {
            lock (_gate)
                return _shown;
        }
    }

    /// <summary>Bytes held, object headers included.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                const int arrayHeader = 24;
                return 96 + arrayHeader + _blocks.Length * (long)IntPtr.Size
                    + _blocks.Sum(b => arrayHeader + b.Length * (long)Unsafe.SizeOf<PositionEntry>())
                    + 2 * arrayHeader + (_deviceHeads.Length + _cellHeads.Length) * (long)sizeof(int);
            }
        }
    }

    /// <summary>What the device's grain knows; see <see cref="LastPositions.Place"/>.</summary>
    public void Place(DeviceId device, in LastPosition? last, UtcMicros? heardAt, bool isSignalLost, bool isFilled)
    {
        lock (_gate)
        {
            var at = FindOrAdd(device.Value);
            ref var entry = ref Entry(at);
            var (wasShown, before) = (entry.IsShown, entry.Position);
            MoveIfShown(at, last);
            entry.Flags |= PositionFlags.FromGrain;
            entry.Set(PositionFlags.IsSignalLost, isSignalLost);
            if (heardAt is { } heard)
            {
                entry.Heard(heard);
                entry.Flags &= ~PositionFlags.IsUnproven; // who may report is enabled
            }
            else if (!isFilled && (entry.Flags & PositionFlags.IsAdmissionKnown) == 0 && entry.Sighting.HeardAt is null)
            {
                entry.Flags |= PositionFlags.IsUnproven;
            }
            Changed(entry, wasShown, before);
        }
    }

    /// <summary>It was heard, and nothing is known of where.</summary>
    public void Heard(DeviceId device, UtcMicros heardAt)
    {
        lock (_gate)
        {
            ref var entry = ref Entry(FindOrAdd(device.Value));
            var (wasShown, before) = (entry.IsShown, entry.Position);
            entry.Heard(heardAt);
            entry.Flags &= ~PositionFlags.IsUnproven;
            Changed(entry, wasShown, before);
        }
    }

    /// <summary>What the store has: never over what the device's grain or its tenant said meanwhile.</summary>
    public void Fill(DeviceId device, in Sighting stored, in UnitMarks marks, bool isDisabled)
    {
        lock (_gate)
        {
            if (stored == default && !isDisabled && marks == default && Find(device.Value) == None)
                return; // nothing to say of it
            var at = FindOrAdd(device.Value);
            ref var entry = ref Entry(at);
            var (wasShown, before) = (entry.IsShown, entry.Position);
            if ((entry.Flags & PositionFlags.IsKindKnown) == 0)
                entry.SetKind(marks.Kind);
            if ((entry.Flags & PositionFlags.FromGrain) == 0)
            {
                MoveIfShown(at, stored.Last);
                entry.Set(PositionFlags.IsSignalLost, (marks.Flags & UnitFlags.SignalLost) != 0);
            }
            if (!entry.IsAvailabilityKnown)
                entry.SetAvailability(marks.Availability, isFromGrain: false);
            if (_alarmsSaid?.Contains(device.Value) is not true)
                entry.Set(PositionFlags.HasOpenAlarm, (marks.Flags & UnitFlags.OpenAlarm) != 0);
            if (stored.HeardAt is { } heard && IsOfShift(entry, heard.Value))
                entry.Heard(heard);
            if ((entry.Flags & PositionFlags.IsAdmissionKnown) == 0)
                Admit(ref entry, isDisabled);
            Changed(entry, wasShown, before);
        }
    }

    public void SetDisabled(DeviceId device, bool isDisabled)
    {
        lock (_gate)
        {
            ref var entry = ref Entry(FindOrAdd(device.Value));
            var (wasShown, before) = (entry.IsShown, entry.Position);
            Admit(ref entry, isDisabled);
            Changed(entry, wasShown, before);
        }
    }

    public Sighting Get(DeviceId device)
    {
        lock (_gate)
        {
            var at = Find(device.Value);
            return at == None ? default : Entry(at).Sighting;
        }
    }

    /// <summary>
    /// Shows every entry inside the box to the visitor, under the lock, cell by cell or, where the box has more cells
    /// than there are devices, one after the other.
    /// </summary>
    public void Visit<TVisitor>(in GeoBox box, ref TVisitor visitor) where TVisitor : struct, IPositionVisitor
    {
        lock (_gate)
        {
            if (box.WestE7 > box.EastE7)
            {
                VisitSpan(box with { EastE7 = GeoPoint.MaxLongitudeE7 }, ref visitor);
                VisitSpan(box with { WestE7 = -GeoPoint.MaxLongitudeE7 }, ref visitor);
                return;
            }
            VisitSpan(box, ref visitor);
        }
    }

    /// <summary>Grid cells that a box touches.</summary>
    public static long CellsOf(in GeoBox box)
    {
        var rows = (box.NorthE7 >> CellBits) - (box.SouthE7 >> CellBits) + 1L;
        var columns = box.WestE7 <= box.EastE7
            ? (box.EastE7 >> CellBits) - (box.WestE7 >> CellBits) + 1L
            : (GeoPoint.MaxLongitudeE7 >> CellBits) - (box.WestE7 >> CellBits)
                + (box.EastE7 >> CellBits) - (-GeoPoint.MaxLongitudeE7 >> CellBits) + 2L;
        return rows * columns;
    }

    private void VisitSpan<TVisitor>(in GeoBox box, ref TVisitor visitor) where TVisitor : struct, IPositionVisitor
    {
        int south = box.SouthE7 >> CellBits, north = box.NorthE7 >> CellBits;
        int west = box.WestE7 >> CellBits, east = box.EastE7 >> CellBits;
        if (CellsOf(box) * 4 > _count) // a cell costs as much as some entries
        {
            for (var at = 0; at < _count; at++)
            {
                ref readonly var entry = ref Entry(at);
                if (entry.IsShown && box.Contains(entry.Position))
                    visitor.See(in entry);
            }
            return;
        }
        for (var row = south; row <= north; row++)
        {
            for (var column = west; column <= east; column++)
                VisitCell(Cell(row, column), box, ref visitor);
        }
    }

    private void VisitCell<TVisitor>(long cell, in GeoBox box, ref TVisitor visitor)
        where TVisitor : struct, IPositionVisitor
    {
        for (var at = _cellHeads[CellBucket(cell)]; at != None; at = Entry(at).NextInCell)
        {
            ref readonly var entry = ref Entry(at);
            if (entry.IsShown && CellOf(entry.Position) == cell && box.Contains(entry.Position)) // other cells share the bucket
                visitor.See(in entry);
        }
    }

    private ref PositionEntry Entry(int at) => ref _blocks[at / BlockSize][at % BlockSize];

    private int Find(int device)
    {
        var at = _deviceHeads[DeviceBucket(device)];
        while (at != None && Entry(at).Device != device)
            at = Entry(at).NextDevice;
        return at;
    }

    private int FindOrAdd(int device)
    {
        var at = Find(device);
        if (at != None)
            return at;
        if (_count >= MaxLoad * _deviceHeads.Length)
            GrowIndexes();
        at = _count;
        MakeRoom(at);
        ref var entry = ref Entry(at);
        ref var head = ref _deviceHeads[DeviceBucket(device)];
        entry.Device = device;
        entry.NextDevice = head;
        head = at;
        _count++;
        return at;
    }

    private static void Admit(ref PositionEntry entry, bool isDisabled)
    {
        entry.Flags &= ~(PositionFlags.IsUnproven | PositionFlags.IsDisabled);
        entry.Flags |= PositionFlags.IsAdmissionKnown | (isDisabled ? PositionFlags.IsDisabled : PositionFlags.None);
    }

    private void Changed(in PositionEntry entry, bool wasShown, GeoPoint before)
    {
        _shown += (entry.IsShown ? 1 : 0) - (wasShown ? 1 : 0);
        if (wasShown || entry.IsShown)
            ring.Add(entry.Device, wasShown, before);
    }

    private void MoveIfShown(int at, in LastPosition? last) =>
        Move(at, last is { } now && IsOfShift(Entry(at), now.FixedAt.Value) ? last : null);

    private void Move(int at, in LastPosition? last)
    {
        ref var entry = ref Entry(at);
        if (last is not { } now)
        {
            if (entry.HasPosition)
                UnlinkCell(at);
            entry.Flags &= ~PositionFlags.HasPosition;
            return;
        }
        if (entry.HasPosition && CellOf(entry.Position) == CellOf(now.Position))
        {
            entry.Set(now);
            return;
        }
        if (entry.HasPosition)
            UnlinkCell(at);
        entry.Set(now);
        entry.Flags |= PositionFlags.HasPosition;
        LinkCell(at);
    }

    // The first block starts small: most tenants have few devices.
    private void MakeRoom(int at)
    {
        if (at / BlockSize == _blocks.Length)
            _blocks = [.. _blocks, new PositionEntry[_blocks.Length == 0 ? 2 : BlockSize]];
        else if (at % BlockSize == _blocks[^1].Length)
            Array.Resize(ref _blocks[^1], _blocks[^1].Length * 2);
    }

    private void GrowIndexes()
    {
        _deviceHeads = Empty(_deviceHeads.Length * 2);
        _cellHeads = Empty(_cellHeads.Length * 2);
        for (var at = 0; at < _count; at++)
        {
            ref var entry = ref Entry(at);
            ref var head = ref _deviceHeads[DeviceBucket(entry.Device)];
            entry.NextDevice = head;
            head = at;
            if (entry.HasPosition)
                LinkCell(at);
        }

        static int[] Empty(int length)
        {
            var heads = new int[length];
            Array.Fill(heads, None);
            return heads;
        }
    }

    private void LinkCell(int at)
    {
        ref var entry = ref Entry(at);
        ref var head = ref _cellHeads[CellBucket(CellOf(entry.Position))];
        entry.PreviousInCell = None;
        entry.NextInCell = head;
        if (head != None)
            Entry(head).PreviousInCell = at;
        head = at;
    }

    private void UnlinkCell(int at)
    {
        ref var entry = ref Entry(at);
        if (entry.NextInCell != None)
            Entry(entry.NextInCell).PreviousInCell = entry.PreviousInCell;
        if (entry.PreviousInCell != None)
            Entry(entry.PreviousInCell).NextInCell = entry.NextInCell;
        else
            _cellHeads[CellBucket(CellOf(entry.Position))] = entry.NextInCell;
    }

    private static long CellOf(GeoPoint point) => Cell(point.LatitudeE7 >> CellBits, point.LongitudeE7 >> CellBits);

    private static long Cell(int row, int column) => ((long)row << 32) | (uint)column;

    // The heads' lengths are powers of two; Fibonacci hashing spreads neighbours over them.
    private int DeviceBucket(int device) => Bucket((ulong)(uint)device, _deviceHeads.Length);

    private int CellBucket(long cell) => Bucket(unchecked((ulong)cell), _cellHeads.Length);

    private static int Bucket(ulong value, int length) =>
        (int)(((value ^ (value >> 29)) * 0x9E37_79B9_7F4A_7C15UL) >> 40) & (length - 1);
}

/// <summary>What a query does with each entry it finds; a struct, so that the call is inlined.</summary>
internal interface IPositionVisitor
{
    void See(in PositionEntry entry);
}
