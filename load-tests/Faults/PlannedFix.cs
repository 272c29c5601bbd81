using System.Globalization;
using System.Text;
using System.Text.Json;
using FieldCrm.Core.Devices;

namespace FieldCrm.LoadTests.Faults;

/// <summary>
/// A fix as the sender knows it. Compared by what it says, never by the product's own hash: that one is under test.
/// </summary>
internal readonly record struct PlannedFix(long FixedAtMicros, int LatitudeE7, int LongitudeE7, int SpeedMmps, AlarmKind Alarm)
{
    public void AppendJson(StringBuilder json)
    {
        var time = DateTime.UnixEpoch.AddTicks(FixedAtMicros * TimeSpan.TicksPerMicrosecond);
        json.Append(CultureInfo.InvariantCulture, $"{{\"fixedAt\":\"{time:yyyy-MM-dd'T'HH:mm:ss.ffffff}Z\",\"lat\":");
        AppendDegrees(json, LatitudeE7);
        json.Append(",\"lon\":");
        AppendDegrees(json, LongitudeE7);
        json.Append(CultureInfo.InvariantCulture, $",\"speedMps\":{SpeedMmps / 1_000}.{SpeedMmps % 1_000:000}");
        if (Alarm != AlarmKind.None) // docs/wire/OSMAND.md: a kind's own word is its name
            json.Append(",\"alarm\":\"").Append(JsonNamingPolicy.CamelCase.ConvertName(Alarm.ToString())).Append('"');
        json.Append('}');
    }

    private static void AppendDegrees(StringBuilder json, int valueE7)
    {
        var magnitude = Math.Abs((long)valueE7);
        json.Append(valueE7 < 0 ? "-" : "")
            .Append(CultureInfo.InvariantCulture, $"{magnitude / 10_000_000}.{magnitude % 10_000_000:0000000}");
    }
}
