using System.Text.Json;
using System.Text.Json.Serialization;
using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Fleet;
using FieldCrm.Dispatch.Map;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Shell;

/// <summary>Where a map stood and what was filtered, under a name.</summary>
public sealed record Layout(string Name, MapView View, FleetFilter Filter);

[JsonSerializable(typeof(List<Layout>))]
internal sealed partial class LayoutJson : JsonSerializerContext;

/// <summary>What the reader chose, kept by his browser. Damage in it is forgotten, never an error.</summary>
public sealed class Preferences(Func<string, string?> read, Action<string, string?> write, string locale)
{
    public const int MaxLayouts = 20;

    private const string ThemeName = "fieldcrm.theme";
    private const string LanguageName = "fieldcrm.language";
    private const string MeasuresName = "fieldcrm.measures";
    private const string MutedName = "fieldcrm.muted";
    private const string LayoutsName = "fieldcrm.layouts";
    private const string ShowMeName = "fieldcrm.show-me";
    private const string MapName = "fieldcrm.map";

    private const string OfflineMap = ""; // no source is named so

    public string Locale => locale;

    /// <summary>light, dark, or empty for the system's.</summary>
    public string Theme
    {
        get => read(ThemeName) is "light" or "dark" ? read(ThemeName) ?? "" : "";
        set => write(ThemeName, value.Length == 0 ? null : value);
    }

    /// <summary>Alarms are shown and not heard.</summary>
    public bool IsMuted
    {
        get => read(MutedName) == "1";
        set => write(MutedName, value ? "1" : null);
    }

    public Words Words => Languages.Of(read(LanguageName) ?? locale);

    public MeasureSystem Measures =>
        Enum.TryParse<MeasureSystem>(read(MeasuresName), out var chosen) ? chosen : Formats.MeasuresOf(locale);

    public void SetLanguage(string code) => write(LanguageName, code);

    public void SetMeasures(MeasureSystem measures) => write(MeasuresName, measures.ToString());

    /// <summary>The card for newcomers was put away.</summary>
    public bool IsShowMeHidden
    {
        get => read(ShowMeName) == "hidden";
        set => write(ShowMeName, value ? "hidden" : null);
    }

    /// <summary>The chosen map of those that there are; null for the offline one.</summary>
    public MapSource? Map(ConsoleSettings settings)
    {
        var chosen = read(MapName);
        return chosen == OfflineMap ? null
            : settings.Sources.FirstOrDefault(s => s.Name == chosen) ?? settings.Sources.FirstOrDefault(s => s.Name == settings.Default);
    }

    public void SetMap(MapSource? source) => write(MapName, source?.Name ?? OfflineMap);

    public List<Layout> Layouts()
    {
        try
        {
            return read(LayoutsName) is { } text ? JsonSerializer.Deserialize(text, LayoutJson.Default.ListLayout) ?? [] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    /// <summary>One of the same name is replaced; beyond <see cref="MaxLayouts"/> the oldest goes.</summary>
    public void Save(Layout layout)
    {
        List<Layout> all = [.. Layouts().Where(l => l.Name != layout.Name), layout];
        write(LayoutsName, JsonSerializer.Serialize([.. all.TakeLast(MaxLayouts)], LayoutJson.Default.ListLayout));
    }

    public void Delete(string name) =>
        write(LayoutsName, JsonSerializer.Serialize([.. Layouts().Where(l => l.Name != name)], LayoutJson.Default.ListLayout));
}
