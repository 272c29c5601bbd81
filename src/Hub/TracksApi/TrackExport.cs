using System.Runtime.CompilerServices;
using FieldCrm.Core.Tracks;

namespace FieldCrm.Hub.TracksApi;

/// <summary>The formats a track can be had in.</summary>
internal static class TrackExport
{
    public const string GeoJson = "application/geo+json";
    public const string Gpx = "application/gpx+xml";
    public const string Csv = "text/csv";

    // What is written between two writes to the network.
    private const int BufferBytes = 32 * 1024;

    public static string ContentType(string format) => format switch { "gpx" => Gpx, "csv" => Csv + "; charset=utf-8", _ => GeoJson };

    public static ITrackFormat Open(string format, Stream output) => format switch
    {
        "gpx" => new GpxTrackFormat(output),
        "csv" => new CsvTrackFormat(output),
        _ => new GeoJsonTrackFormat(output),
    };

    /// <summary>Writes a whole track through one small buffer; the tail is asked for after the last fix.</summary>
    public static async Task WriteAsync(
        string format, TrackHead head, IAsyncEnumerable<TrackFix> track, Func<TrackTail> tail, Stream output,
        CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream(BufferBytes * 2);
        using var writer = Open(format, buffer);
        writer.Begin(head);
        await foreach (var fix in track.WithCancellation(cancellationToken))
        {
            writer.Write(fix);
            if (buffer.Length >= BufferBytes)
                await EmptyAsync();
        }
        writer.End(tail());
        await EmptyAsync();

        async Task EmptyAsync()
        {
            await output.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), cancellationToken);
            buffer.SetLength(0);
        }
    }

    /// <summary>
    /// The same track with its first fix already read, so that a database that cannot answer shows before the response
    /// has begun.
    /// </summary>
    public static async Task<IAsyncEnumerable<TrackFix>> BegunAsync(
        IAsyncEnumerable<TrackFix> track, CancellationToken cancellationToken)
    {
        var reader = track.GetAsyncEnumerator(cancellationToken);
        try
        {
            return Rest(reader, await reader.MoveNextAsync(), CancellationToken.None);
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    private static async IAsyncEnumerable<TrackFix> Rest(
        IAsyncEnumerator<TrackFix> reader, bool hasCurrent, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using (reader)
        {
            for (; hasCurrent; hasCurrent = await reader.MoveNextAsync())
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return reader.Current;
            }
        }
    }
}
