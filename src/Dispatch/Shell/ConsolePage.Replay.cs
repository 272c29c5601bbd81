using FieldCrm.Dispatch.Replay;

namespace FieldCrm.Dispatch.Shell;

/// <summary>The replay's place on the page: which day, which units stay in its chart, and back to now.</summary>
public sealed partial class ConsolePage
{
    private bool _isReplaying;
    private DateOnly? _replayDay;
    private IReadOnlyList<long> _pinned = [];
    private ReplayBar? _replay;

    private string? NameOf(long number) => _units.Known(number)?.Name;

    private Task ToggleReplayAsync()
    {
        if (_isReplaying)
            CloseReplay();
        else
            OpenReplay(day: null);
        return Task.CompletedTask;
    }

    /// <param name="day">The reader's; null for the last hours.</param>
    private void OpenReplay(DateOnly? day)
    {
        (_isReplaying, _replayDay, _isPicking, _sheet) = (true, day, false, "peek");
        _picks?.Stop();
        ShowOnly();
        StateHasChanged();
    }

    private void CloseReplay()
    {
        (_isReplaying, _pinned) = (false, []);
        _map?.CloseReplay();
        Fleet.EndReplay();
        // The live picture has its own track and filter.
        ShowOnly();
        ShowDay(_day);
        RowsShown(Fleet.Listed);
        StateHasChanged();
    }

    private void Pin(IReadOnlyList<long> units)
    {
        _pinned = units;
        RowsShown(Fleet.Listed);
    }
}
