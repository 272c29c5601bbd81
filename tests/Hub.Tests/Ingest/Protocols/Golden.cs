using System.Globalization;
using System.Text;
using FieldCrm.Core;
using FieldCrm.Core.Devices;

namespace FieldCrm.Hub.Tests.Ingest.Protocols;

/// <summary>The golden tables beside the tests: a line each, <c>input => expected</c>; # begins a comment.</summary>
internal static class Golden
{
    private const string Arrow = " => ";

    /// <summary>When every golden request was received: 2026-11-22T19:04:24.123456Z.</summary>
    public static readonly UtcMicros ReceivedAt = new(1_795_374_264_123_456);

    /// <summary>Line number, input, expected.</summary>
    public static TheoryData<int, string, string> Rows(string file)
    {
        var rows = new TheoryData<int, string, string>();
        var number = 0;
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Ingest", "Protocols", file)))
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
                continue;
            var arrow = line.IndexOf(Arrow, StringComparison.Ordinal);
            Assert.True(arrow >= 0, $"{file} line {number} has no arrow");
            rows.Add(number, line[..arrow], line[(arrow + Arrow.Length)..]);
        }
        return rows;
    }

    public static string TextOf(in Fix fix, string? deviceId = null)
    {
        var text = new StringBuilder();
        Put(text, "id", deviceId);
        Put(text, "at", fix.FixedAt);
        Put(text, "lat", fix.Position.LatitudeE7);
        Put(text, "lon", fix.Position.LongitudeE7);
        Put(text, "alt", fix.AltitudeMm);
        Put(text, "speed", fix.SpeedMmps);
        Put(text, "heading", fix.HeadingCdeg);
        Put(text, "acc", fix.AccuracyMm);
        Put(text, "batt", fix.BatteryPermille);
        Put(text, "alarm", fix.Alarm == AlarmKind.None ? null : fix.Alarm);
        if (fix.IsDeclaredInvalid)
            text.Append("invalid ");
        Put(text, "attributes", fix.AttributesJson);
        return text.ToString().TrimEnd();
    }

    private static void Put(StringBuilder text, string name, object? value)
    {
        if (value is not null)
            text.Append(CultureInfo.InvariantCulture, $"{name}={value} ");
    }
}
