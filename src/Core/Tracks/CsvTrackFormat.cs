using System.Text;

namespace FieldCrm.Core.Tracks;

/// <summary>CSV (RFC 4180): CRLF, a header with units, absent values empty, one line a fix.</summary>
public sealed class CsvTrackFormat(Stream output) : ITrackFormat
{
    public const string Header =
        "fixedAt,receivedAt,latitudeDeg,longitudeDeg,speedMps,headingDeg,accuracyM,altitudeM,batteryPercent,alarm,mark,attributes";

    private readonly StringBuilder _line = new();

    public void Begin(TrackHead head)
    {
        _line.Append(Header).Append("\r\n");
        Flush();
    }

    public void Write(in TrackFix track)
    {
        var fix = track.Fix;
        _line.Append(TrackText.Time(fix.FixedAt)).Append(',').Append(TrackText.Time(track.ReceivedAt));
        Number(TrackText.Degrees(fix.Position.LatitudeE7));
        Number(TrackText.Degrees(fix.Position.LongitudeE7));
        Number(TrackText.Metres(fix.SpeedMmps));
        Number(TrackText.DegreesOfHeading(fix.HeadingCdeg));
        Number(TrackText.Metres(fix.AccuracyMm));
        Number(TrackText.Metres(fix.AltitudeMm));
        Number(TrackText.Percent(fix.BatteryPermille));
        Text(TrackText.Name(fix.Alarm));
        Text(TrackText.Name(track.Mark));
        Text(fix.AttributesJson);
        _line.Append("\r\n");
        Flush();
    }

    public void End(TrackTail tail) => Flush();

    public void Dispose()
    {
    }

    private void Number(decimal? value)
    {
        _line.Append(',');
        if (value is { } present)
            _line.Append(TrackText.Number(present));
    }

    // The only free text is a JSON object: it begins with a brace, so no spreadsheet takes it for a formula.
    private void Text(string? value)
    {
        _line.Append(',');
        if (value is null)
            return;
        if (value.AsSpan().IndexOfAny(",\"\r\n") < 0)
            _line.Append(value);
        else
            _line.Append('"').Append(value.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
    }

    private void Flush()
    {
        output.Write(Encoding.UTF8.GetBytes(_line.ToString()));
        _line.Clear();
    }
}
