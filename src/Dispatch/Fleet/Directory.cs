using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Map;

namespace FieldCrm.Dispatch.Fleet;

/// <summary>
/// The directory of units on the server, a page at a time. The whole of it is read besides, slowly, so that the map has every name, and
/// that list, search and print answer from the last picture when the server is gone.
/// </summary>
/// <param name="now">The server's clock, by which every age is told.</param>
public sealed class Directory(ConsoleApi api, LivePicture live, Func<DateTimeOffset> now)
{
    public const int PageSize = 100;

    /// <summary>As many as a map shows one by one; of a larger fleet the first by name are kept.</summary>
    public const int MaxKept = 6_000;

    // The server gives no more at once.
    private const int LargestPage = 500;

    private static readonly string Person = Codes.Kinds[(int)UnitKind.Person];
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan WholeEvery = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan WholeAgainAfter = TimeSpan.FromSeconds(10);

    private readonly Dictionary<long, Unit> _known = [];

    /// <summary>Units that were read, for the map's labels.</summary>
    public event Action<IReadOnlyList<Unit>>? Learnt;

    /// <summary>Null while the last request was answered; else why not.</summary>
    public string? FailureCode { get; private set; }

    public bool WasAnswered { get; private set; }

    /// <summary>Every unit is known: nobody needs to be asked for a name.</summary>
    public bool IsWhole { get; private set; }

    public IEnumerable<Unit> All => _known.Values;

    public Unit? Known(long number) => _known.GetValueOrDefault(number);

    public Unit? Known(string id) => _known.Values.FirstOrDefault(u => u.Id == id);

    /// <summary>The rows from <paramref name="offset"/> on; what is known of them where the server does not answer.</summary>
    public async Task<UnitPage> ReadAsync(FleetFilter filter, Viewport? view, int offset, int limit, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(filter.Query(view, offset, Math.Min(limit, PageSize)), cancellationToken);
        FailureCode = answer.Code;
        WasAnswered |= answer.Value is not null;
        return answer.Value ?? FromMemory(filter, view, offset, limit);
    }

    /// <summary>Everything that the filter finds, for printing.</summary>
    public async Task<IReadOnlyList<Unit>> ReadAllAsync(FleetFilter filter, Viewport? view, CancellationToken cancellationToken)
    {
        var all = new List<Unit>();
        for (var total = 1; all.Count < Math.Min(total, MaxKept);)
        {
            var answer = await AskAsync(filter.Query(view, all.Count, LargestPage), cancellationToken);
            if (answer.Value is not { } page)
                return FromMemory(filter, view, 0, MaxKept).Units;
            if (page.Units.Count == 0)
                break;
            all.AddRange(page.Units);
            total = page.Total;
        }
        return all;
    }

    /// <summary>The nearest of those that the filter admits, heard within so many seconds at most.</summary>
    public async Task<IReadOnlyList<Unit>> NearestAsync(
        FleetFilter filter, double latitude, double longitude, int count, int maxAgeSeconds, CancellationToken cancellationToken)
    {
        var fresh = filter with
        {
            IsInView = false, Sort = "distance", MaxAgeSeconds = filter.MaxAgeSeconds is > 0 and var own ? Math.Min(own, maxAgeSeconds) : maxAgeSeconds,
        };
        var answer = await AskAsync(
            FormattableString.Invariant($"{fresh.Query(view: null, 0, count)}&nearLat={latitude:0.#######}&nearLon={longitude:0.#######}"), cancellationToken);
        FailureCode = answer.Code;
        if (answer.Value is { } page)
            return page.Units;
        return GeoPoint.FromDegrees(latitude, longitude) is not { } from ? [] :
        [
            .. Matching(fresh, view: null).Select(u => (Unit: u, Place: PlaceOf(u))).Where(u => u.Place is not null)
                .Select(u => u.Unit with { DistanceM = GeoDistance.Mm(from, u.Place ?? from) / 1_000.0 }).OrderBy(u => u.DistanceM).Take(count),
        ];
    }

    /// <summary>Numbers of all units that the search finds, up to what a map shows one by one.</summary>
    public async Task<long[]> MatchesAsync(FleetFilter filter, CancellationToken cancellationToken)
    {
        var search = new FleetFilter(filter.Search);
        var found = IsWhole ? Matching(search, view: null) : await ReadAllAsync(search, view: null, cancellationToken);
        return [.. found.Select(u => u.Number)];
    }

