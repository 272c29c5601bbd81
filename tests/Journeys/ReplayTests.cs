using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace FieldCrm.Journeys;

/// <summary>The past on one clock: list, map, paths and the chart of speeds all show the moment of the scrubber.</summary>
[Collection(ChromiumCollection.Name)]
public sealed partial class ReplayTests(Chromium chromium)
{
    private const int Fixes = 31;
    private const double StepSeconds = 120;

    // 1.67 km in two minutes, and later half of that.
    private const double FastStep = 0.015;
    private const double FastKnots = 27;
    private const double South = -34.905;
    private const double West = -56.1850;
    private const double EastStep = 0.0013;
    private const int Slower = 18;

    // A thousandth of 24 hours is 86 s, and the scrubber moves by tenths of one.
    private static readonly TimeSpan ScrubberStep = TimeSpan.FromSeconds(9);

    public static TheoryData<string> Variants => Variant.Names;

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Given_a_fleet_that_drove_When_its_day_is_replayed_Then_map_list_and_chart_are_in_step_with_the_scrubber(string name)
    {
        var (tenant, link) = await Tenants.AddAsync(chromium.Server, "dispatcher");
        var driving = await Van.AddAsync(chromium.Server, tenant, "alpha", "Alpha");
        var standing = await Van.AddAsync(chromium.Server, tenant, "bravo", "Bravo");
        var now = TimeProvider.System.GetUtcNow();
        var begin = DateTimeOffset.FromUnixTimeSeconds(now.AddMinutes(-90).ToUnixTimeSeconds());
        await standing.ReportAsync(-34.875, -56.150, 0, now - begin);
        for (var fix = 0; fix < Fixes; fix++)
        {
            var (latitude, longitude) = PlaceOf(fix);
            await driving.ReportAsync(latitude, longitude, fix < Slower ? FastKnots : FastKnots / 2, TimeProvider.System.GetUtcNow() - TimeOf(begin, fix));
        }
        await using var screen = await Screen.OpenAsync(chromium, Variant.Of(name));
        var page = screen.Page;
        await screen.SignInAsync(link);
        await page.Locator(".connection.live").WaitForAsync();
        await page.Locator("button.unit", new() { HasText = "Alpha" }).WaitForAsync();
        var alpha = Assert.Single(await page.UnitsAsync(), u => u.Contains(" speed 695 ", StringComparison.Ordinal) || u.Contains(" speed 694 ", StringComparison.Ordinal));
        var number = int.Parse(alpha.Split(' ')[0], CultureInfo.InvariantCulture);

        // It begins by itself where the first unit does, and moves.
        await page.Locator(".bar").GetByRole(AriaRole.Button, new() { Name = "Replay" }).ClickAsync();
        var pause = page.GetByRole(AriaRole.Button, new() { Name = "Pause" });
        await pause.WaitForAsync();
        var first = await page.ReplayedAsync(number);
        await TestKit.Eventually.TrueAsync(async () => (await page.ReplayedAsync(number)).Longitude > first.Longitude + 1e-4, Chromium.Patience);
        await pause.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Play", Exact = true }).WaitForAsync();
        await page.Locator(".replay-said:empty").WaitForAsync(new() { State = WaitForSelectorState.Attached });

        await ScrubAsync(page, number, begin, 4.5);
        var (x, y) = await page.PixelAsync((await page.ReplayedAsync(number)).Latitude, (await page.ReplayedAsync(number)).Longitude);
        await page.Mouse.ClickAsync(x, y);
        var units = page.GetByRole(AriaRole.List, new() { Name = "Units" });
        await units.GetByText("Alpha").WaitForAsync();
        await units.GetByText("31 mph").WaitForAsync();
        await page.Locator(".chart-top", new() { HasText = "31 mph" }).WaitForAsync();
        await InStepAsync(page, FastKnots);
        await screen.LookAsync($"replay-{name}");

        await ScrubAsync(page, number, begin, 26.5);
        await units.GetByText("16 mph").WaitForAsync();
        await InStepAsync(page, FastKnots / 2);

        // A click on its path goes to the moment at which it was there.
        var from = (Place: PlaceOf(7), Time: TimeOf(begin, 7));
        var to = (Place: PlaceOf(8), Time: TimeOf(begin, 8));
        (x, y) = await page.PixelAsync((from.Place.Latitude + to.Place.Latitude) / 2, (from.Place.Longitude + to.Place.Longitude) / 2);
        await page.Mouse.ClickAsync(x, y);
        await units.GetByText("31 mph").WaitForAsync();
        Assert.InRange(await ClockAsync(page), from.Time + TimeSpan.FromSeconds(50), to.Time - TimeSpan.FromSeconds(50));
        await InStepAsync(page, FastKnots);

        await page.GetByRole(AriaRole.Button, new() { Name = "Back to live" }).ClickAsync();
        await page.Locator(".replay").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        Assert.Contains(alpha, await page.UnitsAsync());
        screen.AssertClean();
    }

