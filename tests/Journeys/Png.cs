using System.Buffers.Binary;
using System.IO.Compression;

namespace FieldCrm.Journeys;

/// <summary>Pictures as a browser takes and loads them: PNG of eight bits a channel, not interlaced (RFC 2083).</summary>
internal sealed class Png(int width, int height, byte[] rgb)
{
    private const int Channels = 3;

    public int Width => width;

    public int Height => height;

    /// <summary>A picture of one colour.</summary>
    public static byte[] Solid(int sizePx, (byte R, byte G, byte B) colour)
    {
        var lines = new byte[sizePx * (1 + sizePx * Channels)]; // each line has its filter first: none
        for (var y = 0; y < sizePx; y++)
        {
            for (var x = 0; x < sizePx; x++)
            {
                var at = y * (1 + sizePx * Channels) + 1 + x * Channels;
                (lines[at], lines[at + 1], lines[at + 2]) = colour;
            }
        }
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(lines);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, sizePx);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), sizePx);
        (header[8], header[9]) = (8, 2);
        using var png = new MemoryStream();
        png.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        Write(png, "IHDR"u8, header);
        Write(png, "IDAT"u8, packed.ToArray());
        Write(png, "IEND"u8, []);
        return png.ToArray();
    }

    public static Png Read(byte[] png)
    {
        using var packed = new MemoryStream();
        int width = 0, height = 0, channels = 0;
        for (var at = 8; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            var data = png.AsSpan(at + 8, length);
            if (png.AsSpan(at + 4, 4).SequenceEqual("IHDR"u8))
            {
                (width, height) = (BinaryPrimitives.ReadInt32BigEndian(data), BinaryPrimitives.ReadInt32BigEndian(data[4..]));
                channels = data[9] switch { 2 => 3, 6 => 4, _ => throw new InvalidDataException("Neither RGB nor RGBA.") };
            }
            else if (png.AsSpan(at + 4, 4).SequenceEqual("IDAT"u8))
            {
                packed.Write(data);
            }
            at += length + 12;
        }
        packed.Position = 0;
        using var zlib = new ZLibStream(packed, CompressionMode.Decompress);
        return new Png(width, height, Unfilter(zlib, width, height, channels));
    }

    /// <summary>Which part of all points is as near to the colour as this on every channel.</summary>
    public double Share((byte R, byte G, byte B) colour, int tolerance)
    {
        var count = 0;
        for (var at = 0; at < rgb.Length; at += Channels)
        {
            if (Math.Abs(rgb[at] - colour.R) <= tolerance && Math.Abs(rgb[at + 1] - colour.G) <= tolerance && Math.Abs(rgb[at + 2] - colour.B) <= tolerance)
                count++;
        }
        return (double)count / (width * height);
    }

    private static byte[] Unfilter(Stream lines, int width, int height, int channels)
    {
        var rgb = new byte[width * height * Channels];
        var (line, before) = (new byte[width * channels], new byte[width * channels]);
        for (var y = 0; y < height; y++)
        {
            var filter = lines.ReadByte();
            lines.ReadExactly(line);
            for (var i = 0; i < line.Length; i++)
            {
                int left = i >= channels ? line[i - channels] : 0, up = before[i], corner = i >= channels ? before[i - channels] : 0;
                line[i] += (byte)(filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, 4 => Paeth(left, up, corner), _ => 0 });
            }
            for (var x = 0; x < width; x++)
                line.AsSpan(x * channels, Channels).CopyTo(rgb.AsSpan((y * width + x) * Channels));
            (line, before) = (before, line);
        }
        return rgb;
    }

    private static int Paeth(int left, int up, int corner)
    {
        var guess = left + up - corner;
        var (a, b, c) = (Math.Abs(guess - left), Math.Abs(guess - up), Math.Abs(guess - corner));
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }

    private static void Write(Stream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc([.. type, .. data]));
        png.Write(number);
    }

    private static uint Crc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB88320;
        }
        return ~crc;
    }
}
