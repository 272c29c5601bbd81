using System.Text.Json.Serialization;

namespace FieldCrm.Hub.Dispatch;

/// <param name="Kind">builtin (our own tiles), style (a MapLibre style document), raster or vector (tiles at {z}/{x}/{y}).</param>
/// <param name="Url">Absolute, or a path of this server.</param>
internal sealed record MapStyle(string Kind, string? Url = null, string? Attribution = null);

/// <summary>A picture of the ground under the streets, switched on and off by the dispatcher.</summary>
internal sealed record MapOverlay(string Id, string Url)
{
    public string Kind => "satellite";
}

/// <param name="ShowsDemonstration">The console has a card for newcomers (Demonstration/ShowMeEndpoints).</param>
internal sealed record MapSettings(MapStyle Style, IReadOnlyList<MapOverlay> Overlays, bool ShowsDemonstration = false);

/// <summary>
/// The configured map: <c>Map:Style:Kind</c>, <c>:Url</c>, <c>:Attribution</c>, <c>Map:Overlays:N:Id</c>, <c>:Url</c> and
/// <c>Map:Origins:N</c> (what a style document loads from elsewhere). In the environment with two underscores: <c>Map__Style__Url</c>.
/// </summary>
internal sealed class MapSources
{
    private static readonly string[] Kinds = ["builtin", "style", "raster", "vector"];

    public MapSources(IConfiguration configuration)
    {
        var map = configuration.GetSection("Map");
        var kind = map["Style:Kind"] ?? "builtin";
        if (!Kinds.Contains(kind))
            throw new InvalidOperationException($"Map:Style:Kind is {kind}; it can be {string.Join(", ", Kinds)}.");
        var url = map["Style:Url"];
        if (kind != "builtin" && url is null)
            throw new InvalidOperationException($"Map:Style:Kind {kind} needs Map:Style:Url.");
        var overlays = map.GetSection("Overlays").GetChildren()
            .Select(o => new MapOverlay(o["Id"] ?? "satellite", o["Url"] ?? throw new InvalidOperationException($"{o.Path} has no Url."))).ToArray();
        Settings = new MapSettings(new MapStyle(kind, url, map["Style:Attribution"]), overlays);
        Origins = [.. new[] { url }.Concat(overlays.Select(o => o.Url)).Concat(map.GetSection("Origins").GetChildren().Select(o => o.Value))
            .Select(OriginOf).OfType<string>()];
    }

    public MapSettings Settings { get; }

    /// <summary>Where the page may fetch tiles besides this server.</summary>
    public IReadOnlyList<string> Origins { get; }

    private static string? OriginOf(string? url)
    {
        if (url is null || url.StartsWith('/'))
            return null;
        // Braces of a template are no part of an origin.
        var plain = url.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal);
        return Uri.TryCreate(plain, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address.GetLeftPart(UriPartial.Authority)
            : throw new InvalidOperationException($"The map's address {url} is neither a path nor http(s).");
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MapSettings))]
internal sealed partial class ConsoleJson : JsonSerializerContext;
