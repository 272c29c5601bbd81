using System.Buffers.Binary;
using System.Runtime.InteropServices;
using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Replay;

/// <summary>
/// One chunk of docs/wire/REPLAY.md while it is filled: fixes unit by unit, in four columns of differences. Its columns are
/// kept from one chunk to the next, so that a replay of any length is written in the room of one chunk.
/// </summary>
public sealed class ReplayChunk
{
    /// <summary>The longest span of one chunk: its times are differences of 32 bits.</summary>
    public const long MaxSpanMs = 3_600_000;

    private const uint Magic = 0x43504346; // "FCPC"
    private const int HeaderBytes = 32;
    private const int UnitHeaderBytes = 12;
    private const int FixBytes = 14;
    private const ushort NotReported = ushort.MaxValue;

    private readonly List<Unit> _units = [];
    private readonly List<int> _times = [];
    private readonly List<int> _latitudes = [];
    private readonly List<int> _longitudes = [];
    private readonly List<ushort> _speeds = [];
    private long _toUnixMs;
    private long _lastMs;
    private int _lastLatitudeE7;
    private int _lastLongitudeE7;

    public long FromUnixMs { get; private set; }

    public int Fixes => _times.Count;

    public int Length => HeaderBytes + _units.Count * UnitHeaderBytes + Fixes * FixBytes;

    /// <summary>Empties it for a span.</summary>
    /// <param name="fromUnixMs">Included.</param>
    /// <param name="toUnixMs">Excluded, at most <see cref="MaxSpanMs"/> later.</param>
    public void Begin(long fromUnixMs, long toUnixMs)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(toUnixMs - fromUnixMs is > 0 and <= MaxSpanMs, true);
        (FromUnixMs, _toUnixMs) = (fromUnixMs, toUnixMs);
        _units.Clear();
        _times.Clear();
        _latitudes.Clear();
        _longitudes.Clear();
        _speeds.Clear();
    }

    /// <summary>What is added from here on is this unit's.</summary>
    public void BeginUnit(uint number, UnitKind kind)
    {
        _units.Add(new Unit(number, kind, 0));
        (_lastMs, _lastLatitudeE7, _lastLongitudeE7) = (FromUnixMs, 0, 0);
    }

    /// <summary>Within the chunk's span and not before the unit's last.</summary>
    public void Add(in ReplayFix fix)
    {
        var unixMs = fix.FixedAt.Value / UtcMicros.PerMillisecond;
        ArgumentOutOfRangeException.ThrowIfLessThan(unixMs, _lastMs);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(unixMs, _toUnixMs);
        _times.Add((int)(unixMs - _lastMs));
        _latitudes.Add(fix.Position.LatitudeE7 - _lastLatitudeE7);
        _longitudes.Add(unchecked(fix.Position.LongitudeE7 - _lastLongitudeE7)); // over the antimeridian it is more than 31 bits
        _speeds.Add(SpeedCmps(fix.SpeedMmps));
        (_lastMs, _lastLatitudeE7, _lastLongitudeE7) = (unixMs, fix.Position.LatitudeE7, fix.Position.LongitudeE7);
        CollectionsMarshal.AsSpan(_units)[^1].Fixes++;
    }

    /// <summary>Writes <see cref="Length"/> bytes.</summary>
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], (uint)Length);
        BinaryPrimitives.WriteDoubleLittleEndian(target[8..], FromUnixMs);
        BinaryPrimitives.WriteDoubleLittleEndian(target[16..], _toUnixMs);
        BinaryPrimitives.WriteUInt32LittleEndian(target[24..], (uint)_units.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(target[28..], (uint)Fixes);
        var rest = target[HeaderBytes..];
        foreach (var unit in _units)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(rest, unit.Number);
            BinaryPrimitives.WriteUInt32LittleEndian(rest[4..], (uint)unit.Fixes);
            BinaryPrimitives.WriteUInt32LittleEndian(rest[8..], (byte)unit.Kind);
            rest = rest[UnitHeaderBytes..];
        }
        rest = Column(_longitudes, Column(_latitudes, Column(_times, rest)));
        foreach (var speed in _speeds)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(rest, speed);
            rest = rest[sizeof(ushort)..];
        }
    }

    private static Span<byte> Column(List<int> values, Span<byte> target)
    {
        foreach (var value in values)
        {
            BinaryPrimitives.WriteInt32LittleEndian(target, value);
            target = target[sizeof(int)..];
        }
        return target;
    }

    // The greatest value means "not reported": what is too great to say is one less.
    private static ushort SpeedCmps(int? speedMmps) =>
        speedMmps is { } known ? (ushort)Math.Clamp((known + 5L) / 10, 0, NotReported - 1) : NotReported;

    private record struct Unit(uint Number, UnitKind Kind, int Fixes);
}
