using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Fleet;
using FieldCrm.Dispatch.Map;

namespace FieldCrm.Dispatch.Shell;

/// <summary>The console's glue: what the map tells goes to the list, what is chosen goes to the map.</summary>
public sealed partial class ConsolePage
{
    private const int NearestCount = 5;

    // Fresh enough to be sent: a unit that was silent for longer is not near, it was.
    private const int NearestMaxAgeSeconds = 600;

    private static readonly MapView Montevideo = new(-34.885, -56.165, 12.4);

    private readonly MapEvents _events = new();
    private Fleet.Directory? _directory;
    private MapSession? _map;
    private MapView? _start = Montevideo;
    private string? _overlay;
    private bool _isMenu;
    private bool _isPicking;
    private bool _isReplaying;
    private DateOnly _replayDay;
    private ReplayTime _replayTime = new(0, false, 1);
    private DayView? _day;
    private (string Title, IReadOnlyList<PickRow>? Rows)? _picks;
    private IReadOnlyList<Unit> _printed = [];
    private FleetFilter _filterOnMap = new();
    private long[]? _matches;
    private string _sheet = "half";

    private FleetState Fleet { get; } = new();

    private Fleet.Directory _units => _directory ??= new Fleet.Directory(Desk.Api);

    private string? NameOfSelected => Fleet.Selected is { } number ? _units.Known(number)?.Name : null;

    protected override void OnInitialized()
    {
        base.OnInitialized();
        _events.RowsCame += rows =>
        {
            Fleet.Live.Take(rows);
            Fleet.Tick();
        };
        _events.ConnectionChanged += Fleet.ConnectionIs;
        _events.ViewportChanged += Fleet.ViewIs;
        _events.FollowChanged += follow => Fleet.FollowIs(follow.Unit);
        _events.Picked += pick => _ = InvokeAsync(() => PickedAsync(pick));
        _events.ContextAsked += pick => _ = InvokeAsync(() => NearestAsync(pick.Lat, pick.Lon));
        _events.ReplayMoved += time =>
        {
            _replayTime = time;
            Redraw();
        };
        Fleet.Changed += FleetChanged;
        FollowEvents();
        PageInterop.OnKeys(key => _ = InvokeAsync(() => KeyAsync(key)));
    }

    protected override void Leave() => Fleet.Changed -= FleetChanged;

    private void FleetChanged()
    {
        if (_filterOnMap != Fleet.Filter)
        {
            _filterOnMap = Fleet.Filter;
            _ = InvokeAsync(FilterMapAsync);
        }
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
        map.ShowOnly(matches, filter.MaxAgeSeconds);
    }

    private async Task MapOpenedAsync(MapSession map)
    {
        _map = map;
        RowsShown(Fleet.Listed);
        await FilterMapAsync();
    }

    private void RowsShown(IReadOnlyList<Unit> units)
    {
        if (_map is not { } map)
            return;
        long[] numbers = [.. units.Select(u => u.Number)];
        map.WatchRows(Fleet.Selected is { } selected && !numbers.Contains(selected) ? [.. numbers, selected] : numbers);
        map.SetLabels(numbers, [.. units.Select(u => u.Name)]);
        // Units come into view and age while the filter stays.
        if (Fleet.Filter.MaxAgeSeconds > 0 || _matches is not null)
            map.ShowOnly(_matches, Fleet.Filter.MaxAgeSeconds);
    }

    private async Task ChooseAsync(long number)
    {
        Select(number);
        if (_map is not { } map || await PlaceAsync(number) is not var (latitude, longitude))
            return;
        map.SetView(new MapView(latitude, longitude, Math.Max(14, Fleet.View?.Zoom ?? 14)));
    }

    /// <summary>Where it is now, where it was when the directory was read, or what the server says.</summary>
    private async Task<(double LatitudeDeg, double LongitudeDeg)?> PlaceAsync(long number)
    {
        if (Fleet.Live.Of(number) is { } live)
            return (live.LatitudeDeg, live.LongitudeDeg);
        return (_units.Known(number)?.Position ?? await PositionAsync(number)) is { } known ? (known.LatitudeDeg, known.LongitudeDeg) : null;
    }

    private async Task<UnitPosition?> PositionAsync(long number) =>
        (await _units.LookUpAsync([number], Gone)).Value is { Units: [var unit, ..] } ? unit.Position : null;

    private void Select(long? number)
    {
        Fleet.Select(number);
        _map?.Select(number);
        if (number is null)
        {
            ShowDay(null);
            _map?.Follow(null);
        }
        else if (_sheet == "peek")
        {
            _sheet = "half";
        }
        RowsShown(Fleet.Listed);
    }

    private void ShowDay(DayView? day)
    {
        _day = day;
        _map?.SetTrack(day is { IsEmpty: false } ? day.Track : null);
    }

