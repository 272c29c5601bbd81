using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Fleet;
using FieldCrm.Dispatch.Map;

namespace FieldCrm.Dispatch.Shell;

/// <summary>The console's glue: what the map tells goes to the list, what is chosen goes to the map.</summary>
public sealed partial class ConsolePage
{
    // As long as the server keeps its own directory.
    private const int NewcomersEverySeconds = 5;

    // With what the server takes to know it, less than the five seconds in which he is gone from the map.
    private static readonly TimeSpan OffShiftEvery = TimeSpan.FromSeconds(3);

    private static readonly MapView Montevideo = new(-34.885, -56.165, 12.4);

    private readonly MapEvents _events = new();
    private Fleet.Directory? _directory;
    private MapSession? _map;
    private MapView? _start = Montevideo;
    private string? _overlay;
    private bool _isMenu;
    private bool _isPicking;
    private DayView? _day;
    private PicksPanel? _picks;
    private IReadOnlyList<Unit> _printed = [];
    private FleetFilter _filterOnMap = new();
    private long[]? _matches;
    private string _sheet = "half";
    private bool _rowsCame;

    private FleetState Fleet { get; } = new();

    private Fleet.Directory _units => _directory ??= new Fleet.Directory(Desk.Api, Fleet.Live, () => Fleet.Now(TimeProvider.System.GetUtcNow()));

    private Track? TrackShown => _day is { IsEmpty: false } day ? day.Track : null;

    protected override void OnInitialized()
    {
        base.OnInitialized();
        _events.RowsCame += rows =>
        {
            _rowsCame = true;
            Fleet.Take(rows);
        };
        _events.ConnectionChanged += ConnectionIs;
        _events.ViewportChanged += Fleet.ViewIs;
        _events.FollowChanged += follow => Fleet.FollowIs(follow.Unit);
        Fleet.Changed += FleetChanged;
        _units.Learnt += NameOnMap;
        _ = _units.KeepWholeAsync(Gone);
        _ = KeepTimeAsync();
        _ = ForgetOffShiftAsync();
        FollowEvents();
        LinkWindows();
        PageInterop.OnKeys(key => _ = InvokeAsync(() => KeyAsync(key)));
    }

    protected override void Leave()
    {
        Fleet.Changed -= FleetChanged;
        _units.Learnt -= NameOnMap;
        _link?.Dispose();
    }

    /// <summary>A device that has just been registered is on the map before the whole directory is read again.</summary>
    private async Task NameNewcomersAsync()
    {
        if (Fleet.Connection.State == ConnectionText.Live && _map?.Unnamed() is { Length: > 0 } newcomers)
            await _units.LookUpAsync(newcomers, Gone);
    }

    /// <summary>When the server is gone, what the map knows last is what list, detail and print show.</summary>
    private void ConnectionIs(Connection connection)
    {
        if (connection.State != ConnectionText.Live && Fleet.Connection.State == ConnectionText.Live && _map?.Printable() is { } last)
            Fleet.Live.Take(last);
        Fleet.ConnectionIs(connection);
    }

