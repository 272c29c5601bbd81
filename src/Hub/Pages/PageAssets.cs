using System.Collections.Frozen;
using System.Security.Cryptography;

namespace FieldCrm.Hub.Pages;

/// <summary>
/// The pages' own style, script and icon. They lie in the executable, so that no build or start can lose them, and their
/// addresses hold a hash of their content: a browser keeps them for ever and still never shows an old one.
/// </summary>
internal sealed class PageAssets
{
    private const string Folder = "/assets/";
    private const int HashDigits = 12;

    private static readonly (string Name, string ContentType)[] Files =
    [
        ("pages.css", "text/css; charset=utf-8"),
        ("pages.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("passkeys.js", "text/javascript; charset=utf-8"),
    ];

    private readonly FrozenDictionary<string, Asset> _byPath;

    public PageAssets()
    {
        var assets = Files.Select(f => Read(f.Name, f.ContentType)).ToArray();
        _byPath = assets.ToFrozenDictionary(a => a.Path, StringComparer.Ordinal);
        (Style, Script, Icon, Passkeys) = (assets[0].Path, assets[1].Path, assets[2].Path, assets[3].Path);
    }

    public string Style { get; }

    public string Script { get; }

    public string Icon { get; }

    public string Passkeys { get; }

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var asset in _byPath.Values)
            routes.MapGet(asset.Path, (HttpContext http) => Send(http, asset)).ExcludeFromDescription();
    }

    private static IResult Send(HttpContext http, Asset asset)
    {
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Bytes(asset.Content, asset.ContentType, entityTag: new($"\"{asset.Hash}\""));
    }

    private static Asset Read(string name, string contentType)
    {
        using var resource = typeof(PageAssets).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not part of this build.");
        using var content = new MemoryStream();
        resource.CopyTo(content);
        var hash = Convert.ToHexStringLower(SHA256.HashData(content.ToArray()))[..HashDigits];
        var path = $"{Folder}{Path.GetFileNameWithoutExtension(name)}.{hash}{Path.GetExtension(name)}";
        return new Asset(path, hash, contentType, content.ToArray());
    }

    private sealed record Asset(string Path, string Hash, string ContentType, byte[] Content);
}
