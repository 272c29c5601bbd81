using System.Buffers.Binary;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Live;

/// <summary>Units counted in one Web Mercator cell, instead of the units themselves (docs/wire/LIVE.md).</summary>
/// <param name="X">Cells are numbered as tiles are: from the antimeridian eastwards.</param>
/// <param name="Y">From the north southwards.</param>
/// <param name="Alarms">Of the units, those with an open alarm.</param>
/// <param name="Mean">Where they are on average.</param>
public readonly record struct CountCell(uint X, uint Y, uint Count, uint Alarms, GeoPoint Mean)
{
    /// <summary>Bytes of a cell.</summary>
    public const int Size = 24;

    /// <summary>Most cells of a message.</summary>
    public const int MaxCells = 4_096;

    public static byte[] Encode(ReadOnlySpan<CountCell> cells)
    {
        var bytes = new byte[cells.Length * Size];
        var rest = bytes.AsSpan();
        foreach (ref readonly var cell in cells)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(rest, cell.X);
            BinaryPrimitives.WriteUInt32LittleEndian(rest[4..], cell.Y);
            BinaryPrimitives.WriteUInt32LittleEndian(rest[8..], cell.Count);
            BinaryPrimitives.WriteUInt32LittleEndian(rest[12..], cell.Alarms);
            BinaryPrimitives.WriteInt32LittleEndian(rest[16..], cell.Mean.LatitudeE7);
            BinaryPrimitives.WriteInt32LittleEndian(rest[20..], cell.Mean.LongitudeE7);
            rest = rest[Size..];
        }
        return bytes;
    }
}
