using FieldCrm.Dispatch.Map;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Fleet;

/// <summary>The connection in words; always on the screen.</summary>
public static class ConnectionText
{
    public const string Live = "live";
    public const string Connecting = "connecting";
    public const string Reconnecting = "reconnecting";
    public const string Gone = "gone";

    public static readonly Connection First = new(Connecting, 0, 0);

    /// <summary>The server's clock, by which every age is told.</summary>
    public static DateTimeOffset Now(Connection connection, DateTimeOffset here) => here.AddMilliseconds(connection.ServerClockOffsetMs);

    public static string Of(Connection connection, DateTimeOffset here, Formats formats)
    {
        var since = LivePicture.At(connection.SinceUnixMs);
        return connection.State switch
        {
            Live => formats.Words.Live,
            Reconnecting => Formats.Fill(formats.Words.Reconnecting, Formats.Duration(here - since)),
            Gone => Formats.Fill(formats.Words.Gone, formats.TimeWithSeconds(since)),
            _ => formats.Words.Connecting,
        };
    }
}
