using System.Runtime.InteropServices.JavaScript;
using System.Runtime.Versioning;

namespace FieldCrm.Dispatch.Map;

/// <summary>The one door to the map module: wwwroot/map-door.js on the other side. Arguments and answers are JSON.</summary>
[SupportedOSPlatform("browser")]
public static partial class MapInterop
{
    private const string Door = "map-door";

    public static Task LoadAsync() => JSHost.ImportAsync(Door, "../map-door.js");

    /// <param name="told">Called with a callback's name and its argument.</param>
    [JSImport("open", Door)]
    public static partial Task<JSObject> OpenAsync(
        string elementId, string options, [JSMarshalAs<JSType.Function<JSType.String, JSType.String>>] Action<string, string> told);

    /// <param name="path">A method of the handle, such as select or replay.seek.</param>
    /// <param name="arguments">One JSON value an argument.</param>
    [JSImport("call", Door)]
    public static partial string Call(JSObject map, string path, string[] arguments);

    [JSImport("callAsync", Door)]
    public static partial Task<string> CallAsync(JSObject map, string path, string[] arguments);

    /// <summary>Hides on the map what the list's search and freshness leave out.</summary>
    /// <param name="numbers">The units that the search found, as JSON; null for all.</param>
    /// <param name="maxAgeMs">0 for any age.</param>
    [JSImport("showOnly", Door)]
    public static partial void ShowOnly(JSObject map, string? numbers, double maxAgeMs);
}
