using System.Text.Json;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Replay;

namespace FieldCrm.Core.Tests.Replay;

/// <summary>Chunks have the bytes of tests/golden/replay, which no code of the product wrote.</summary>
public sealed class ReplayChunkTests
{
    private const long Hour = ReplayChunk.MaxSpanMs;

    [Fact]
    public void Given_the_golden_hours_When_encoded_with_one_chunk_after_the_other_Then_their_bytes()
    {
        var means = JsonElement.Parse(File.ReadAllText(Golden("three-hours.json")));
        using var written = new MemoryStream();
        var chunk = new ReplayChunk();
        foreach (var hour in means.GetProperty("chunks").EnumerateArray())
        {
            chunk.Begin(hour.GetProperty("fromUnixMs").GetInt64(), hour.GetProperty("toUnixMs").GetInt64());
            foreach (var unit in hour.GetProperty("units").EnumerateArray())
            {
                chunk.BeginUnit(unit.GetProperty("unit").GetUInt32(), (UnitKind)unit.GetProperty("kind").GetByte());
                for (var i = 0; i < unit.GetProperty("unixMs").GetArrayLength(); i++)
                    chunk.Add(Fix(unit, i));
            }
            written.Write(Bytes(chunk));
        }

        Assert.Equal(Convert.ToHexString(File.ReadAllBytes(Golden("three-hours.bin"))), Convert.ToHexString(written.ToArray()));
    }

    [Theory]
    [InlineData(null, "FFFF")]
    [InlineData(0, "0000")]
    [InlineData(4, "0000")]
    [InlineData(5, "0100")]
    [InlineData(655_339, "FEFF")]
    [InlineData(Units.MaxSpeedMmps, "FEFF")]
    public void Given_a_speed_When_encoded_Then_whole_centimetres_a_second(int? speedMmps, string bytes)
    {
        var chunk = Begun(0, Hour);
        chunk.BeginUnit(1, UnitKind.Vehicle);
        chunk.Add(new ReplayFix(default, default, speedMmps));

        Assert.Equal(bytes, Convert.ToHexString(Bytes(chunk).AsSpan(^2)));
    }

    [Fact]
    public void Given_a_fix_within_a_millisecond_When_encoded_Then_its_time_is_the_past_millisecond()
    {
        var chunk = Begun(1_000, 2_000);
        chunk.BeginUnit(1, UnitKind.Vehicle);
        chunk.Add(new ReplayFix(new UtcMicros(1_999_999), default, null));

        Assert.Equal(999, BitConverter.ToInt32(Bytes(chunk), 32 + 12));
    }

    [Fact]
    public void Given_a_fix_out_of_order_or_of_another_span_When_added_Then_refused()
    {
        var chunk = Begun(1_000, 2_000);
        chunk.BeginUnit(1, UnitKind.Vehicle);
        chunk.Add(At(1_500));

        Assert.Throws<ArgumentOutOfRangeException>(() => chunk.Add(At(1_499)));
        Assert.Throws<ArgumentOutOfRangeException>(() => chunk.Add(At(2_000)));
        Assert.Throws<ArgumentOutOfRangeException>(() => chunk.Begin(5, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => chunk.Begin(0, Hour + 1));
        chunk.BeginUnit(2, UnitKind.Vehicle);
        chunk.Add(At(1_000));
        Assert.Equal(2, chunk.Fixes);
    }

    private static ReplayChunk Begun(long fromUnixMs, long toUnixMs)
    {
        var chunk = new ReplayChunk();
        chunk.Begin(fromUnixMs, toUnixMs);
        return chunk;
    }

    private static ReplayFix At(long unixMs) => new(UtcMicros.FromUnixMilliseconds(unixMs), default, null);

    private static ReplayFix Fix(JsonElement unit, int i) => new(
        UtcMicros.FromUnixMilliseconds(unit.GetProperty("unixMs")[i].GetInt64()),
        new GeoPoint(unit.GetProperty("latitudeE7")[i].GetInt32(), unit.GetProperty("longitudeE7")[i].GetInt32()),
        unit.GetProperty("speedCmps")[i] is { ValueKind: JsonValueKind.Number } speed ? speed.GetInt32() * 10 : null);

    private static byte[] Bytes(ReplayChunk chunk)
    {
        var bytes = new byte[chunk.Length];
        chunk.Write(bytes);
        return bytes;
    }

    private static string Golden(string name)
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "FieldCrm.sln")))
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("Not inside the repository.");
        return Path.Combine(directory, "tests", "golden", "replay", name);
    }
}
