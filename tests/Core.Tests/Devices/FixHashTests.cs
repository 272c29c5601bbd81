using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Tests.Devices;

/// <summary>The hash is half of every stored fix's identity: its layout, written a second time, and every field in it.</summary>
public sealed class FixHashTests
{
    private static readonly Fix Full = new()
    {
        FixedAt = new UtcMicros(1_760_000_000_000_000), Position = new GeoPoint(481_351_000, -115_819_000), AltitudeMm = -5, SpeedMmps = 6,
        HeadingCdeg = 7, AccuracyMm = 8, BatteryPermille = 9, Alarm = AlarmKind.Tow, IsDeclaredInvalid = true, AttributesJson = "{\"é\":1}",
    };

    [Fact]
    public void Given_a_fix_with_everything_When_hashed_Then_as_the_layout_says()
    {
        var bytes = new byte[30];
        int[] numbers = [481_351_000, -115_819_000, -5, 6, 7, 8, 9];
        for (var i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4 * i), numbers[i]);
        (bytes[28], bytes[29]) = (5, 1);
        var expected = XxHash64.HashToUInt64([.. bytes, .. Encoding.UTF8.GetBytes("{\"é\":1}")]);
        Assert.Equal(unchecked((long)expected), FixHash.Of(Full));
        Assert.Equal(unchecked((long)XxHash64.HashToUInt64(bytes)), FixHash.Of(Full with { AttributesJson = null }));
    }

    [Fact]
    public void Given_two_fixes_When_they_differ_in_one_field_or_in_whether_it_was_reported_Then_their_hashes_differ()
    {
        var zero = Full with { AltitudeMm = 0, SpeedMmps = 0, HeadingCdeg = 0, AccuracyMm = 0, BatteryPermille = 0 };
        Fix[] different =
        [
            Full, zero, Full with { Position = new GeoPoint(481_351_001, -115_819_000) }, Full with { Position = new GeoPoint(481_351_000, -115_818_999) },
            Full with { AltitudeMm = -4 }, Full with { SpeedMmps = 7 }, Full with { HeadingCdeg = 8 }, Full with { AccuracyMm = 9 },
            Full with { BatteryPermille = 10 }, Full with { Alarm = AlarmKind.None }, Full with { IsDeclaredInvalid = false },
            Full with { AttributesJson = "{\"é\":2}" }, Full with { AttributesJson = null }, zero with { AltitudeMm = null },
            zero with { SpeedMmps = null }, zero with { HeadingCdeg = null }, zero with { AccuracyMm = null }, zero with { BatteryPermille = null },
        ];
        Assert.Equal(different.Length, different.Select(static fix => FixHash.Of(fix)).Distinct().Count());
    }

    [Fact]
    public void Given_another_time_When_hashed_Then_the_content_is_the_same() =>
        Assert.Equal(FixHash.Of(Full), FixHash.Of(Full with { FixedAt = default }));
}
