using System.Buffers.Binary;

namespace FieldCrm.Demo.Tests;

/// <summary>
/// A city of square blocks in the file format of tools/basemap: 24 × 24 corners, 300 m apart, one street a tunnel, one in
/// three crossings with lights, one avenue one-way.
/// </summary>
internal static class GridCity
{
    public const int Side = 24;
    public const int BlockDm = 3_000;

    private const int South = -349_300_000;
    private const int West = -562_600_000;
    private const int StepLatitudeE7 = 26_980; // 300 m
    private const int StepLongitudeE7 = 32_870; // 300 m at this latitude

    public static RoadGraph Graph { get; } = RoadGraph.Read(File());

    public static byte[] File()
    {
        var edges = new List<(int From, int To, byte LimitKmh, byte Flags)>();
        for (var row = 0; row < Side; row++)
        {
            for (var column = 0; column < Side; column++)
            {
                var node = row * Side + column;
                if (column + 1 < Side)
                    edges.Add((node, node + 1, row == 5 ? (byte)80 : (byte)45, row == 7 ? (byte)2 : (byte)0));
                if (row + 1 < Side)
                    edges.Add((node, node + Side, 45, column == 3 ? (byte)1 : (byte)0));
            }
        }
        using var file = new MemoryStream();
        Write(file, 0x47524346, 1, Side * Side, edges.Count, 0, 1, 0, 0);
        Write(file, [.. Enumerable.Range(0, Side * Side).Select(n => South + n / Side * StepLatitudeE7)]);
        Write(file, [.. Enumerable.Range(0, Side * Side).Select(n => West + n % Side * StepLongitudeE7)]);
        Pad(file, [.. Enumerable.Range(0, Side * Side).Select(n => n % 3 == 0 ? (byte)1 : n % 11 == 0 ? (byte)2 : (byte)0)]);
        Write(file, [.. edges.Select(e => e.From)]);
        Write(file, [.. edges.Select(e => e.To)]);
        Write(file, new int[edges.Count]);
        Write(file, [.. edges.Select(_ => BlockDm)]);
        Write(file, new int[edges.Count + 1]);
        Pad(file, [.. edges.Select(e => e.LimitKmh)]);
        Pad(file, new byte[edges.Count]);
        Pad(file, [.. edges.Select(e => e.Flags)]);
        Write(file, 0, 0);
        return file.ToArray();
    }

    private static void Write(Stream file, params int[] numbers)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var number in numbers)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
            file.Write(bytes);
        }
    }

    private static void Pad(Stream file, byte[] column)
    {
        file.Write(column);
        file.Write(new byte[(4 - column.Length % 4) % 4]);
    }
}