    private void ToggleFollow()
    {
        if (Fleet.Selected is { } number)
            _map?.Follow(Fleet.Followed == number ? null : number);
    }

    private async Task PickedAsync(Pick pick)
    {
        if (_isPicking)
        {
            await NearestAsync(pick.Lat, pick.Lon);
            return;
        }
        ClosePicks();
        if (pick.Units.Length <= 1)
        {
            Select(pick.Units.Length == 1 ? pick.Units[0] : null);
            StateHasChanged();
            return;
        }
        var title = Text.Formats.Fill(Words.UnitsHere, pick.Units.Length);
        _picks = (title, null);
        StateHasChanged();
        var answer = await _units.LookUpAsync(pick.Units, Gone);
        var now = ConnectionText.Now(Fleet.Connection, TimeProvider.System.GetUtcNow());
        _picks = (title, [.. (answer.Value?.Units ?? []).Select(u => UnitLine.Of(u, Fleet.Live.Of(u.Number), now, Formats))
            .Select(l => new PickRow(l.Number, l.Name, $"{l.AvailabilityText} · {l.Age}"))]);
        StateHasChanged();
    }

    private void PickNearest()
    {
        _isPicking = !_isPicking;
        StateHasChanged();
    }

    private async Task NearestAsync(double latitude, double longitude)
    {
        _isPicking = false;
        _picks = (Words.Nearest, null);
        StateHasChanged();
        var answer = await Desk.Api.GetAsync(
            FormattableString.Invariant($"/api/v1/positions/nearest?lat={latitude:0.#######}&lon={longitude:0.#######}&count={NearestCount}&maxAgeSeconds={NearestMaxAgeSeconds}"),
            ApiJson.Default.NearPage, Gone);
        if (answer.Value is not { } page)
        {
            Desk.Refused(answer);
            ClosePicks();
            return;
        }
        var now = ConnectionText.Now(Fleet.Connection, TimeProvider.System.GetUtcNow());
        PickRow[] rows = [.. page.Devices.Select(d => new PickRow(
            d.Number ?? _units.Known(d.Id)?.Number, d.Name,
            $"{Formats.Distance(d.DistanceM ?? 0)} · {Text.Formats.Fill(Words.Ago, Text.Formats.Duration(now - d.Position.FixedAt))}"))];
        _picks = (Words.Nearest, rows);
        _map?.SetNearest(new NearestLines(latitude, longitude, [.. page.Devices.Zip(rows).Where(d => d.Second.Number is not null)
            .Select(d => new NearestLine(d.Second.Number ?? 0, d.First.Position.LatitudeDeg, d.First.Position.LongitudeDeg, Formats.Distance(d.First.DistanceM ?? 0)))]));
        StateHasChanged();
    }

    private void ClosePicks()
    {
        _picks = null;
        _map?.SetNearest(null);
    }

    private Task ToggleReplayAsync()
    {
        _isReplaying = !_isReplaying;
        _replayDay = Formats.DayOf(TimeProvider.System.GetUtcNow());
        StateHasChanged();
        return Task.CompletedTask;
    }

    private void ReplayAsync(DateOnly day) => (_isReplaying, _replayDay) = (true, day);

    private void ShowOverlay(string name) => (_overlay, _isMenu) = (name, false);

    private void PopOut() => PageInterop.OpenWindow(Text.Formats.Fill("map?lat={0}&lon={1}&zoom={2}", Centre().Lat, Centre().Lon, Centre().Zoom));

    private MapView Centre() => Fleet.View is not { } view
        ? Montevideo
        : new MapView((view.South + view.North) / 2, (view.West + view.East + (view.East < view.West ? 360 : 0)) / 2, view.Zoom);

    private void SaveLayout(string name) => Desk.Preferences.Save(new Layout(name, Centre(), Fleet.Filter));

    private void ShowLayout(Layout layout)
    {
        Fleet.Choose(layout.Filter);
        _map?.SetView(layout.View);
        _isMenu = false;
    }

    private async Task PrintAsync()
    {
        _isMenu = false;
        var page = await _units.ReadAsync(Fleet.Filter, Fleet.View, 0, Dispatch.Fleet.Directory.PageSize, Gone);
        var all = page.Units.ToList();
        while (page.Units.Count > 0 && all.Count < page.Total)
        {
            page = await _units.ReadAsync(Fleet.Filter, Fleet.View, all.Count, Dispatch.Fleet.Directory.PageSize, Gone);
            all.AddRange(page.Units);
        }
        _printed = all;
        StateHasChanged();
        await Task.Yield();
        PageInterop.Print();
    }

    private void NextSheet() => _sheet = _sheet switch
    {
        "peek" => "half",
        "half" => "full",
        _ => "peek",
    };
}
