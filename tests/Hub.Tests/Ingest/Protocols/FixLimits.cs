using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;

namespace FieldCrm.Hub.Tests.Ingest.Protocols;

/// <summary>What must hold for every fix that a decoder hands out, whatever was sent.</summary>
internal static class FixLimits
{
    public static void AssertHolds(Fix fix)
    {
        Assert.InRange(fix.Position.LatitudeE7, -900_000_000, 900_000_000);
        Assert.InRange(fix.Position.LongitudeE7, -1_800_000_000, 1_800_000_000);
        Assert.InRange(fix.FixedAt.ToDateTimeOffset().Year, 1, 9999);
        Assert.InRange(fix.AltitudeMm ?? 0, -100_000_000, 1_000_000_000);
        Assert.InRange(fix.SpeedMmps ?? 0, 0, 10_000_000);
        Assert.InRange(fix.HeadingCdeg ?? 0, 0, 35_999);
        Assert.InRange(fix.AccuracyMm ?? 0, 0, 1_000_000_000);
        Assert.InRange(fix.BatteryPermille ?? 0, 0, 1_000);
        Assert.True(Enum.IsDefined(fix.Alarm));
        Assert.Equal(FixHash.Of(fix), fix.ContentHash);
        if (fix.AttributesJson is { } attributes)
            AssertCanonical(attributes);

        Assert.True(FixBatchCodec.TryDecode(FixBatchCodec.Encode([fix]), out var decoded));
        Assert.Equal(fix, Assert.Single(decoded));
    }

    private static void AssertCanonical(string attributes)
    {
        Assert.InRange(attributes.Length, 3, Fix.MaxAttributesLength);
        var withoutEscapedBackslashes = attributes.Replace(@"\\", "", StringComparison.Ordinal);
        Assert.DoesNotContain(@"\u0000", withoutEscapedBackslashes, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(attributes);
        var names = document.RootElement.EnumerateObject().Select(member => member.Name).ToArray();
        Assert.Equal(names.Order(StringComparer.Ordinal).Distinct(), names);
    }
}
