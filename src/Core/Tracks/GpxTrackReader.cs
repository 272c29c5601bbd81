using System.Globalization;
using System.Runtime.InteropServices;
using System.Xml;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Tracks;

/// <summary>
/// Track points of GPX 1.0 and 1.1, with the extensions that <see cref="GpxTrackFormat"/> writes and the speed and
/// course of Garmin's TrackPointExtension. Waypoints and routes are no track and are left out. DTDs are refused.
/// </summary>
internal static class GpxTrackReader
{
    // Deepest element of a real file: gpx/trk/trkseg/trkpt/extensions/TrackPointExtension/speed.
    private const int MaxDepth = 32;

    public static TrackFile Read(ReadOnlyMemory<byte> file)
    {
        var bytes = MemoryMarshal.TryGetArray(file, out var segment) ? segment : new ArraySegment<byte>(file.ToArray());
        using var stream = new MemoryStream(bytes.Array ?? [], bytes.Offset, bytes.Count, writable: false);
        using var xml = XmlReader.Create(stream, new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            IgnoreComments = true,
            IgnoreWhitespace = true,
            MaxCharactersInDocument = TrackFile.MaxBytes,
        });
        try
        {
            return ReadDocument(xml, (IXmlLineInfo)xml);
        }
        catch (XmlException e) when (e.Message.Contains("DTD", StringComparison.Ordinal))
        {
            return TrackFile.Refused("track-file.dtd", "The file has a document type declaration, which is refused. Remove it.");
        }
        catch (XmlException e)
        {
            return TrackFile.Refused("track-file.malformed", $"Line {e.LineNumber} is not well-formed XML.");
        }
    }

    private static TrackFile ReadDocument(XmlReader xml, IXmlLineInfo line)
    {
        var fixes = new List<Fix>();
        if (xml.MoveToContent() != XmlNodeType.Element || xml.LocalName != "gpx")
            return TrackFile.Refused("track-file.unknown-format", "The file is XML, but its root is not gpx.");
        while (xml.Read())
        {
            if (xml.Depth > MaxDepth)
                return TrackFile.Refused("track-file.malformed", $"Line {line.LineNumber} nests deeper than GPX does.");
            if (xml.NodeType != XmlNodeType.Element || xml.LocalName != "trkpt")
                continue;
            var draft = new TrackPointDraft($"line {line.LineNumber.ToString(CultureInfo.InvariantCulture)}");
            draft.Position(Position(xml));
            if (!xml.IsEmptyElement)
                ReadPoint(xml, draft);
            if (draft.Finish() is { } fix)
                fixes.Add(fix);
            else if (draft.Failure is { } failure)
                return TrackFile.Refused(failure);
        }
        return TrackFile.Of(fixes);
    }

    private static GeoPoint? Position(XmlReader xml) =>
        double.TryParse(xml.GetAttribute("lat"), NumberStyles.Float, CultureInfo.InvariantCulture, out var latitudeDeg)
        && double.TryParse(xml.GetAttribute("lon"), NumberStyles.Float, CultureInfo.InvariantCulture, out var longitudeDeg)
            ? GeoPoint.FromDegrees(latitudeDeg, longitudeDeg)
            : null;

    private static void ReadPoint(XmlReader xml, TrackPointDraft draft)
    {
        var depth = xml.Depth;
        var name = "";
        while (xml.Read() && xml.Depth > depth)
        {
            if (xml.Depth > MaxDepth)
                return;
            if (xml.NodeType == XmlNodeType.Element)
                name = xml.IsEmptyElement ? "" : xml.LocalName;
            else if (xml.NodeType == XmlNodeType.EndElement)
                name = "";
            else if (xml.NodeType is XmlNodeType.Text or XmlNodeType.CDATA)
                Take(draft, name, xml.Value);
        }
    }

    private static void Take(TrackPointDraft draft, string name, string text)
    {
        if (name == "time")
            draft.Time(text.Trim());
        else
            draft.Value(name, text.Trim());
    }
}
