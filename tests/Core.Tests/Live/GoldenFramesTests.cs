using System.Text.Json;
using FieldCrm.Core.Availability;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Live;

namespace FieldCrm.Core.Tests.Live;

/// <summary>Blocks and cells have the bytes of tests/golden/live, which no code of the product wrote.</summary>
public sealed class GoldenFramesTests
{
    private const long BaseUnixMs = 1_795_370_000_123;

    [Theory]
    [InlineData("block-two-units")]
    [InlineData("block-one-unit-two-gone")]
    [InlineData("block-only-gone")]
    [InlineData("block-empty")]
    public void Given_a_golden_block_When_encoded_Then_its_bytes(string name)
    {
        var (means, bytes) = Read(name);
        UnitRecord[] units = [.. means.GetProperty("units").EnumerateArray().Select(Record)];
        uint[] gone = [.. means.GetProperty("gone").EnumerateArray().Select(g => g.GetUInt32())];

        Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(UnitBlock.Encode(units, gone, BaseUnixMs)));
    }

    [Fact]
    public void Given_the_golden_cells_When_encoded_Then_their_bytes()
    {
        var (means, bytes) = Read("cells");
        CountCell[] cells = [.. means.GetProperty("cells").EnumerateArray().Select(c => new CountCell(
            c.GetProperty("x").GetUInt32(), c.GetProperty("y").GetUInt32(), c.GetProperty("count").GetUInt32(),
            c.GetProperty("alarms").GetUInt32(), Place(c)))];

        Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(CountCell.Encode(cells)));
    }

    [Fact]
    public void Given_values_too_great_to_say_When_encoded_Then_the_greatest_that_is_not_absent()
    {
        var record = new UnitRecord
        {
            Unit = 1, Position = default, FixedAt = default, HeardAt = new UtcMicros(long.MaxValue), SpeedMmps = int.MaxValue,
            AccuracyMm = int.MaxValue, BatteryPermille = 0,
        };
        var bytes = new byte[UnitRecord.Size];

        record.Write(bytes, BaseUnixMs);

        Assert.Equal("FEFF", Convert.ToHexString(bytes.AsSpan(20, 2)));  // speed
        Assert.Equal("FFFF", Convert.ToHexString(bytes.AsSpan(22, 2)));  // heading: not reported
        Assert.Equal("FEFF", Convert.ToHexString(bytes.AsSpan(24, 2)));  // accuracy
        Assert.Equal("0000", Convert.ToHexString(bytes.AsSpan(30, 2)));  // battery
        Assert.Equal("00000080", Convert.ToHexString(bytes.AsSpan(12, 4))); // measured in 1970
        Assert.Equal("FFFFFF7F", Convert.ToHexString(bytes.AsSpan(16, 4)));
    }

    private static UnitRecord Record(JsonElement unit) => new()
    {
        Unit = unit.GetProperty("unit").GetUInt32(),
        Position = Place(unit),
        FixedAt = Time(unit, "fixedMs"),
        HeardAt = Time(unit, "heardMs"),
        SpeedMmps = Int(unit, "speedCmps") * 10,
        HeadingCdeg = Int(unit, "headingCdeg"),
        AccuracyMm = Int(unit, "accuracyDm") * 100,
        BatteryPermille = Int(unit, "batteryPermille"),
        Kind = (UnitKind)unit.GetProperty("kind").GetByte(),
        Availability = (AvailabilityStatus)unit.GetProperty("availability").GetByte(),
        Motion = (MotionState)unit.GetProperty("motion").GetByte(),
        Flags = (unit.GetProperty("signalLost").GetBoolean() ? UnitFlags.SignalLost : UnitFlags.None)
            | (unit.GetProperty("openAlarm").GetBoolean() ? UnitFlags.OpenAlarm : UnitFlags.None),
    };

    private static GeoPoint Place(JsonElement at) => new(at.GetProperty("latitudeE7").GetInt32(), at.GetProperty("longitudeE7").GetInt32());

    private static UtcMicros Time(JsonElement unit, string name) => UtcMicros.FromUnixMilliseconds(BaseUnixMs + unit.GetProperty(name).GetInt32());

    private static int? Int(JsonElement unit, string name) =>
        unit.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : null;

    private static (JsonElement Means, byte[] Bytes) Read(string name)
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "FieldCrm.sln")))
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("Not inside the repository.");
        var path = Path.Combine(directory, "tests", "golden", "live", name);
        return (JsonElement.Parse(File.ReadAllText(path + ".json")), File.ReadAllBytes(path + ".bin"));
    }
}
