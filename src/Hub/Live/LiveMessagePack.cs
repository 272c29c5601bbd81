using System.Buffers;
using FieldCrm.Core.Live;
using MessagePack;
using MessagePack.Formatters;
using MessagePack.Resolvers;

namespace FieldCrm.Hub.Live;

/// <summary>Blocks that many messages share; written as an array of <c>bin</c>.</summary>
internal sealed record UnitBlocks(IReadOnlyList<byte[]> Blocks)
{
    public static readonly UnitBlocks None = new([]);
}

/// <summary>Written as one <c>bin</c>.</summary>
internal sealed record CountCells(byte[] Bytes);

/// <summary>
/// The types of <c>/live/units</c> in MessagePack (docs/wire/LIVE.md), written and read by hand: nothing that a client
/// sends chooses a type or a size.
/// </summary>
internal static class LiveMessagePack
{
    public static readonly MessagePackSerializerOptions Options = MessagePackSerializerOptions.Standard
        .WithResolver(CompositeResolver.Create(
            [new WatchRequestFormatter(), new UnitBlocksFormatter(), new CountCellsFormatter()], [BuiltinResolver.Instance]))
        .WithSecurity(MessagePackSecurity.UntrustedData);

    // Always with a length of 16 or 32 bits, as the golden frames have it: what a reader sees depends on nothing but the size.
    private static void WriteBin(ref MessagePackWriter writer, byte[] bytes)
    {
        if (bytes.Length <= ushort.MaxValue)
        {
            var head = writer.GetSpan(3);
            head[0] = MessagePackCode.Bin16;
            head[1] = (byte)(bytes.Length >> 8);
            head[2] = (byte)bytes.Length;
            writer.Advance(3);
        }
        else
        {
            writer.WriteBinHeader(bytes.Length);
        }
        writer.WriteRaw(bytes);
    }

    private sealed class UnitBlocksFormatter : IMessagePackFormatter<UnitBlocks?>
    {
        public void Serialize(ref MessagePackWriter writer, UnitBlocks? value, MessagePackSerializerOptions options)
        {
            var blocks = value?.Blocks ?? [];
            writer.WriteArrayHeader(blocks.Count);
            foreach (var block in blocks)
                WriteBin(ref writer, block);
        }

        public UnitBlocks Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options) =>
            throw new MessagePackSerializationException("Blocks are sent, never read.");
    }

    private sealed class CountCellsFormatter : IMessagePackFormatter<CountCells?>
    {
        public void Serialize(ref MessagePackWriter writer, CountCells? value, MessagePackSerializerOptions options) =>
            WriteBin(ref writer, value?.Bytes ?? []);

        public CountCells Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options) =>
            throw new MessagePackSerializationException("Cells are sent, never read.");
    }

    private sealed class WatchRequestFormatter : IMessagePackFormatter<WatchRequest?>
    {
        public void Serialize(ref MessagePackWriter writer, WatchRequest? value, MessagePackSerializerOptions options) =>
            throw new MessagePackSerializationException("Watches are read, never sent.");

        public WatchRequest Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options)
        {
            if (reader.ReadArrayHeader() != 7)
                throw new MessagePackSerializationException("A watch has seven members.");
            var watch = reader.ReadInt32();
            long south = reader.ReadInt64(), west = reader.ReadInt64(), north = reader.ReadInt64(), east = reader.ReadInt64();
            var zoom = reader.ReadDouble();
            return WatchRequest.Of(watch, south, west, north, east, zoom, ReadFilter(ref reader))
                ?? throw new MessagePackSerializationException("A watch lies outside its range.");
        }

        private static WatchFilter? ReadFilter(ref MessagePackReader reader)
        {
            if (reader.TryReadNil())
                return null;
            if (reader.ReadArrayHeader() != 4)
                throw new MessagePackSerializationException("A filter has four members.");
            int kinds = reader.ReadInt32(), availabilities = reader.ReadInt32(), motions = reader.ReadInt32();
            var text = reader.TryReadNil() ? null : reader.ReadString();
            return text is { Length: > WatchFilter.MaxTextLength }
                ? throw new MessagePackSerializationException("A filter's text is too long.")
                : new WatchFilter(kinds, availabilities, motions, string.IsNullOrWhiteSpace(text) ? null : text.Trim());
        }
    }
}
