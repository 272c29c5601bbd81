using System.Buffers.Binary;

namespace FieldCrm.Demo;

/// <summary>
/// The streets that the vehicles drive: <c>roads.bin</c>, whose format tools/basemap/README.md defines. One strongly
/// connected piece, so that every node can be reached from every other. An <em>arc</em> is an edge in one of its
/// directions: twice the edge's number, plus one when it is driven against its shape.
/// </summary>
public sealed class RoadGraph
{
    private const uint Magic = 0x47524346; // FCRG
    private const int HeaderBytes = 32;
    private const int MaxCount = 10_000_000;

    private const byte OneWay = 1;
    private const byte Tunnel = 2;
    private const byte TrafficLights = 1;
    private const byte StopSign = 2;

    private readonly int[] _nodeLatitudeE7, _nodeLongitudeE7, _edgeFrom, _edgeTo, _lengthDm, _shapeStart;
    private readonly int[] _shapeLatitudeE7, _shapeLongitudeE7;
    private readonly byte[] _nodeFlags, _limitKmh, _edgeFlags;
    private readonly int[] _arcStart, _arcs;

    private RoadGraph(Columns columns, int nodes, int edges, int shapePoints)
    {
        _nodeLatitudeE7 = columns.Ints(nodes);
        _nodeLongitudeE7 = columns.Ints(nodes);
        _nodeFlags = columns.Bytes(nodes);
        _edgeFrom = columns.Ints(edges);
        _edgeTo = columns.Ints(edges);
        columns.Ints(edges); // names: vehicles do not read street signs
        _lengthDm = columns.Ints(edges);
        _shapeStart = columns.Ints(edges + 1);
        _limitKmh = columns.Bytes(edges);
        columns.Bytes(edges); // classes: the limit says what a driver needs
        _edgeFlags = columns.Bytes(edges);
        _shapeLatitudeE7 = columns.Ints(shapePoints);
        _shapeLongitudeE7 = columns.Ints(shapePoints);
        Check(shapePoints);
        (_arcStart, _arcs) = ArcsByNode();
        MaxLimitMps = _limitKmh.Max() / 3.6;
    }

    public int Nodes => _nodeFlags.Length;

    /// <summary>The fastest limit anywhere: the bound of a route's estimate.</summary>
    public double MaxLimitMps { get; }

    /// <exception cref="InvalidDataException">The bytes are not a road graph of this version.</exception>
    public static RoadGraph Read(ReadOnlyMemory<byte> file)
    {
        var bytes = file.Span;
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic)
            throw new InvalidDataException("This is not a road graph.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) is not 1 and var version)
            throw new InvalidDataException($"This road graph has version {version}; version 1 is what can be read.");
        var nodes = Count(bytes, 8);
        var edges = Count(bytes, 12);
        var shapePoints = Count(bytes, 16);
        if (nodes == 0 || edges == 0)
            throw new InvalidDataException("This road graph is empty.");
        return new RoadGraph(new Columns(file[HeaderBytes..]), nodes, edges, shapePoints);
    }

    public Place PlaceOf(int node) => new(_nodeLatitudeE7[node], _nodeLongitudeE7[node]);

    public bool HasTrafficLights(int node) => (_nodeFlags[node] & TrafficLights) != 0;

    public bool HasStopSign(int node) => (_nodeFlags[node] & StopSign) != 0;

    /// <summary>The arcs that leave a node.</summary>
    public ReadOnlySpan<int> ArcsFrom(int node) => _arcs.AsSpan(_arcStart[node].._arcStart[node + 1]);

    public int EndOf(int arc) => IsForward(arc) ? _edgeTo[arc >> 1] : _edgeFrom[arc >> 1];

    public double LengthMetres(int arc) => _lengthDm[arc >> 1] / 10.0;

    public double LimitMps(int arc) => _limitKmh[arc >> 1] / 3.6;

    public bool IsTunnel(int arc) => (_edgeFlags[arc >> 1] & Tunnel) != 0;

    /// <summary>The arc's line in driving order, both nodes included.</summary>
    public void AppendLine(int arc, List<Place> line)
    {
        var edge = arc >> 1;
        var points = _shapeStart[edge + 1] - _shapeStart[edge];
        line.Add(PlaceOf(IsForward(arc) ? _edgeFrom[edge] : _edgeTo[edge]));
        for (var i = 0; i < points; i++)
        {
            var at = IsForward(arc) ? _shapeStart[edge] + i : _shapeStart[edge + 1] - 1 - i;
            line.Add(new Place(_shapeLatitudeE7[at], _shapeLongitudeE7[at]));
        }
        line.Add(PlaceOf(EndOf(arc)));
    }

