using System.Text;
using System.Xml;

namespace FieldCrm.Core.Tracks;

/// <summary>
/// GPX 1.1 (https://www.topografix.com/GPX/1/1/): one track, one segment. What GPX has no element for goes into the
/// point's extensions, in a namespace of ours; speeds are m/s, headings degrees from true north.
/// </summary>
public sealed class GpxTrackFormat : ITrackFormat
{
    public const string Namespace = "http://www.topografix.com/GPX/1/1";
    public const string Extensions = "urn:fieldcrm:track:1";

    private readonly XmlWriter _xml;

    public GpxTrackFormat(Stream output) => _xml = XmlWriter.Create(output, new XmlWriterSettings
    {
        Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        CloseOutput = false,
        CheckCharacters = true,
    });

    public void Begin(TrackHead head)
    {
        _xml.WriteStartDocument();
        _xml.WriteStartElement("gpx", Namespace);
        _xml.WriteAttributeString("version", "1.1");
        _xml.WriteAttributeString("creator", "FieldCrm");
        _xml.WriteAttributeString("xmlns", "f", null, Extensions);
        _xml.WriteStartElement("trk", Namespace);
        _xml.WriteElementString("name", Namespace, XmlSafe(head.DeviceName));
        _xml.WriteStartElement("trkseg", Namespace);
    }

    public void Write(in TrackFix track)
    {
        var fix = track.Fix;
        _xml.WriteStartElement("trkpt", Namespace);
        _xml.WriteAttributeString("lat", TrackText.Number(TrackText.Degrees(fix.Position.LatitudeE7)));
        // GPX says longitude < 180: its last meridian is the first.
        var longitudeE7 = fix.Position.LongitudeE7 == Geo.GeoPoint.MaxLongitudeE7 ? -fix.Position.LongitudeE7 : fix.Position.LongitudeE7;
        _xml.WriteAttributeString("lon", TrackText.Number(TrackText.Degrees(longitudeE7)));
        if (TrackText.Metres(fix.AltitudeMm) is { } altitude)
            _xml.WriteElementString("ele", Namespace, TrackText.Number(altitude));
        _xml.WriteElementString("time", Namespace, TrackText.Time(fix.FixedAt));
        WriteExtensions(track);
        _xml.WriteEndElement();
        _xml.Flush();
    }

    public void End(TrackTail tail)
    {
        _xml.WriteEndDocument(); // closes what is open
        _xml.Flush();
    }

    public void Dispose() => _xml.Dispose();

    private void WriteExtensions(in TrackFix track)
    {
        var fix = track.Fix;
        if (fix is { SpeedMmps: null, HeadingCdeg: null, AccuracyMm: null, BatteryPermille: null, AttributesJson: null,
            Alarm: Devices.AlarmKind.None } && track.Mark == Devices.FixMark.None)
            return;
        _xml.WriteStartElement("extensions", Namespace);
        WriteNumber("speedMps", TrackText.Metres(fix.SpeedMmps));
        WriteNumber("headingDeg", TrackText.DegreesOfHeading(fix.HeadingCdeg));
        WriteNumber("accuracyM", TrackText.Metres(fix.AccuracyMm));
        WriteNumber("batteryPercent", TrackText.Percent(fix.BatteryPermille));
        WriteText("alarm", TrackText.Name(fix.Alarm));
        WriteText("mark", TrackText.Name(track.Mark));
        WriteText("attributes", fix.AttributesJson is { } json ? XmlSafe(json) : null);
        _xml.WriteEndElement();
    }

    private void WriteNumber(string name, decimal? value)
    {
        if (value is { } present)
            _xml.WriteElementString(name, Extensions, TrackText.Number(present));
    }

    private void WriteText(string name, string? value)
    {
        if (value is not null)
            _xml.WriteElementString(name, Extensions, value);
    }

    // XML 1.0 cannot carry most control characters, escaped or not.
    private static string XmlSafe(string text)
    {
        if (text.All(XmlConvert.IsXmlChar))
            return text;
        var safe = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i]))
                safe.Append(text[i]).Append(text[++i]);
            else
                safe.Append(XmlConvert.IsXmlChar(text[i]) ? text[i] : '\uFFFD');
        }
        return safe.ToString();
    }
}
