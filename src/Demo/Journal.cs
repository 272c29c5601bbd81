using System.Globalization;

namespace FieldCrm.Demo;

/// <summary>One request as its sender remembers it.</summary>
/// <param name="WasAcknowledged">False: no answer, or one that means "later"; the phone kept the position.</param>
/// <param name="FixedAtUnixSeconds">What the phone says when it measured.</param>
/// <param name="AnsweredAtUnixMs">On the sender's own clock.</param>
public readonly record struct JournalEntry(
    bool WasAcknowledged, string Vehicle, long FixedAtUnixSeconds, int LatitudeE7, int LongitudeE7, long AnsweredAtUnixMs);

/// <summary>
/// What the sender itself was told, fix by fix, so that anybody may compare it with what is stored: DIR/demo/sent.log, a line
/// a request, and the file before it. Written after the answer, never before.
/// </summary>
public sealed class Journal : IDisposable
{
    /// <summary>Lines of a file, some 4 MB: an hour and more of the fleet as it drives, minutes while it sends its past.</summary>
    public const int MaxLines = 80_000;

    private readonly Lock _writing = new();
    private readonly string _file;
    private readonly TimeProvider _time;
    private StreamWriter _writer;
    private int _lines;

    public Journal(string file, TimeProvider time)
    {
        (_file, _time) = (file, time);
        _writer = Begin();
    }

    public void Note(bool wasAcknowledged, string vehicle, Reading reading)
    {
        var at = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{(wasAcknowledged ? 'A' : 'R')} {vehicle} {reading.UnixSeconds} {reading.Place.LatitudeE7} {reading.Place.LongitudeE7} {at}\n");
        lock (_writing)
        {
            if (++_lines > MaxLines)
            {
                _writer.Dispose();
                _writer = Begin();
                _lines = 1;
            }
            _writer.Write(line);
        }
    }

    /// <summary>Lets readers see what was noted.</summary>
    public void Flush()
    {
        lock (_writing)
            _writer.Flush();
    }

    public void Dispose()
    {
        lock (_writing)
            _writer.Dispose();
    }

    /// <summary>What was noted from a moment on, oldest first. A line that is being written is left out.</summary>
    public static IEnumerable<JournalEntry> Read(string file, long fromUnixMs)
    {
        foreach (var path in (string[])[Before(file), file])
        {
            foreach (var line in Lines(path))
            {
                if (Parse(line) is { } entry && entry.AnsweredAtUnixMs >= fromUnixMs)
                    yield return entry;
            }
        }
    }

    private static string Before(string file) => file + ".1";

    private static string[] Lines(string path)
    {
        try
        {
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            var lines = reader.ReadToEnd().Split('\n');
            return lines[..^1]; // behind the last line end: nothing, or half a line
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }

    private static JournalEntry? Parse(string line) =>
        line.Split(' ') is [("A" or "R") and var kind, var vehicle, var fixedAt, var latitude, var longitude, var answeredAt]
        && long.TryParse(fixedAt, CultureInfo.InvariantCulture, out var seconds) && int.TryParse(latitude, CultureInfo.InvariantCulture, out var latitudeE7)
        && int.TryParse(longitude, CultureInfo.InvariantCulture, out var longitudeE7) && long.TryParse(answeredAt, CultureInfo.InvariantCulture, out var at)
            ? new JournalEntry(kind == "A", vehicle, seconds, latitudeE7, longitudeE7, at) : null;

    private StreamWriter Begin()
    {
        if (File.Exists(_file))
            File.Move(_file, Before(_file), overwrite: true);
        return new StreamWriter(new FileStream(_file, FileMode.Create, FileAccess.Write, FileShare.Read | FileShare.Delete));
    }
}
