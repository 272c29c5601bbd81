using System.Net;
using System.Text.RegularExpressions;

namespace FieldCrm.Hub.Dispatch;

/// <summary>
/// The address of a map source: a path of this server, or an absolute one with TLS; without it from this machine alone, where nobody can
/// change a tile on its way.
/// </summary>
/// <param name="Origin">Scheme, host and port as a Content-Security-Policy names them; null for a path of this server.</param>
/// <param name="Problem">Why it cannot be used; null when it can.</param>
internal sealed partial record MapAddress(string? Origin, string? Problem)
{
    public const int MaxLength = 2_000;

    public static MapAddress Read(string url)
    {
        if (url.Length is 0 or > MaxLength || url.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
            return Bad($"1 to {MaxLength} characters without a space");
        // Two slashes, or a backslash, would lead to another server.
        if (url[0] == '/')
        {
            return url.StartsWith("//", StringComparison.Ordinal) || url.Contains('\\', StringComparison.Ordinal)
                ? Bad("a path of this server begins with one slash") : new MapAddress(null, null);
        }
        if (!Uri.TryCreate(Template().Replace(url, "0"), UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http") || address.Host.Length == 0)
            return Bad($"{url} is neither a path of this server nor an http(s) address");
        if (address.UserInfo.Length > 0)
            return Bad("no user name and password: every reader's browser would be told them");
        if (address.Scheme == "http" && !IsThisMachine(address.Host))
            return Bad($"{address.Host} needs https: without it anybody on the way could change the map");
        var host = address.HostNameType == UriHostNameType.IPv6 ? address.Host : address.IdnHost;
        if (!Host().IsMatch(host))
            return Bad($"{host} is no host name");
        return new MapAddress(address.IsDefaultPort ? $"{address.Scheme}://{host}" : $"{address.Scheme}://{host}:{address.Port}", null);
    }

    /// <summary>Whether it names a tile by its place.</summary>
    public static bool IsTemplate(string url) =>
        url.Contains("{quadkey}", StringComparison.Ordinal)
        || (url.Contains("{z}", StringComparison.Ordinal) && url.Contains("{x}", StringComparison.Ordinal) && url.Contains("{y}", StringComparison.Ordinal));

    private static MapAddress Bad(string problem) => new(null, problem);

    private static bool IsThisMachine(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    // Places to fill stand behind the host; there a brace is no host's.
    [GeneratedRegex("(?<=^[a-z]+://[^/?#]+[/?#].*)[{}]", RegexOptions.IgnoreCase)]
    private static partial Regex Template();

    [GeneratedRegex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?)([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*$|^\\[[0-9a-f:.]+\\]$", RegexOptions.NonBacktracking)]
    private static partial Regex Host();
}
