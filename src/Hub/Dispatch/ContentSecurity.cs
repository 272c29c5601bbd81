using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace FieldCrm.Hub.Dispatch;

/// <summary>
/// What the console's page may load and run. The one inline script is the import map, allowed by its hash, which is computed from
/// the page that is served: a page that somebody changed afterwards does not run what was put into it.
/// </summary>
internal static partial class ContentSecurity
{
    /// <param name="page">The published index.html.</param>
    /// <param name="tileOrigins">Scheme and host of every configured map source that is not ours.</param>
    public static string PolicyOf(ReadOnlySpan<byte> page, IEnumerable<string> tileOrigins)
    {
        var hashes = string.Concat(ImportMap().Matches(Encoding.UTF8.GetString(page)).Select(m => $" '{HashOf(m.Groups["content"].Value)}'"));
        return $"default-src 'self'; script-src 'self' 'wasm-unsafe-eval'{hashes}; worker-src 'self'; style-src 'self'; "
            + "style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; "
            + $"{ConnectSource(tileOrigins)}; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";
    }

    /// <summary>
    /// A worker goes by the policy that its own script came with, not by the page's: without one it might fetch from anywhere.
    /// </summary>
    public static string PolicyOfWorkers(IEnumerable<string> tileOrigins) =>
        $"default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; {ConnectSource(tileOrigins)}";

    private static string ConnectSource(IEnumerable<string> tileOrigins) =>
        "connect-src 'self'" + string.Concat(tileOrigins.Distinct(StringComparer.Ordinal).Select(o => " " + o));

    // A browser hashes the text between the tags after it has made every line end a single line feed.
    private static string HashOf(string script) =>
        "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script.ReplaceLineEndings("\n"))));

    [GeneratedRegex("<script type=\"importmap\"[^>]*>(?<content>[^<]*)</script>")]
    private static partial Regex ImportMap();
}
