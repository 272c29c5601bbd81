using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Map;

namespace FieldCrm.Dispatch.Fleet;

/// <summary>The directory of units on the server, a page at a time, with the last pages kept for when it is gone.</summary>
public sealed class Directory(ConsoleApi api)
{
    public const int PageSize = 100;

    // Names of a search's units for the map, and for printing: more than a map shows one by one.
    private const int MaxMatches = 6_000;
    private const int MaxKept = 60;

    private readonly Dictionary<string, UnitPage> _pages = [];
    private readonly Dictionary<long, Unit> _known = [];

    /// <summary>Null while the last request was answered; else why not.</summary>
    public string? FailureCode { get; private set; }

    public bool WasAnswered { get; private set; }

    /// <summary>Everything that was read and not forgotten, by name: what can be told while the server is gone.</summary>
    public IReadOnlyList<Unit> AllKnown => [.. _known.Values.OrderBy(u => u.Name, StringComparer.OrdinalIgnoreCase)];

    public Unit? Known(long number) => _known.GetValueOrDefault(number);

    public Unit? Known(string id) => _known.Values.FirstOrDefault(u => u.Id == id);

    /// <summary>The rows from <paramref name="offset"/> on; what was last known of them where the server does not answer.</summary>
    public async Task<UnitPage> ReadAsync(FleetFilter filter, Viewport? view, int offset, int limit, CancellationToken cancellationToken)
    {
        var query = filter.Query(view, offset, Math.Min(limit, PageSize));
        var answer = await api.GetAsync($"/api/v1/units?{query}", ApiJson.Default.UnitPage, cancellationToken);
        FailureCode = answer.Code;
        if (answer.Value is not { } page)
            return _pages.GetValueOrDefault(query) ?? new UnitPage([], _pages.Count == 0 ? 0 : _pages.Values.Max(p => p.Total));
        WasAnswered = true;
        if (_pages.Count >= MaxKept)
            _pages.Clear();
        _pages[query] = page;
        Remember(page.Units);
        return page;
    }

    /// <summary>Numbers of all units that the search finds, up to what a map shows one by one.</summary>
    public async Task<long[]> MatchesAsync(FleetFilter filter, CancellationToken cancellationToken)
    {
        var found = new List<long>();
        var search = new FleetFilter(filter.Search);
        while (found.Count < MaxMatches)
        {
            var page = await ReadAsync(search, view: null, found.Count, PageSize, cancellationToken);
            found.AddRange(page.Units.Select(u => u.Number));
            if (page.Units.Count < PageSize || found.Count >= page.Total)
                break;
        }
        return [.. found];
    }

    public async Task<Answer<UnitPage>> LookUpAsync(IReadOnlyList<long> numbers, CancellationToken cancellationToken)
    {
        var answer = await api.PostAsync(
            "/api/v1/units/lookup", new UnitLookup(numbers), ApiJson.Default.UnitLookup, ApiJson.Default.UnitPage, cancellationToken);
        if (answer.Value is { } page)
            Remember(page.Units);
        return answer;
    }

    /// <summary>
    /// Reads everybody's name and phone bit by bit, so that the last picture can be printed with numbers to call when the server is gone.
    /// </summary>
    /// <param name="pause">Between two pages: reading them all at once would be felt.</param>
    public async Task ReadAllAsync(Func<CancellationToken, Task> pause, CancellationToken cancellationToken)
    {
        for (var offset = 0; offset < MaxMatches; offset += PageSize)
        {
            var answer = await api.GetAsync(
                $"/api/v1/units?{new FleetFilter().Query(view: null, offset, PageSize)}", ApiJson.Default.UnitPage, cancellationToken);
            if (answer.Value is not { Units.Count: > 0 } page)
                return;
            Remember(page.Units);
            await pause(cancellationToken);
        }
    }

    private void Remember(IReadOnlyList<Unit> units)
    {
        if (_known.Count > 2 * MaxMatches)
            _known.Clear();
        foreach (var unit in units)
            _known[unit.Number] = unit;
    }
}
