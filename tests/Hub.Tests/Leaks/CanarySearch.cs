using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>Finds canaries in whatever bytes came back, raw and with escapes resolved.</summary>
internal sealed partial class CanarySearch
{
    private readonly IReadOnlyList<Canary> _canaries;
    private readonly SearchValues<string> _exact;
    private readonly SearchValues<string> _anyCase;

    public CanarySearch(IEnumerable<Canary> canaries)
    {
        _canaries = [.. canaries];
        _exact = SearchValues.Create([.. _canaries.SelectMany(c => c.Exact)], StringComparison.Ordinal);
        _anyCase = SearchValues.Create([.. _canaries.SelectMany(c => c.AnyCase)], StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>What of the canaries stands in the bytes; empty as a rule.</summary>
    public IReadOnlyList<string> FindIn(byte[] bytes)
    {
        foreach (var reading in Readings(Canary.Latin(bytes)))
        {
            if (reading.AsSpan().ContainsAny(_exact) || reading.AsSpan().ContainsAny(_anyCase))
                return [.. _canaries.Where(c => IsIn(c, reading)).Select(c => c.What)];
        }
        return [];
    }

    /// <summary>Whether a text stands in the bytes, escaped or not.</summary>
    public static bool Says(byte[] bytes, string text) => Readings(Encoding.UTF8.GetString(bytes)).Any(r => r.Contains(text, StringComparison.Ordinal));

    public static byte[] Decompressed(byte[] bytes, IEnumerable<string> encodings)
    {
        foreach (var encoding in encodings.Reverse())
        {
            using var packed = new MemoryStream(bytes);
            using Stream plain = encoding switch
            {
                "gzip" => new GZipStream(packed, CompressionMode.Decompress),
                "br" => new BrotliStream(packed, CompressionMode.Decompress),
                "deflate" => new ZLibStream(packed, CompressionMode.Decompress),
                _ => throw new NotSupportedException($"The answer is encoded as {encoding}: read it here."),
            };
            using var read = new MemoryStream();
            plain.CopyTo(read);
            bytes = read.ToArray();
        }
        return bytes;
    }

    private static IEnumerable<string> Readings(string text)
    {
        yield return text;
        if (text.Contains('%', StringComparison.Ordinal))
            yield return WebUtility.UrlDecode(text);
        if (text.Contains('\\', StringComparison.Ordinal))
        {
            yield return JsonEscape().Replace(text, m => ((char)int.Parse(m.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString())
                .Replace("\\\"", "\"", StringComparison.Ordinal);
        }
        if (text.Contains("&#", StringComparison.Ordinal))
            yield return WebUtility.HtmlDecode(text);
    }

    private static bool IsIn(Canary canary, string text) =>
        canary.Exact.Any(f => text.Contains(f, StringComparison.Ordinal)) || canary.AnyCase.Any(f => text.Contains(f, StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex(@"\\u([0-9a-fA-F]{4})")]
    private static partial Regex JsonEscape();
}
