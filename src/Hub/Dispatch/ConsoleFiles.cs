using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Net.Http.Headers;

namespace FieldCrm.Hub.Dispatch;

/// <summary>One file of the console as it lies on the disk, with what was compressed when it was published.</summary>
/// <param name="IsImmutable">Its name holds a digest of its content: a browser may keep it for ever.</param>
internal sealed record ConsoleFile(string Path, string ContentType, bool IsImmutable, bool HasBrotli, bool HasGzip, long Length, DateTimeOffset ModifiedAt)
{
    /// <summary>The form to send for what the browser accepts: nothing is compressed while it waits.</summary>
    public (string Path, string? Encoding) For(IEnumerable<StringWithQualityHeaderValue>? accepted)
    {
        if (HasBrotli && Accepts(accepted, "br"))
            return (Path + ".br", "br");
        return HasGzip && Accepts(accepted, "gzip") ? (Path + ".gz", "gzip") : (Path, null);
    }

    /// <param name="variant">What else is different in what is sent; null for nothing.</param>
    public EntityTagHeaderValue EntityTag(string? encoding, string? variant = null) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"\"{Length:x}-{ModifiedAt.UtcTicks:x}{(encoding is null ? "" : "-" + encoding)}{(variant is null ? "" : "-" + variant)}\""));

    private static bool Accepts(IEnumerable<StringWithQualityHeaderValue>? accepted, string encoding) =>
        accepted?.Any(a => a.Quality is not 0 && a.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase)) ?? false;
}

/// <summary>
/// The published console: <c>wwwroot/dispatch</c> beside the executable, put there by tools/web.sh. Its files are listed once;
/// what is not in the list is not served, whatever a path says.
/// </summary>
internal sealed partial class ConsoleFiles
{
    private const string IndexName = "index.html";

    private static readonly FrozenDictionary<string, string> ContentTypes = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        [".js"] = "text/javascript", [".css"] = "text/css", [".html"] = "text/html", [".json"] = "application/json", [".wasm"] = "application/wasm",
        [".dat"] = "application/octet-stream", [".blat"] = "application/octet-stream", [".svg"] = "image/svg+xml", [".png"] = "image/png",
        [".woff2"] = "font/woff2", [".txt"] = "text/plain", [".webmanifest"] = "application/manifest+json", [".mp3"] = "audio/mpeg",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private readonly FrozenDictionary<string, ConsoleFile> _files;

    /// <param name="folder">May be missing: this build then has no console.</param>
    public ConsoleFiles(string folder)
    {
        _files = Directory.Exists(folder) ? List(folder) : FrozenDictionary<string, ConsoleFile>.Empty;
        if (_files.TryGetValue(IndexName, out var index))
            Index = File.ReadAllBytes(index.Path);
    }

    /// <summary>The page that every address of the console answers with; null where there is no console.</summary>
    public ReadOnlyMemory<byte>? Index { get; }

    public ConsoleFile? Find(string path) => path == IndexName ? null : _files.GetValueOrDefault(path);

    private static FrozenDictionary<string, ConsoleFile> List(string folder)
    {
        var all = new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories)
            .ToDictionary(f => Path.GetRelativePath(folder, f.FullName).Replace('\\', '/'), StringComparer.Ordinal);
        return all.Where(f => ContentTypes.ContainsKey(Path.GetExtension(f.Key))).ToFrozenDictionary(
            f => f.Key,
            f => new ConsoleFile(
                f.Value.FullName, ContentTypes[Path.GetExtension(f.Key)], Fingerprinted().IsMatch(f.Key), all.ContainsKey(f.Key + ".br"),
                all.ContainsKey(f.Key + ".gz"), f.Value.Length, f.Value.LastWriteTimeUtc),
            StringComparer.Ordinal);
    }

    // console.k3ys7x1q2b.css, or everything in the folder map.0123456789abcdef/.
    [GeneratedRegex(@"(^|/)map\.[0-9a-f]{16}/|\.[a-z0-9]{10}\.[a-z0-9]+$", RegexOptions.NonBacktracking)]
    private static partial Regex Fingerprinted();
}
