using FieldCrm.Dispatch.Fleet;
using FieldCrm.Dispatch.Map;

namespace FieldCrm.Dispatch.Shell;

/// <summary>What goes beyond this window: maps of their own, layouts, paper.</summary>
public sealed partial class ConsolePage
{
    private WindowLink? _link;
    private SharedState? _shared;

    private void LinkWindows()
    {
        _link = new WindowLink(PageInterop.WindowId());
        _link.Asked += () => _link.Tell(StateNow());
        _link.Told += state => _ = InvokeAsync(() => TakeAsync(state));
    }

    private SharedState StateNow() => new(Fleet.Selected, Fleet.Filter, _matches, TrackShown);

    /// <summary>The windows that were opened from here show the same.</summary>
    private void Share()
    {
        var state = StateNow();
        if (state == _shared)
            return;
        _shared = state;
        _link?.Tell(state);
    }

    /// <summary>Somebody chose something in another window.</summary>
    private async Task TakeAsync(SharedState state)
    {
        _shared = StateNow() with { Selected = state.Selected, Filter = state.Filter };
        Fleet.Choose(state.Filter);
        if (state.Selected == Fleet.Selected)
            return;
        Select(state.Selected);
        if (state.Selected is { } number && _map is { } map && await PlaceAsync(number) is var (latitude, longitude) && Fleet.View?.Holds(latitude, longitude) is false)
            map.SetView(new MapView(latitude, longitude, Fleet.View.Zoom));
    }

    private void PopOut()
    {
        var (latitude, longitude, zoom, _) = Centre();
        PageInterop.OpenWindow(FormattableString.Invariant($"map?lat={latitude:0.#####}&lon={longitude:0.#####}&zoom={zoom:0.##}&of={PageInterop.WindowId()}"));
    }

    private MapView Centre() => Fleet.View is not { } view
        ? Montevideo
        : new MapView((view.South + view.North) / 2, Wrapped((view.West + view.East + (view.East < view.West ? 360 : 0)) / 2), view.Zoom);

    private static double Wrapped(double longitude) => longitude > 180 ? longitude - 360 : longitude;

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
        StateHasChanged();
        if (_map?.Printable() is { } last)
            Fleet.Live.Take(last);
        _printed = await _units.ReadAllAsync(Fleet.Filter, Fleet.View, Gone);
        StateHasChanged();
        PageInterop.Print();
    }
}