    public async Task<Answer<UnitPage>> LookUpAsync(IReadOnlyList<long> numbers, CancellationToken cancellationToken)
    {
        var answer = await api.PostAsync(
            "/api/v1/units/lookup", new UnitLookup(numbers), ApiJson.Default.UnitLookup, ApiJson.Default.UnitPage, cancellationToken);
        if (answer.Value is { } page)
        {
            Remember(page.Units);
            foreach (var gone in numbers.Except(page.Units.Select(u => u.Number)))
                Forget(gone);
        }
        return answer;
    }

    /// <summary>
    /// Whose shift has ended is in no list any more, and nothing of where he was stays here: the whole directory would be read
    /// again too late for that. What is known stays while the server does not answer.
    /// </summary>
    public async Task ForgetOffShiftAsync(CancellationToken cancellationToken)
    {
        foreach (var people in _known.Values.Where(u => u.Kind == Person).Select(u => u.Number).ToArray().Chunk(PageSize))
        {
            if ((await LookUpAsync(people, cancellationToken)).Value is null)
                return;
            if (people.Length == PageSize)
                await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>Reads the whole directory again and again, a small page at a time: a large one would be felt.</summary>
    public async Task KeepWholeAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
                await Task.Delay(await ReadWholeAsync(cancellationToken) ? WholeEvery : WholeAgainAfter, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // the console is closed
        }
    }

    private async Task<bool> ReadWholeAsync(CancellationToken cancellationToken)
    {
        var seen = new HashSet<long>();
        for (var total = 1; seen.Count < Math.Min(total, MaxKept);)
        {
            var answer = await AskAsync(new FleetFilter().Query(view: null, seen.Count, PageSize), cancellationToken);
            if (answer.Value is not { } page)
                return false;
            seen.UnionWith(page.Units.Select(u => u.Number));
            total = page.Total;
            IsWhole = seen.Count >= total;
            if (page.Units.Count < PageSize)
                break;
            await Task.Delay(Pause, cancellationToken);
        }
        foreach (var left in _known.Keys.Where(n => !seen.Contains(n)).ToArray())
            Forget(left);
        return true;
    }

    private async Task<Answer<UnitPage>> AskAsync(string query, CancellationToken cancellationToken)
    {
        var answer = await api.GetAsync($"/api/v1/units?{query}", ApiJson.Default.UnitPage, cancellationToken);
        if (answer.Value is { } page)
            Remember(page.Units);
        return answer;
    }

    private UnitPage FromMemory(FleetFilter filter, Viewport? view, int offset, int limit)
    {
        var found = Matching(filter, view);
        return new UnitPage([.. Sorted(found, filter.Sort).Skip(offset).Take(limit)], found.Count);
    }

    private List<Unit> Matching(FleetFilter filter, Viewport? view)
    {
        var at = now();
        return [.. _known.Values.Where(u => filter.Admits(u, live.Of(u.Number), view, at))];
    }

    private IEnumerable<Unit> Sorted(IEnumerable<Unit> units, string sort)
    {
        var byName = units.OrderBy(u => u.Name, NaturalOrder.Instance).ThenBy(u => u.Number);
        return sort switch
        {
            "heard" => byName.OrderByDescending(u => live.Of(u.Number)?.HeardAt ?? u.HeardAt ?? DateTimeOffset.MinValue),
            "availability" => byName.OrderBy(u => Last(live.Of(u.Number)?.Availability ?? Codes.AvailabilityOf(u.Availability))),
            "motion" => byName.OrderBy(u => Last(live.Of(u.Number)?.Motion ?? Codes.MotionOf(u.Motion))),
            _ => byName,
        };

        // What is not known stands last.
        static int Last(int code) => code == 0 ? int.MaxValue : code;
    }

    private GeoPoint? PlaceOf(Unit unit) => live.Of(unit.Number) is { } moving
        ? GeoPoint.FromDegrees(moving.LatitudeDeg, moving.LongitudeDeg)
        : unit.Position is { } known ? GeoPoint.FromDegrees(known.LatitudeDeg, known.LongitudeDeg) : null;

    private void Forget(long number)
    {
        _known.Remove(number);
        live.Forget(number);
    }

    private void Remember(IReadOnlyList<Unit> units)
    {
        if (_known.Count + units.Count > MaxKept + LargestPage)
        {
            _known.Clear();
            IsWhole = false;
        }
        foreach (var unit in units)
            _known[unit.Number] = unit;
        Learnt?.Invoke(units);
    }
}
