using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>What the map of a page knows, read out of the module that draws it.</summary>
internal static class MapStore
{
    private const string Inspected =
        """
        const style = document.querySelector('link[href$="/map.css"]').href;
        const { inspect } = await import(new URL('map.js', style).href);
        // A map that is not there yet knows nobody.
        const { session, engine } = inspect(document.getElementById('map')) ?? { session: { store: { count: 0 }, selected: null } };
        """;

    /// <summary>The units that are known, each as one line, in the order of their numbers.</summary>
    public static async Task<string[]> UnitsAsync(this IPage page) => await page.EvaluateAsync<string[]>(
        $$"""
        async () => {
          {{Inspected}}
          const s = session.store;
          return Array.from({ length: s.count }, (_, i) => i).sort((a, b) => s.unit[a] - s.unit[b]).map(i =>
            `${s.unit[i]} at ${s.latitudeE7[i]} ${s.longitudeE7[i]} fixed ${s.fixedUnixMs[i]} speed ${s.speedCmps[i]} motion ${s.motion[i]} flags ${s.flags[i]}`);
        }
        """);

    /// <summary>Units that are drawn: known, and hidden by no filter.</summary>
    public static async Task<int[]> ShownAsync(this IPage page) => await page.EvaluateAsync<int[]>(
        $$"""
        async () => {
          {{Inspected}}
          const s = session.store;
          return Array.from({ length: s.count }, (_, i) => i).filter(i => !session.isHidden(s, i)).map(i => s.unit[i]).sort((a, b) => a - b);
        }
        """);

    public static async Task<int?> SelectedAsync(this IPage page) => await page.EvaluateAsync<int?>(
        $$"""
        async () => {
          {{Inspected}}
          return session.selected;
        }
        """);

    /// <summary>Where a unit is drawn while a replay shows the past.</summary>
    public static async Task<(double Latitude, double Longitude)> ReplayedAsync(this IPage page, int unit)
    {
        var at = await page.EvaluateAsync<double[]>(
            $$"""
            async unit => {
              {{Inspected}}
              const { player } = engine.stage;
              const s = player.replay.store;
              const i = s.slotOf(unit);
              const part = s.glideMs[i] > 0 ? Math.min(1, Math.max(0, (player.unixMs - s.glideStartMs[i]) / s.glideMs[i])) : 1;
              const x = s.fromX[i] + (s.toX[i] - s.fromX[i]) * part;
              const y = s.fromY[i] + (s.toY[i] - s.fromY[i]) * part;
              return [Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180 / Math.PI, x * 360 - 180];
            }
            """, unit);
        return (at[0], at[1]);
    }

    /// <summary>The replay's whole span, ms since 1970.</summary>
    public static async Task<(double From, double To)> ReplaySpanAsync(this IPage page)
    {
        var span = await page.EvaluateAsync<double[]>(
            $$"""
            async () => {
              {{Inspected}}
              const { replay } = engine.stage.player;
              return [replay.fromUnixMs, replay.toUnixMs];
            }
            """);
        return (span[0], span[1]);
    }

    /// <summary>Where on the page a place of the map is.</summary>
    public static async Task<(float X, float Y)> PixelAsync(this IPage page, double latitude, double longitude)
    {
        var at = await page.EvaluateAsync<float[]>(
            $$"""
            async ([lat, lon]) => {
              {{Inspected}}
              const { x, y } = engine.map.project([lon, lat]);
              const box = engine.map.getCanvas().getBoundingClientRect();
              return [x + box.left, y + box.top];
            }
            """, new[] { latitude, longitude });
        return (at[0], at[1]);
    }

    /// <summary>How far the middle of the map is from a place, in degrees.</summary>
    public static async Task<double> OffCentreAsync(this IPage page, double latitude, double longitude) => await page.EvaluateAsync<double>(
        $$"""
        async ([lat, lon]) => {
          {{Inspected}}
          const centre = engine.map.getCenter();
          return Math.hypot(centre.lat - lat, centre.lng - lon);
        }
        """, new[] { latitude, longitude });
}
