using System.Globalization;
using System.Text;
using System.Text.Json;
using FieldCrm.Core.Devices;
using FieldCrm.LoadTests.Fleet;
using FieldCrm.LoadTests.Wire;

namespace FieldCrm.LoadTests.Faults;

/// <summary>How a device says its fixes.</summary>
internal enum RequestForm
{
    /// <summary>docs/wire/FIXES.md: any number of fixes.</summary>
    Batch,

    /// <summary>docs/wire/OSMAND.md: one fix in the query of a GET, as most trackers send it.</summary>
    Query,

    /// <summary>docs/wire/OSMAND.md: one fix as the newer client's JSON.</summary>
    Location,
}

/// <summary>One request of one device.</summary>
internal sealed record PlannedRequest(RequestForm Form, IReadOnlyList<PlannedFix> Fixes)
{
    public byte[] Render(FleetDevice device) => Encoding.ASCII.GetBytes(Form switch
    {
        RequestForm.Batch => Post("/api/v1/fixes", $"Authorization: Bearer {device.Token}\r\n", BatchBody()),
        RequestForm.Query => $"GET /osmand/{device.Token}?{Query(device.UniqueId)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        _ => Post("/osmand/" + device.Token, "", LocationBody(device.UniqueId)),
    });

    /// <summary>Whether an answer of 200 says that each fix is stored. OsmAnd has no other words than the status.</summary>
    public bool IsTakenBy(HttpAnswer answer) => Form != RequestForm.Batch || FixesAnswer.AcceptsAll(answer.Body.Span, Fixes.Count);

    public string BatchBody()
    {
        var body = new StringBuilder("{\"fixes\":[");
        for (var i = 0; i < Fixes.Count; i++)
        {
            if (i > 0)
                body.Append(',');
            AppendBatched(body, Fixes[i]);
        }
        return body.Append("]}").ToString();
    }

    /// <summary>Speed in knots, as the protocol has it: six decimals are finer than a mm/s.</summary>
    public string Query(string id)
    {
        var fix = Fixes[0];
        var query = new StringBuilder(string.Create(CultureInfo.InvariantCulture,
            $"id={id}&lat={Degrees(fix.LatitudeE7)}&lon={Degrees(fix.LongitudeE7)}&timestamp={Seconds(fix)}&speed={fix.SpeedMmps * 3_600m / 1_852_000m:0.######}"));
        if (fix.HeadingCdeg is { } heading)
            query.Append(CultureInfo.InvariantCulture, $"&bearing={heading / 100m}");
        if (fix.AccuracyMm is { } accuracy)
            query.Append(CultureInfo.InvariantCulture, $"&accuracy={accuracy / 1_000m}");
        if (fix.BatteryPermille is { } battery)
            query.Append(CultureInfo.InvariantCulture, $"&batt={battery / 10m}");
        if (fix.Alarm != AlarmKind.None)
            query.Append("&alarm=").Append(Word(fix.Alarm));
        return query.Append("&hdop=1.2").ToString();
    }

    public string LocationBody(string id)
    {
        var fix = Fixes[0];
        var body = new StringBuilder(string.Create(CultureInfo.InvariantCulture,
            $"{{\"location\":{{\"timestamp\":\"{Iso(fix)}\",\"coords\":{{\"latitude\":{Degrees(fix.LatitudeE7)},\"longitude\":{Degrees(fix.LongitudeE7)},\"speed\":{fix.SpeedMmps / 1_000m}"));
        if (fix.HeadingCdeg is { } heading)
            body.Append(CultureInfo.InvariantCulture, $",\"heading\":{heading / 100m}");
        if (fix.AccuracyMm is { } accuracy)
            body.Append(CultureInfo.InvariantCulture, $",\"accuracy\":{accuracy / 1_000m}");
        body.Append(CultureInfo.InvariantCulture, $"}},\"is_moving\":{(fix.SpeedMmps > 0 ? "true" : "false")}");
        if (fix.BatteryPermille is { } battery)
            body.Append(CultureInfo.InvariantCulture, $",\"battery\":{{\"level\":{battery / 1_000m},\"is_charging\":false}}");
        if (fix.Alarm != AlarmKind.None)
            body.Append(",\"extras\":{\"alarm\":\"").Append(Word(fix.Alarm)).Append("\"}");
        return body.Append("},\"device_id\":\"").Append(id).Append("\"}").ToString();
    }

    private static string Post(string path, string header, string body) =>
        $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n{header}\r\n{body}";

    private static void AppendBatched(StringBuilder json, in PlannedFix fix)
    {
        json.Append(CultureInfo.InvariantCulture, $"{{\"fixedAt\":\"{Iso(fix)}\",\"lat\":{Degrees(fix.LatitudeE7)},\"lon\":{Degrees(fix.LongitudeE7)}")
            .Append(CultureInfo.InvariantCulture, $",\"speedMps\":{fix.SpeedMmps / 1_000}.{fix.SpeedMmps % 1_000:000}");
        if (fix.HeadingCdeg is { } heading)
            json.Append(CultureInfo.InvariantCulture, $",\"headingDeg\":{heading / 100m}");
        if (fix.AccuracyMm is { } accuracy)
            json.Append(CultureInfo.InvariantCulture, $",\"accuracyM\":{accuracy / 1_000m}");
        if (fix.BatteryPermille is { } battery)
            json.Append(CultureInfo.InvariantCulture, $",\"batteryPercent\":{battery / 10m}");
        if (fix.Alarm != AlarmKind.None)
            json.Append(",\"alarm\":\"").Append(Word(fix.Alarm)).Append('"');
        json.Append('}');
    }

    private static string Iso(in PlannedFix fix)
    {
        var time = DateTime.UnixEpoch.AddTicks(fix.FixedAtMicros * TimeSpan.TicksPerMicrosecond);
        return time.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
    }

    private static string Seconds(in PlannedFix fix) =>
        string.Create(CultureInfo.InvariantCulture, $"{fix.FixedAtMicros / 1_000_000}.{fix.FixedAtMicros % 1_000_000:000000}");

    private static string Degrees(int valueE7)
    {
        var magnitude = Math.Abs((long)valueE7);
        return string.Create(CultureInfo.InvariantCulture, $"{(valueE7 < 0 ? "-" : "")}{magnitude / 10_000_000}.{magnitude % 10_000_000:0000000}");
    }

    // docs/wire/OSMAND.md: a kind's own word is its name.
    private static string Word(AlarmKind alarm) => JsonNamingPolicy.CamelCase.ConvertName(alarm.ToString());
}
