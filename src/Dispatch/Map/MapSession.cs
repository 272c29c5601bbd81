using System.Runtime.InteropServices.JavaScript;
using System.Runtime.Versioning;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FieldCrm.Dispatch.Map;

/// <summary>What a map tells. Each is raised on the page's own thread.</summary>
public sealed class MapEvents
{
    public event Action<Viewport>? ViewportChanged;
    public event Action<Pick>? Picked;
    public event Action<ContextPick>? ContextAsked;
    public event Action<Rows>? RowsCame;
    public event Action<Connection>? ConnectionChanged;
    public event Action<FollowState>? FollowChanged;
    public event Action<ReplayTime>? ReplayMoved;
    public event Action<MapError>? Failed;
    public event Action<SourceState>? SourceChanged;

    /// <summary>One callback of the module, by name. A name of a newer module is ignored.</summary>
    public void Raise(string name, string argument)
    {
        switch (name)
        {
            case "OnViewport": Tell(ViewportChanged, argument, MapJson.Default.Viewport); break;
            case "OnPick": Tell(Picked, argument, MapJson.Default.Pick); break;
            case "OnContext": Tell(ContextAsked, argument, MapJson.Default.ContextPick); break;
            case "OnRows": Tell(RowsCame, argument, MapJson.Default.Rows); break;
            case "OnConnection": Tell(ConnectionChanged, argument, MapJson.Default.Connection); break;
            case "OnFollow": Tell(FollowChanged, argument, MapJson.Default.FollowState); break;
            case "OnReplay": Tell(ReplayMoved, argument, MapJson.Default.ReplayTime); break;
            case "OnMapError": Tell(Failed, argument, MapJson.Default.MapError); break;
            case "OnSource": Tell(SourceChanged, argument, MapJson.Default.SourceState); break;
        }
    }

    private static void Tell<T>(Action<T>? told, string argument, JsonTypeInfo<T> type)
    {
        if (told is not null && JsonSerializer.Deserialize(argument, type) is { } value)
            told(value);
    }
}

/// <summary>A map that is on the screen: MapHandle of src/Map/types.ts.</summary>
[SupportedOSPlatform("browser")]
public sealed class MapSession : IDisposable
{
    private readonly JSObject _handle;

    private MapSession(JSObject handle) => _handle = handle;

    public static async Task<MapSession> OpenAsync(string elementId, MapOptions options, MapEvents events)
    {
        await MapInterop.LoadAsync();
        return new MapSession(await MapInterop.OpenAsync(elementId, Json(options, MapJson.Default.MapOptions), events.Raise));
    }

    public void SetTheme(bool isDark) => Call("setTheme", isDark ? "\"dark\"" : "\"light\"");

    public void SetReader(string locale, string measures) =>
        Call("setReader", Json(locale, MapJson.Default.String), Json(measures, MapJson.Default.String));

    public void SetView(MapView view) => Call("setView", Json(view, MapJson.Default.MapView));

    public void FitBounds(Bounds bounds) => Call("fitBounds", Json(bounds, MapJson.Default.Bounds));

    public void Select(long? unit) => Call("select", Json(unit, MapJson.Default.NullableInt64));

    public void Follow(long? unit) => Call("follow", Json(unit, MapJson.Default.NullableInt64));

    public void SetFilter(UnitFilter? filter) => Call("setFilter", filter is null ? "null" : Json(filter, MapJson.Default.UnitFilter));

    public void AddLabels(long[] units, string[] names) =>
        Call("addLabels", Json(units, MapJson.Default.Int64Array), Json(names, MapJson.Default.StringArray));

    /// <summary>Units on the map that nobody has named yet.</summary>
    public long[] Unnamed() => JsonSerializer.Deserialize(MapInterop.Call(_handle, "unnamed", []), MapJson.Default.Int64Array) ?? [];

    public void WatchRows(long[] units) => Call("watchRows", Json(units, MapJson.Default.Int64Array));

    public void SetTrack(Track? track) => Call("setTrack", track is null ? "null" : Json(track, MapJson.Default.Track));

    public void SetNearest(NearestLines? nearest) => Call("setNearest", nearest is null ? "null" : Json(nearest, MapJson.Default.NearestLines));

    /// <summary>Comes back when it is drawn, or the offline map in its place.</summary>
    public Task SetStyleAsync(MapStyle style) => MapInterop.CallAsync(_handle, "setStyle", [Json(style, MapJson.Default.MapStyle)]);

    public void ShowOnly(long[]? numbers, int maxAgeSeconds) =>
        MapInterop.ShowOnly(_handle, numbers is null ? null : Json(numbers, MapJson.Default.Int64Array), maxAgeSeconds * 1000.0);

    public Rows? Printable() => JsonSerializer.Deserialize(MapInterop.Call(_handle, "printable", []), MapJson.Default.Rows);

    public async Task<ReplayLoaded?> LoadReplayAsync(string url) => JsonSerializer.Deserialize(
        await MapInterop.CallAsync(_handle, "replay.load", [Json(url, MapJson.Default.String)]), MapJson.Default.ReplayLoaded);

    public void SeekReplay(double unixMs) => Call("replay.seek", Json(unixMs, MapJson.Default.Double));

    public void PlayReplay(double rate) => Call("replay.play", Json(rate, MapJson.Default.Double));

    public void PauseReplay() => Call("replay.pause");

    /// <summary>Paths of these units stay beside that of the selected one, in the order of their colours.</summary>
    public void PinReplay(long[] units) => Call("replay.pin", Json(units, MapJson.Default.Int64Array));

    /// <summary>What a chart needs of the span, a value a step; the fixes stay with the map.</summary>
    public ReplayCurves? ReplayCurves(long[] units, double fromUnixMs, double toUnixMs, int steps) => JsonSerializer.Deserialize(
        MapInterop.Call(_handle, "replay.curves",
            [Json(units, MapJson.Default.Int64Array), Json(fromUnixMs, MapJson.Default.Double), Json(toUnixMs, MapJson.Default.Double), Json(steps, MapJson.Default.Int32)]),
        MapJson.Default.ReplayCurves);

    public void CloseReplay() => Call("replay.close");

    public void Dispose()
    {
        Call("dispose");
        _handle.Dispose();
    }

    private void Call(string path, params string[] arguments) => MapInterop.Call(_handle, path, arguments);

    private static string Json<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type);
}