    private static bool IsForward(int arc) => (arc & 1) == 0;

    private static int Count(ReadOnlySpan<byte> header, int at) =>
        BinaryPrimitives.ReadUInt32LittleEndian(header[at..]) is <= MaxCount and var count
            ? (int)count : throw new InvalidDataException("This road graph is larger than any city.");

    private void Check(int shapePoints)
    {
        for (var edge = 0; edge < _edgeFrom.Length; edge++)
        {
            if ((uint)_edgeFrom[edge] >= (uint)Nodes || (uint)_edgeTo[edge] >= (uint)Nodes || _lengthDm[edge] <= 0
                || _limitKmh[edge] == 0 || _shapeStart[edge] < 0 || _shapeStart[edge + 1] < _shapeStart[edge]
                || _shapeStart[edge + 1] > shapePoints)
                throw new InvalidDataException($"Edge {edge} of this road graph is damaged.");
        }
    }

    private (int[] Start, int[] Arcs) ArcsByNode()
    {
        var start = new int[Nodes + 1];
        for (var arc = 0; arc < _edgeFrom.Length * 2; arc++)
        {
            if (IsAllowed(arc))
                start[StartOf(arc) + 1]++;
        }
        for (var node = 0; node < Nodes; node++)
            start[node + 1] += start[node];
        var arcs = new int[start[Nodes]];
        var next = start.AsSpan(0, Nodes).ToArray();
        for (var arc = 0; arc < _edgeFrom.Length * 2; arc++)
        {
            if (IsAllowed(arc))
                arcs[next[StartOf(arc)]++] = arc;
        }
        return (start, arcs);
    }

    private int StartOf(int arc) => IsForward(arc) ? _edgeFrom[arc >> 1] : _edgeTo[arc >> 1];

    private bool IsAllowed(int arc) => IsForward(arc) || (_edgeFlags[arc >> 1] & OneWay) == 0;

    /// <summary>Column after column, each padded to four bytes.</summary>
    private sealed class Columns(ReadOnlyMemory<byte> rest)
    {
        private ReadOnlyMemory<byte> _rest = rest;

        public int[] Ints(int count)
        {
            var bytes = Take(checked(count * sizeof(int)));
            var column = new int[count];
            for (var i = 0; i < count; i++)
                column[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(i * sizeof(int))..]);
            return column;
        }

        public byte[] Bytes(int count) => Take(count).ToArray();

        private ReadOnlySpan<byte> Take(int bytes)
        {
            var padded = (bytes + 3) & ~3;
            if (_rest.Length < padded)
                throw new InvalidDataException("This road graph ends early.");
            var taken = _rest.Span[..bytes];
            _rest = _rest[padded..];
            return taken;
        }
    }
}

/// <summary>A point on the map in 1e-7°, WGS 84.</summary>
public readonly record struct Place(int LatitudeE7, int LongitudeE7)
{
    // Mean meridian degree; over a city the error against the ellipsoid is below 0.5 %.
    private const double MetresPerE7 = 111_195 / 1e7;

    /// <summary>Metres, as flat as a city is.</summary>
    public double DistanceMetres(Place other)
    {
        var (east, north) = OffsetMetres(other);
        return Math.Sqrt(east * east + north * north);
    }

    /// <summary>How far east and north of this place the other lies.</summary>
    public (double East, double North) OffsetMetres(Place other) => (
        (other.LongitudeE7 - (double)LongitudeE7) * MetresPerE7 * CosLatitude,
        (other.LatitudeE7 - (double)LatitudeE7) * MetresPerE7);

    public Place Moved(double eastMetres, double northMetres) => new(
        (int)Math.Round(LatitudeE7 + northMetres / MetresPerE7),
        (int)Math.Round(LongitudeE7 + eastMetres / (MetresPerE7 * CosLatitude)));

    /// <summary>Degrees clockwise from north, 0 … 360.</summary>
    public double BearingDeg(Place other)
    {
        var (east, north) = OffsetMetres(other);
        var degrees = Math.Atan2(east, north) * 180 / Math.PI;
        return degrees < 0 ? degrees + 360 : degrees;
    }

    private double CosLatitude => Math.Cos(LatitudeE7 * (Math.PI / 180 / 1e7));
}
