using System.Text.Json;
using System.Text.Json.Serialization;
using FieldCrm.Dispatch.Api;

namespace FieldCrm.Dispatch.Map;

// What the map module and the console say to each other; src/Map/types.ts names the same.

public sealed record MapView(double Lat, double Lon, double Zoom, double? Bearing = null);

/// <summary>The ground: StyleChoice of src/Map/types.ts.</summary>
/// <param name="Kind">builtin (the offline base map), style, raster, satellite or vector.</param>
public sealed record MapStyle(
    string Kind, string? Url = null, string? Attribution = null, int? MinZoom = null, int? MaxZoom = null, int? TileSize = null, IReadOnlyList<string>? Origins = null)
{
    public static readonly MapStyle Offline = new("builtin");

    public static MapStyle Of(MapSource source) => new(
        source.Kind, source.Url, source.Attribution, source.MinZoom, source.MaxZoom, source.TileSizePx, source.Origins);
}

public sealed record MapOptions(
    string UnitsHubUrl, MapStyle Style, string Theme, string Locale, string Measures, MapView? View, bool Interactive);

/// <summary>Bit masks over the wire's numbers, 0 = all.</summary>
public sealed record UnitFilter(int Kinds, int Availabilities, int Motions, string? Text);

/// <summary>Columns of equal length, a row a unit; null = not reported.</summary>
/// <param name="IsPast">Of a replay: the clock is its, availability is not known, and units not seen by then are left out.</param>
public sealed record Rows(
    bool IsPast, double ServerUnixMs, long[] Unit, int[] LatitudeE7, int[] LongitudeE7, double[] FixedUnixMs, double[] HeardUnixMs, int?[] SpeedCmps,
    int?[] HeadingCdeg, int?[] AccuracyDm, int[] Kind, int[] Availability, int[] Motion, int[] Flags, int?[] BatteryPermille);

/// <summary>What the map shows; west greater than east crosses the antimeridian.</summary>
public sealed record Viewport(double South, double West, double North, double East, double Zoom, int UnitCount, string Mode)
{
    public bool Holds(double latitude, double longitude) =>
        latitude >= South && latitude <= North && (East - West >= 360 || (West <= East ? longitude >= West && longitude <= East : longitude >= West || longitude <= East));
}

public sealed record Pick(long[] Units, double Lat, double Lon, double X, double Y);

public sealed record ContextPick(long? Unit, double Lat, double Lon, double X, double Y);

public sealed record Connection(string State, double SinceUnixMs, double ServerClockOffsetMs);

public sealed record FollowState(long? Unit);

/// <param name="LoadedToUnixMs">Up to here everything has come.</param>
public sealed record ReplayTime(double UnixMs, bool Playing, double Rate, bool Loading, double LoadedToUnixMs, int Fixes);

/// <param name="SpeedCmps">A value a step of time; null = not reported.</param>
public sealed record UnitCurve(long Unit, int?[] SpeedCmps);

/// <param name="Moving">How many units moved, a value a step of time.</param>
public sealed record ReplayCurves(int[] Moving, IReadOnlyList<UnitCurve> Units);

public sealed record MapError(string Code, string Detail);

/// <param name="State">ready or broken.</param>
public sealed record SourceState(string State, string Detail);

public sealed record TrackStop(int LatitudeE7, int LongitudeE7, double FromUnixMs, double ToUnixMs, string Text);

public sealed record TrackMark(int LatitudeE7, int LongitudeE7, double UnixMs, string Text);

public sealed record Track(
    long Unit, double[] UnixMs, int[] LatitudeE7, int[] LongitudeE7, int?[] SpeedCmps, IReadOnlyList<TrackStop> Stops,
    IReadOnlyList<TrackMark>? Marked);

public sealed record NearestLine(long Unit, double Lat, double Lon, string Text);

public sealed record NearestLines(double Lat, double Lon, IReadOnlyList<NearestLine> Units);

public sealed record Bounds(double South, double West, double North, double East);

/// <param name="PeopleLeftOut">People who had a shift then and are not shown, as no reason was given.</param>
public sealed record ReplayLoaded(double FromUnixMs, double ToUnixMs, long[] Units, int PeopleLeftOut = 0);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MapOptions))]
[JsonSerializable(typeof(MapStyle))]
[JsonSerializable(typeof(MapView))]
[JsonSerializable(typeof(UnitFilter))]
[JsonSerializable(typeof(Rows))]
[JsonSerializable(typeof(Viewport))]
[JsonSerializable(typeof(Pick))]
[JsonSerializable(typeof(ContextPick))]
[JsonSerializable(typeof(Connection))]
[JsonSerializable(typeof(FollowState))]
[JsonSerializable(typeof(ReplayTime))]
[JsonSerializable(typeof(ReplayCurves))]
[JsonSerializable(typeof(MapError))]
[JsonSerializable(typeof(SourceState))]
[JsonSerializable(typeof(Track))]
[JsonSerializable(typeof(NearestLines))]
[JsonSerializable(typeof(Bounds))]
[JsonSerializable(typeof(ReplayLoaded))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(long?))]
[JsonSerializable(typeof(long[]))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(int))]
internal sealed partial class MapJson : JsonSerializerContext;
