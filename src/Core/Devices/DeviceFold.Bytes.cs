using System.Buffers.Binary;
using System.IO.Hashing;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Devices;

// Version 1, little-endian: version u8, present u8 (bit 0 last key, 1 last believed fix, 2 circle, 3 trip), motion u8,
// candidates u8, leaving fixes u8, fix count i64, distance i64; then what is present:
// last key; last believed fix; each candidate; circle point, last motion point, measured-from position, pending i64,
// last still point unless moving, left-at point when leaving; trip start point, trip base i64;
// then the time of the last alarm of each kind, i64 each; last XXH64 of all before it, seeded with the device.
// key = time i64, hash i64; position = latitude i32, longitude i32; point = key, position;
// fix = point, speed, heading, accuracy, battery (i32 each, -1 for not reported), raised alarm u8.
public sealed partial class DeviceFold
{
    private const int MaxBytes = 512;
    private const int HashBytes = sizeof(ulong);
    private const byte HasLastKey = 1;
    private const byte HasLastPlausible = 2;
    private const byte HasCircle = 4;
    private const byte HasTrip = 8;

    /// <summary>Equal states give equal bytes: nothing that no longer matters is written.</summary>
    public byte[] ToBytes()
    {
        var writer = new Writer(stackalloc byte[MaxBytes]);
        writer.Byte(Version);
        writer.Byte((byte)((LastKey is null ? 0 : HasLastKey) | (LastPlausible is null ? 0 : HasLastPlausible)
            | (_hasCircle ? HasCircle : 0) | (TripStart is null ? 0 : HasTrip)));
        writer.Byte((byte)Motion);
        writer.Byte((byte)_candidates);
        writer.Byte((byte)_leavingFixes);
        writer.Long(FixCount);
        writer.Long(DistanceMm);
        if (LastKey is { } lastKey)
            writer.Key(lastKey);
        if (LastPlausible is { } lastPlausible)
            writer.Fix(lastPlausible);
        if (_candidates > 0)
            writer.Fix(_candidate1);
        if (_candidates > 1)
            writer.Fix(_candidate2);
        if (_hasCircle)
            WriteCircle(ref writer);
        if (TripStart is { } tripStart)
        {
            writer.Point(tripStart);
            writer.Long(_tripBaseMm);
        }
        foreach (var at in _alarmedAt)
            writer.Long(at);
        writer.Long(unchecked((long)XxHash64.HashToUInt64(writer.Written, Device.Value)));
        return writer.Written.ToArray();
    }

    /// <summary>Null for bytes that are damaged, of another device or of another <see cref="Version"/>: fold again.</summary>
    public static DeviceFold? FromBytes(DeviceId device, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is < HashBytes or > MaxBytes || bytes[0] != Version)
            return null;
        var body = bytes[..^HashBytes];
        if (XxHash64.HashToUInt64(body, device.Value) != BinaryPrimitives.ReadUInt64LittleEndian(bytes[^HashBytes..]))
            return null;
        var fold = new DeviceFold(device);
        var reader = new Reader(body);
        return fold.TryRead(ref reader) && reader.IsAtEnd ? fold : null;
    }

    private void WriteCircle(ref Writer writer)
    {
        writer.Point(_circle);
        writer.Point(_lastMotion);
        writer.Position(_measuredFrom);
        writer.Long(_pendingMm);
        if (Motion != MotionState.Moving)
            writer.Point(_lastStill);
        if (_leavingFixes > 0)
            writer.Point(_leftAt);
    }

    private bool TryRead(ref Reader reader)
    {
        reader.Byte(); // the version, already compared
        int present = reader.Byte();
        Motion = (MotionState)reader.Byte();
        _candidates = reader.Byte();
        _leavingFixes = reader.Byte();
        FixCount = reader.Long();
        DistanceMm = reader.Long();
        if (present > 15 || Motion > MotionState.Stopped || _candidates >= FoldLimits.AgreeingFixes
            || _leavingFixes >= FoldLimits.FastFixes)
            return false;
        LastKey = (present & HasLastKey) != 0 ? reader.Key() : null;
        LastPlausible = (present & HasLastPlausible) != 0 ? reader.Fix() : null;
        if (_candidates > 0)
            _candidate1 = reader.Fix();
        if (_candidates > 1)
            _candidate2 = reader.Fix();
        _hasCircle = (present & HasCircle) != 0;
        if (_hasCircle)
            ReadCircle(ref reader);
        if ((present & HasTrip) != 0)
        {
            TripStart = reader.Point();
            _tripBaseMm = reader.Long();
        }
        for (var kind = 0; kind < AlarmTimes.KindCount; kind++)
            _alarmedAt[kind] = reader.Long();
        return !reader.IsCutShort;
    }

    private void ReadCircle(ref Reader reader)
    {
        _circle = reader.Point();
        _lastMotion = reader.Point();
        _measuredFrom = reader.Position();
        _pendingMm = reader.Long();
        if (Motion != MotionState.Moving)
            _lastStill = reader.Point();
        if (_leavingFixes > 0)
            _leftAt = reader.Point();
    }

    private ref struct Writer(Span<byte> target)
    {
        private readonly Span<byte> _target = target;
        private int _at;

        public readonly ReadOnlySpan<byte> Written => _target[.._at];

        public void Byte(byte value) => _target[_at++] = value;

        public void Int(int value)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_target[_at..], value);
            _at += sizeof(int);
        }

        public void Long(long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(_target[_at..], value);
            _at += sizeof(long);
        }

        public void Key(FixKey key)
        {
            Long(key.FixedAt.Value);
            Long(key.ContentHash);
        }

        public void Position(GeoPoint position)
        {
            Int(position.LatitudeE7);
            Int(position.LongitudeE7);
        }

        public void Point(FoldPoint point)
        {
            Key(point.Key);
            Position(point.Position);
        }

        public void Fix(in FoldFix fix)
        {
            Point(new FoldPoint(fix.Key, fix.Position));
            Int(fix.SpeedMmps ?? -1);
            Int(fix.HeadingCdeg ?? -1);
            Int(fix.AccuracyMm ?? -1);
            Int(fix.BatteryPermille ?? -1);
            Byte((byte)fix.RaisedAlarm);
        }
    }

    // Reads zeros past the end and remembers that it did.
    private ref struct Reader(ReadOnlySpan<byte> source)
    {
        private ReadOnlySpan<byte> _source = source;

        public bool IsCutShort { get; private set; }

        public readonly bool IsAtEnd => _source.IsEmpty && !IsCutShort;

        public byte Byte() => Take(1) is [var value] ? value : (byte)0;

        public int Int() => Take(sizeof(int)) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : 0;

        public long Long() => Take(sizeof(long)) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadInt64LittleEndian(bytes) : 0;

        public FixKey Key() => new(new UtcMicros(Long()), Long());

        public GeoPoint Position() => new(Int(), Int());

        public FoldPoint Point() => new(Key(), Position());

        public FoldFix Fix()
        {
            var point = Point();
            return new FoldFix(
                point.Key, point.Position, NotNegative(Int()), NotNegative(Int()), NotNegative(Int()), NotNegative(Int()),
                (AlarmKind)Byte());
        }

        private ReadOnlySpan<byte> Take(int length)
        {
            if (_source.Length < length)
            {
                IsCutShort = true;
                _source = default;
                return default;
            }
            var taken = _source[..length];
            _source = _source[length..];
            return taken;
        }
    }
}