    /// <summary>To and fro, a little farther east with each fix, so that no two of its ways cross at a shallow angle.</summary>
    private static (double Latitude, double Longitude) PlaceOf(double fix)
    {
        var way = Math.Min(fix, Slower) + Math.Max(0, fix - Slower) / 2;
        var phase = way % 6;
        return (South + FastStep * (phase < 3 ? phase : 6 - phase), West + EastStep * fix);
    }

    private static DateTimeOffset TimeOf(DateTimeOffset begin, double fix) => begin.AddSeconds(fix * StepSeconds);

    /// <summary>Drags the scrubber to where the unit was between two of its fixes; there the map shows it.</summary>
    private static async Task ScrubAsync(IPage page, int number, DateTimeOffset begin, double fix)
    {
        var wanted = TimeOf(begin, fix);
        var (from, to) = await page.ReplaySpanAsync();
        var permille = Math.Round((wanted.ToUnixTimeMilliseconds() - from) / (to - from) * 1000, 1);
        await page.Locator("#scrubber").FillAsync(permille.ToString("0.#", CultureInfo.InvariantCulture));
        DateTimeOffset clock = default;
        await TestKit.Eventually.TrueAsync(
            async () => ((clock = await ClockAsync(page)) - wanted).Duration() < ScrubberStep, Chromium.Patience, () => $"the clock stands at {clock:O}, not at {wanted:O}");
        var (latitude, longitude) = PlaceOf((clock - begin).TotalSeconds / StepSeconds);
        var shown = await page.ReplayedAsync(number);
        Assert.Equal(latitude, shown.Latitude, 0.00005);
        Assert.Equal(longitude, shown.Longitude, 0.00005);
    }

    private static async Task<DateTimeOffset> ClockAsync(IPage page) => DateTimeOffset.FromUnixTimeMilliseconds(
        long.Parse(await page.Locator(".replay-time").GetAttributeAsync("data-unix-ms") ?? "", CultureInfo.InvariantCulture));

    /// <summary>Under the scrubber's handle the curve of the chart is as high as the unit is fast; the fastest is its full height.</summary>
    private static async Task InStepAsync(IPage page, double knots)
    {
        var at = double.Parse(await page.Locator("#scrubber").InputValueAsync(), CultureInfo.InvariantCulture);
        var box = (await page.Locator(".replay-chart svg").GetAttributeAsync("viewBox") ?? "").Split(' ');
        var height = double.Parse(box[3], CultureInfo.InvariantCulture);
        var points = Point().Matches(await page.Locator(".replay-chart .curve").GetAttributeAsync("d") ?? "")
            .Select(m => (X: double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture), Y: double.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture)))
            .ToList();
        var top = points.Min(p => p.Y);
        var (_, y) = points.MinBy(p => Math.Abs(p.X - at));
        Assert.Equal(knots / FastKnots, (height - y) / (height - top), 0.02);
    }

    [GeneratedRegex(@"[ML]([\d.]+) ([\d.]+)")]
    private static partial Regex Point();
}
