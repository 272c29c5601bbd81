using System.Globalization;
using System.Text.Json.Serialization;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Dispatch;

/// <summary>A map that the operator configured, as the console offers it.</summary>
/// <param name="Name">What the reader chooses it by; unique.</param>
/// <param name="Kind">style (a MapLibre style document); raster, satellite or vector (tiles at {z}/{x}/{y}).</param>
/// <param name="Url">Absolute, or a path of this server.</param>
/// <param name="Attribution">Whom the map thanks.</param>
/// <param name="MinZoom">0 … 22; null for a style, which says it itself.</param>
/// <param name="TileSizePx">256 or 512, of pictures alone.</param>
/// <param name="Origins">Where a style document loads from besides its own server.</param>
internal sealed record MapSource(
    string Name, string Kind, string Url, string Attribution, int? MinZoom, int? MaxZoom, int? TileSizePx, IReadOnlyList<string>? Origins);

/// <param name="Default">A source's name; null for our own base map, which is always there.</param>
/// <param name="ShowsDemonstration">The console has a card for newcomers (Demonstration/ShowMeEndpoints).</param>
internal sealed record MapSettings(IReadOnlyList<MapSource> Sources, string? Default, bool ShowsDemonstration = false);

/// <summary>
/// Section <c>Map</c> of the settings: <c>Sources</c>, each with <c>Name</c>, <c>Kind</c>, <c>Url</c>, <c>Attribution</c> and where wanted
/// <c>MinZoom</c>, <c>MaxZoom</c>, <c>TileSize</c>, <c>Origins</c>; and <c>Default</c>, a source's name. Read once, at the start, which
/// what cannot work refuses.
/// </summary>
internal sealed class MapSources
{
    private const string Section = "Map";
    private const int MaxSources = 16; // a list that is read, not searched
    private const int MaxOrigins = 8;
    private const int MaxNameLength = 60;
    private const int MaxAttributionLength = 300;
    private const int HighestZoom = 22;
    private const int RasterMaxZoom = 19;
    private const int VectorMaxZoom = 14;
    private const int DefaultTileSizePx = 256;

    private static readonly string[] Kinds = ["style", "raster", "satellite", "vector"];
    private static readonly string[] SourceMembers = ["Name", "Kind", "Url", "Attribution", "MinZoom", "MaxZoom", "TileSize", "Origins"];

    private MapSources(MapSettings settings)
    {
        Settings = settings;
        Origins = [.. settings.Sources.SelectMany(s => new[] { MapAddress.Read(s.Url).Origin }.Concat(s.Origins ?? []))
            .OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    public MapSettings Settings { get; }

    /// <summary>Where the page may fetch from besides this server.</summary>
    public IReadOnlyList<string> Origins { get; }

    /// <exception cref="StartRefusedException"><c>settings.map-invalid</c></exception>
    public static MapSources Read(IConfiguration configuration)
    {
        var map = configuration.GetSection(Section);
        Members(map, ["Sources", "Default"]);
        var sections = map.GetSection("Sources").GetChildren().ToArray();
        if (sections.Length > MaxSources)
            throw Invalid("Sources", $"at most {MaxSources}, and there are {sections.Length}");
        var sources = Array.ConvertAll(sections, ReadSource);
        if (sources.GroupBy(s => s.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw Invalid("Sources", $"two are named {twice.Key}");
        var standard = map["Default"];
        if (standard is not null && !sources.Any(s => s.Name == standard))
            throw Invalid("Default", $"there is no source named {standard}");
        return new MapSources(new MapSettings(sources, standard));
    }

    private static MapSource ReadSource(IConfigurationSection section)
    {
        Members(section, SourceMembers);
        var kind = Text(section, "Kind", MaxNameLength);
        if (!Kinds.Contains(kind))
            throw Invalid($"{section.Key}:Kind", $"one of {string.Join(", ", Kinds)}, not {kind}");
        var url = Text(section, "Url", MapAddress.MaxLength);
        if (MapAddress.Read(url).Problem is { } problem)
            throw Invalid($"{section.Key}:Url", problem);
        var isStyle = kind == "style";
        if (!isStyle && !MapAddress.IsTemplate(url))
            throw Invalid($"{section.Key}:Url", "tiles need {z}, {x} and {y} (or {quadkey}) in their address");
        var (min, max) = isStyle ? (NoNumber(section, "MinZoom"), NoNumber(section, "MaxZoom")) : Zooms(section, kind);
        return new MapSource(
            Text(section, "Name", MaxNameLength), kind, url, Text(section, "Attribution", MaxAttributionLength), min, max,
            kind is "raster" or "satellite" ? TileSize(section) : NoNumber(section, "TileSize"), OriginsOf(section, isStyle));
    }

    private static (int? Min, int? Max) Zooms(IConfigurationSection section, string kind)
    {
        var min = Number(section, "MinZoom", 0, HighestZoom) ?? 0;
        var max = Number(section, "MaxZoom", 0, HighestZoom) ?? (kind == "vector" ? VectorMaxZoom : RasterMaxZoom);
        return min <= max ? (min, max) : throw Invalid($"{section.Key}:MinZoom", $"not above MaxZoom, which is {max}");
    }

    private static int TileSize(IConfigurationSection section) => Number(section, "TileSize", DefaultTileSizePx, 2 * DefaultTileSizePx) switch
    {
        null or DefaultTileSizePx => DefaultTileSizePx,
        2 * DefaultTileSizePx => 2 * DefaultTileSizePx,
        _ => throw Invalid($"{section.Key}:TileSize", "256 or 512"),
    };

    private static string[]? OriginsOf(IConfigurationSection section, bool isStyle)
    {
        var named = section.GetSection("Origins").GetChildren().Select(o => o.Value ?? "").ToArray();
        if (named.Length == 0)
            return null;
        if (!isStyle || named.Length > MaxOrigins)
            throw Invalid($"{section.Key}:Origins", isStyle ? $"at most {MaxOrigins}" : "only a style document loads from elsewhere");
        return Array.ConvertAll(named, origin => MapAddress.Read(origin) is { Problem: null, Origin: { } read } && new Uri(origin).PathAndQuery == "/"
            ? read : throw Invalid($"{section.Key}:Origins", $"{origin} is no origin, such as https://fonts.example.org"));
    }

    private static string Text(IConfigurationSection section, string name, int maxLength)
    {
        var text = section[name]?.Trim() ?? "";
        return text.Length > 0 && text.Length <= maxLength && !text.Any(char.IsControl)
            ? text : throw Invalid($"{section.Key}:{name}", $"1 to {maxLength} characters");
    }

    private static int? Number(IConfigurationSection section, string name, int min, int max) => section[name] switch
    {
        null => null,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max => value,
        _ => throw Invalid($"{section.Key}:{name}", string.Create(CultureInfo.InvariantCulture, $"a whole number of {min} to {max}")),
    };

    private static int? NoNumber(IConfigurationSection section, string name) =>
        section[name] is null ? null : throw Invalid($"{section.Key}:{name}", "not for this kind");

    // A word that is spelled wrongly would be a setting that silently does nothing.
    private static void Members(IConfigurationSection section, string[] known)
    {
        if (section.GetChildren().FirstOrDefault(c => !known.Contains(c.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            throw Invalid(unknown.Key, $"there is no such setting; there are {string.Join(", ", known)}");
    }

    private static StartRefusedException Invalid(string where, string problem) =>
        new("settings.map-invalid", $"Settings, section {Section}, {where}: {problem}.");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MapSettings))]
internal sealed partial class ConsoleJson : JsonSerializerContext;
