using System.Buffers.Binary;

namespace FieldCrm.Core.Live;

/// <summary>The units of one tile, or what changed in it, as bytes (docs/wire/LIVE.md): made once for all who watch the tile.</summary>
public static class UnitBlock
{
    private const int HeaderSize = 8;

    /// <param name="gone">Units that have left the tile.</param>
    /// <param name="baseUnixMs">What the records' times are relative to.</param>
    public static byte[] Encode(ReadOnlySpan<UnitRecord> units, ReadOnlySpan<uint> gone, long baseUnixMs)
    {
        var block = new byte[HeaderSize + units.Length * UnitRecord.Size + gone.Length * sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(block, (uint)units.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(4), (uint)gone.Length);
        var rest = block.AsSpan(HeaderSize);
        foreach (ref readonly var unit in units)
        {
            unit.Write(rest, baseUnixMs);
            rest = rest[UnitRecord.Size..];
        }
        foreach (var left in gone)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(rest, left);
            rest = rest[sizeof(uint)..];
        }
        return block;
    }
}
