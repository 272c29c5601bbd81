using System.Text;
using System.Text.Json;
using FieldCrm.Core.Devices;

namespace FieldCrm.Core.Tracks;

/// <summary>
/// A track from a file: everything it holds, or the one reason why nothing of it is taken. Refusals:
/// <c>track-file.too-large</c>, <c>track-file.empty</c>, <c>track-file.unknown-format</c>, <c>track-file.malformed</c>,
/// <c>track-file.dtd</c>, <c>track-file.no-time</c>, <c>track-file.bad-time</c>, <c>track-file.bad-position</c>,
/// <c>track-file.bad-value</c>, <c>track-file.attributes-too-long</c>. Their messages name the line or the feature.
/// </summary>
public sealed class TrackFile
{
    /// <summary>A day at 1 Hz as GPX with extensions is about 20 MB; a longer track comes in several files.</summary>
    public const int MaxBytes = 32 * 1024 * 1024;

    private TrackFile(IReadOnlyList<Fix> fixes, Failure? failure)
    {
        Fixes = fixes;
        Failure = failure;
    }

    /// <summary>Hashed and in key order, each once; empty when refused.</summary>
    public IReadOnlyList<Fix> Fixes { get; }

    public Failure? Failure { get; }

    /// <summary>The fixes in batches of at most <see cref="FixBatchCodec.MaxFixes"/>, in key order.</summary>
    public IEnumerable<Fix[]> Chunks => Fixes.Chunk(FixBatchCodec.MaxFixes);

    /// <summary>Tells GPX from GeoJSON by the first character that is not space.</summary>
    public static TrackFile Read(ReadOnlyMemory<byte> file)
    {
        if (file.Length > MaxBytes)
            return Refused("track-file.too-large", $"The file is larger than {MaxBytes / 1024 / 1024} MiB. Split it.");
        var text = file.Span;
        if (text.StartsWith("\uFEFF"u8))
            text = text[3..];
        text = text.TrimStart(" \t\r\n"u8);
        if (text.IsEmpty)
            return Refused("track-file.empty", "The file is empty.");
        var start = file[(file.Length - text.Length)..];
        return text[0] switch
        {
            (byte)'<' => GpxTrackReader.Read(file),
            (byte)'{' => GeoJsonTrackReader.Read(start),
            _ => Refused("track-file.unknown-format", "The file is neither GPX (XML) nor GeoJSON. Convert it to one of them."),
        };
    }

    internal static TrackFile Of(List<Fix> fixes)
    {
        if (fixes.Count == 0)
            return Refused("track-file.empty", "The file holds no position with a time.");
        var ordered = fixes.Select(f => f.Hashed()).OrderBy(f => f.Key).ToList();
        var kept = 0;
        for (var i = 0; i < ordered.Count; i++)
        {
            if (i == 0 || ordered[i].Key != ordered[kept - 1].Key)
                ordered[kept++] = ordered[i];
        }
        ordered.RemoveRange(kept, ordered.Count - kept);
        return new TrackFile(ordered, null);
    }

    internal static TrackFile Refused(string code, string message) => new([], new Failure(code, message));

    internal static TrackFile Refused(Failure failure) => new([], failure);

    /// <summary>
    /// Attributes as a fix stores them (<see cref="CanonicalJson"/>). Null when it is not an object, holds what cannot be stored
    /// (a member named twice, a number out of all bounds) or becomes too long.
    /// </summary>
    internal static string? Canonical(JsonElement attributes)
    {
        if (attributes.ValueKind != JsonValueKind.Object)
            return null;
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(attributes.GetRawText())); // parsed once: its depth is bounded
        reader.Read();
        var text = new StringBuilder();
        return CanonicalJson.TryAppend(ref reader, text) && text.Length <= Fix.MaxAttributesLength ? text.ToString() : null;
    }
}
