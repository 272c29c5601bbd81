using System.Buffers.Binary;

namespace FieldCrm.TestKit;

/// <param name="SpeedCmps">Null = not reported.</param>
public sealed record ReplayedFix(long UnixMs, int LatitudeE7, int LongitudeE7, int? SpeedCmps);

public sealed record ReplayedUnit(uint Unit, byte Kind, IReadOnlyList<ReplayedFix> Fixes);

public sealed record ReplayedChunk(double FromUnixMs, double ToUnixMs, IReadOnlyList<ReplayedUnit> Units);

/// <summary>Reads the chunks of docs/wire/REPLAY.md as the document describes them, for tests of what writes them.</summary>
public static class ReplayChunks
{
    public static List<ReplayedChunk> Read(ReadOnlySpan<byte> body)
    {
        var chunks = new List<ReplayedChunk>();
        while (body.Length > 0)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(body) != 0x43504346)
                throw new FormatException("Not a chunk.");
            var length = BinaryPrimitives.ReadInt32LittleEndian(body[4..]);
            chunks.Add(Chunk(body[..length]));
            body = body[length..];
        }
        return chunks;
    }

    private static ReplayedChunk Chunk(ReadOnlySpan<byte> bytes)
    {
        var units = BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]);
        var all = BinaryPrimitives.ReadInt32LittleEndian(bytes[28..]);
        var columns = bytes[(32 + units * 12)..];
        if (columns.Length != all * 14)
            throw new FormatException($"{all} fixes do not fill {columns.Length} bytes.");
        var from = BinaryPrimitives.ReadDoubleLittleEndian(bytes[8..]);
        var read = new List<ReplayedUnit>();
        for (int i = 0, first = 0; i < units; i++)
        {
            var head = bytes[(32 + i * 12)..];
            var count = BinaryPrimitives.ReadInt32LittleEndian(head[4..]);
            var fixes = new List<ReplayedFix>();
            var (time, latitude, longitude) = ((long)from, 0, 0);
            for (var f = first; f < first + count; f++)
            {
                time += Int(columns, f);
                latitude += Int(columns, all + f);
                longitude = unchecked(longitude + Int(columns, all * 2 + f));
                var speed = BinaryPrimitives.ReadUInt16LittleEndian(columns[(all * 12 + f * 2)..]);
                fixes.Add(new ReplayedFix(time, latitude, longitude, speed == ushort.MaxValue ? null : speed));
            }
            first += count;
            read.Add(new ReplayedUnit(BinaryPrimitives.ReadUInt32LittleEndian(head), head[8], fixes));
        }
        return new ReplayedChunk(from, BinaryPrimitives.ReadDoubleLittleEndian(bytes[16..]), read);
    }

    private static int Int(ReadOnlySpan<byte> columns, int at) => BinaryPrimitives.ReadInt32LittleEndian(columns[(at * 4)..]);
}
