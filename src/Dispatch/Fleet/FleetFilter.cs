using System.Globalization;
using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Map;

namespace FieldCrm.Dispatch.Fleet;

/// <summary>One filter for the list, the map and the counts.</summary>
/// <param name="Kinds">Bit masks over the wire's numbers; 0 = all.</param>
/// <param name="MaxAgeSeconds">0 = any age.</param>
/// <param name="IsInView">The list shows what the map shows.</param>
public sealed record FleetFilter(
    string Search = "", int Kinds = 0, int Availabilities = 0, int Motions = 0, int MaxAgeSeconds = 0, string Sort = "name", bool IsInView = false)
{
    public const int MaxSearch = 100;

    /// <summary>How many kinds of choice are made, for the button; the search box shows itself.</summary>
    public int Count => (Kinds != 0 ? 1 : 0) + (Availabilities != 0 ? 1 : 0) + (Motions != 0 ? 1 : 0) + (MaxAgeSeconds != 0 ? 1 : 0);

    public bool IsNarrowed => Count > 0 || Search.Length > 0;

    public static int Toggled(int mask, int code) => mask ^ (1 << code);

    public static bool Has(int mask, int code) => (mask & (1 << code)) != 0;

    public UnitFilter? ForMap() => Kinds == 0 && Availabilities == 0 && Motions == 0 && Search.Length == 0
        ? null
        : new UnitFilter(Kinds, Availabilities, Motions, Search.Length == 0 ? null : Search);

    /// <summary>The query of <c>/api/v1/units</c>.</summary>
    /// <param name="view">What the map shows, where the list is to show the same.</param>
    public string Query(Viewport? view, int offset, int limit)
    {
        var parts = new List<string>();
        if (Search.Length > 0)
            parts.Add($"search={Uri.EscapeDataString(Search.Length > MaxSearch ? Search[..MaxSearch] : Search)}");
        Add("kinds", Names(Kinds, Codes.Kinds));
        Add("availabilities", Names(Availabilities, Codes.Availabilities));
        Add("motions", Names(Motions, Codes.Motions));
        if (MaxAgeSeconds > 0)
            parts.Add(Invariant($"maxAgeSeconds={MaxAgeSeconds}"));
        if (IsInView && view is { } box)
            parts.Add(Invariant($"box={box.West:0.######},{box.South:0.######},{box.East:0.######},{box.North:0.######}"));
        parts.Add($"sort={Sort}");
        parts.Add(Invariant($"offset={offset}&limit={limit}"));
        return string.Join('&', parts);

        void Add(string name, string value)
        {
            if (value.Length > 0)
                parts.Add($"{name}={value}");
        }
    }

    /// <summary>Whether a unit is among those that the query finds, by what is known here.</summary>
    public bool Admits(Unit unit, LiveUnit? live, Viewport? view, DateTimeOffset now)
    {
        live = UnitLine.Newer(unit, live);
        var place = live is not null ? (live.LatitudeDeg, live.LongitudeDeg, live.FixedAt)
            : unit.Position is { } known ? (known.LatitudeDeg, known.LongitudeDeg, known.FixedAt) : ((double Latitude, double Longitude, DateTimeOffset At)?)null;
        return (Search.Length == 0 || Holds(unit.Name) || Holds(unit.Id))
            && In(Kinds, Codes.KindOf(unit.Kind)) && In(Availabilities, live?.Availability ?? Codes.AvailabilityOf(unit.Availability))
            && In(Motions, live?.Motion ?? Codes.MotionOf(unit.Motion))
            && (MaxAgeSeconds == 0 || (place is { } fresh && now - fresh.Item3 <= TimeSpan.FromSeconds(MaxAgeSeconds)))
            && (!IsInView || view is null || (place is { } there && view.Holds(there.Item1, there.Item2)));
    }

    private bool Holds(string text) => text.Contains(Search, StringComparison.OrdinalIgnoreCase);

    private static bool In(int mask, int code) => mask == 0 || Has(mask, code);

    private static string Names(int mask, string[] names) => string.Join(',', names.Where((_, code) => Has(mask, code)));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