    /// <summary>Ages go on when no row comes, above all when the server is gone.</summary>
    private async Task KeepTimeAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        var seconds = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(Gone))
            {
                if (!_rowsCame)
                    Fleet.Tick();
                _rowsCame = false;
                if (++seconds % NewcomersEverySeconds == 0)
                    await NameNewcomersAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // the page is gone
        }
    }

    private async Task ForgetOffShiftAsync()
    {
        using var timer = new PeriodicTimer(OffShiftEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(Gone))
            {
                if (Fleet.Connection.State == ConnectionText.Live)
                    await _units.ForgetOffShiftAsync(Gone);
            }
        }
        catch (OperationCanceledException)
        {
            // the page is gone
        }
    }

    private void FleetChanged()
    {
        if (_filterOnMap != Fleet.Filter)
        {
            _filterOnMap = Fleet.Filter;
            _ = InvokeAsync(FilterMapAsync);
        }
        Share();
        Redraw();
    }

    private async Task FilterMapAsync()
    {
        if (_map is not { } map)
            return;
        var filter = Fleet.Filter;
        map.SetFilter(filter.ForMap());
        var matches = filter.Search.Length > 0 ? await _units.MatchesAsync(filter, Gone) : null;
        if (filter != Fleet.Filter)
            return;
        _matches = matches;
        ShowOnly();
        Share();
    }

    /// <summary>What search and freshness leave out; of the past nothing is too old.</summary>
    private void ShowOnly() => _map?.ShowOnly(_matches, _isReplaying ? 0 : Fleet.Filter.MaxAgeSeconds);

    private async Task MapOpenedAsync(MapSession map)
    {
        _map = map;
        NameOnMap([.. _units.All]);
        RowsShown(Fleet.Listed);
        await FilterMapAsync();
        // What was chosen while the map was still loading.
        if (Fleet.Selected is not { } selected)
            return;
        map.SetTrack(TrackShown);
        await ChooseAsync(selected);
        if (Fleet.Followed == selected)
            map.Follow(selected);
    }

    private void RowsShown(IReadOnlyList<Unit> units)
    {
        if (_map is not { } map)
            return;
        long[] numbers = [.. units.Select(u => u.Number)];
        map.WatchRows([.. numbers.Union(_pinned).Union(Fleet.Selected is { } selected ? [selected] : [])]);
        // Units come into view and age while the filter stays.
        if (Fleet.Filter.MaxAgeSeconds > 0 || _matches is not null)
            ShowOnly();
    }

    private void NameOnMap(IReadOnlyList<Unit> units)
    {
        if (units.Count > 0)
            _map?.AddLabels([.. units.Select(u => u.Number)], [.. units.Select(u => u.Name)]);
    }

    private async Task ChooseAsync(long number)
    {
        Select(number);
        if (_map is not { } map || await PlaceAsync(number) is not var (latitude, longitude))
            return;
        map.SetView(new MapView(latitude, longitude, Math.Max(14, Fleet.View?.Zoom ?? 14)));
    }

    /// <summary>Where the map shows it, where it was when the directory was read, or what the server says.</summary>
    private async Task<(double LatitudeDeg, double LongitudeDeg)?> PlaceAsync(long number)
    {
        if (Fleet.RowOf(number) is { } row)
            return (row.LatitudeDeg, row.LongitudeDeg);
        if (_isReplaying)
            return null; // not seen by then
        return (_units.Known(number)?.Position ?? await PositionAsync(number)) is { } known ? (known.LatitudeDeg, known.LongitudeDeg) : null;
    }

    private async Task<UnitPosition?> PositionAsync(long number) =>
        (await _units.LookUpAsync([number], Gone)).Value is { Units: [var unit, ..] } ? unit.Position : null;

    private void Select(long? number)
    {
        Fleet.Select(number);
        _map?.Select(number);
        // Who looks at another unit does not want to be drawn back to the one before.
        if (Fleet.Followed is { } followed && followed != number)
            _map?.Follow(null);
        if (number is null)
            ShowDay(null);
        else if (_sheet == "peek" && !_isReplaying) // the bar says the same, and a path can be clicked
            _sheet = "half";
        RowsShown(Fleet.Listed);
    }

    private void Hit(long? number) => Select(number);

    private void ShowDay(DayView? day)
    {
        _day = day;
        // A replay draws its own paths, and SetTrack leaves them.
        _map?.SetTrack(TrackShown);
        Share();
    }

    private void ToggleFollow()
    {
        if (Fleet.Selected is not { } number)
            return;
        long? followed = Fleet.Followed == number ? null : number;
        if (_map is { } map)
            map.Follow(followed);
        else
            Fleet.FollowIs(followed);
    }

    private void ShowOverlay(string name) => (_overlay, _isMenu) = (name, false);

    private void NextSheet() => _sheet = _sheet switch
    {
        "peek" => "half",
        "half" => "full",
        _ => "peek",
    };
}
