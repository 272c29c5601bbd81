using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>The sweep sees what it looks for, in every shape that an answer can give it; else it would pass for nothing.</summary>
public sealed class CanarySearchTests
{
    private const string Core = "kx7q2m9d4t1wzp";
    private const int LatitudeE7 = -348_712_345;
    private const int Device = 1_873_450_001;

    private static readonly Guid Id = new("0195b5d2-77c1-7a52-8c11-d2f4a1b09e33");
    private static readonly CanarySearch Search = new(
    [
        Canary.Text("text", Core), Canary.Coordinate("place", LatitudeE7), Canary.Number("device", Device), Canary.Id("id", Id),
        Canary.Moment("moment", new DateTimeOffset(2026, 11, 20, 9, 14, 15, TimeSpan.Zero).AddMicroseconds(926_535)), Canary.Secret("secret", "fct_" + Core),
        Canary.Member("silenceAfterSeconds", 483_617),
    ]);

    public static TheoryData<string, string> Texts() => new()
    {
        { $"a {Core} b", "text" },
        { Core.ToUpperInvariant(), "text" },
        { JsonSerializer.Serialize(new { name = $"Ñandú <{Core}> \"&\"" }), "text" },
        { string.Concat(Core.Select(c => $"\\u{(int)c:x4}")), "text" },
        { string.Concat(Core.Select(c => $"%{(int)c:X2}")), "text" },
        { string.Concat(Core.Select(c => $"&#x{(int)c:x};")), "text" },
        { Uri.EscapeDataString($"ñ/{Core}?"), "text" },
        { Convert.ToBase64String(Encoding.UTF8.GetBytes(Core)), "text" },
        { Convert.ToBase64String(Encoding.UTF8.GetBytes("a" + Core + "é")), "text" },
        { Convert.ToBase64String(Encoding.UTF8.GetBytes("ab" + Core + "xyz")), "text" },
        { Convert.ToHexString(Encoding.UTF8.GetBytes(Core)), "text" },
        { """{"latitudeDeg":-34.8712345}""", "place" },
        { "lat=\"-34.87123\"", "place" },
        { """{"latitudeE7":-348712345}""", "place" },
        { $"device/{Device}", "device" },
        { Id.ToString("D").ToUpperInvariant(), "id" },
        { Id.ToString("N"), "id" },
        { "2026-11-20T09:14:15.926535Z", "moment" },
        { "1795166055926535", "moment" },
        { Core.Insert(0, "fct_"), "secret" },
        { Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes("fct_" + Core))), "secret" },
        { """{"silenceAfterSeconds":483617,"x":1}""", "silenceAfterSeconds" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Given_a_canary_in_some_shape_When_searched_for_Then_found(string text, string what) =>
        Assert.Contains(what, Search.FindIn(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Given_a_canary_in_binary_frames_When_searched_for_Then_found()
    {
        var frame = new byte[24];
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(3), LatitudeE7);
        Assert.Equal(["place"], Search.FindIn(frame));
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(3), Device);
        Assert.Equal(["device"], Search.FindIn(frame));
        BinaryPrimitives.WriteDoubleLittleEndian(frame.AsSpan(3), LatitudeE7 / 1e7);
        Assert.Equal(["place"], Search.FindIn(frame));
        Assert.Equal(["text"], Search.FindIn(Encoding.Unicode.GetBytes("x" + Core)));
        Assert.Equal(["id"], Search.FindIn([1, .. Id.ToByteArray(bigEndian: true)]));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public void Given_a_compressed_export_When_unpacked_Then_found(string encoding)
    {
        using var packed = new MemoryStream();
        using (Stream pack = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
        })
            pack.Write(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("nothing ", 100)) + Core));

        Assert.Empty(Search.FindIn(packed.ToArray()));
        Assert.Equal(["text"], Search.FindIn(CanarySearch.Decompressed(packed.ToArray(), [encoding])));
    }

    [Fact]
    public void Given_what_resembles_a_canary_When_searched_Then_nothing_is_found()
    {
        foreach (var text in new[]
        {
            Core[1..], "-34.8712", "2026-11-20T09:14:16.926535Z", "483617", "silenceAfterSeconds\":4836170", Id.ToString("D")[1..], "187345000",
        })
            Assert.Empty(Search.FindIn(Encoding.UTF8.GetBytes(text)));
    }
}
