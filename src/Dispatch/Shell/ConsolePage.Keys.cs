using FieldCrm.Dispatch.Fleet;

namespace FieldCrm.Dispatch.Shell;

/// <summary>The keyboard: single keys, and the palette that finds the same by name.</summary>
public sealed partial class ConsolePage
{
    private IReadOnlyList<Command> Commands =>
    [
        new(Words.KeySearch, Done(() => PageInterop.Focus("search")), "/"),
        new(Words.KeyNext, () => StepAsync(1), "J"),
        new(Words.KeyPrevious, () => StepAsync(-1), "K"),
        new(Words.KeyFollow, Done(ToggleFollow), "F"),
        new(Words.KeyNearest, PickNearestAsync, "N"),
        new(Words.ReplayFleet, ToggleReplayAsync, "R"),
        new(Words.Print, PrintAsync),
        new(Words.PopOut, Done(PopOut)),
        new(Words.ThemeLight, Done(() => Desk.Choose(theme: "light"))),
        new(Words.ThemeDark, Done(() => Desk.Choose(theme: "dark"))),
        new(Words.ResetFilter, Done(() => Fleet.Choose(new FleetFilter()))),
        new(Words.Keyboard, Done(() => _overlay = "keys"), "?"),
    ];

    private async Task KeyAsync(string key)
    {
        switch (key)
        {
            case "palette": (_overlay, _isMenu) = ("palette", false); break;
            case "Escape": await EscapeAsync(); break;
            case var _ when _overlay is not null: return;
            case var _ when _isReplaying && _replay?.Press(key) == true: return;
            case "/": PageInterop.Focus("search"); break;
            case "j": await StepAsync(1); break;
            case "k": await StepAsync(-1); break;
            case "f": ToggleFollow(); break;
            case "r": await ToggleReplayAsync(); break;
            case "n" when !_isReplaying: await PickNearestAsync(); break;
            case "?": _overlay = "keys"; break;
        }
        StateHasChanged();
    }

    /// <summary>Closes what was opened last, one thing at a time.</summary>
    private async Task EscapeAsync()
    {
        if (_overlay is not null)
            _overlay = null;
        else if (_isMenu)
            _isMenu = false;
        else if (_isPicking)
            await PickNearestAsync();
        else if (_picks is { IsShown: true } picks)
            picks.Close();
        else if (_isAlarms)
            ToggleAlarms();
        else if (Fleet.Selected is not null || !_isReplaying)
            Select(null);
        else
            CloseReplay();
    }

    private Task PickNearestAsync() => _picks?.TogglePickingAsync() ?? Task.CompletedTask;

    private async Task StepAsync(int step)
    {
        if (Fleet.Beside(step) is not { } unit)
            return;
        await ChooseAsync(unit.Number);
        PageInterop.Reveal($"unit-{unit.Number}");
    }

    private async Task<IReadOnlyList<Command>> FindUnitsAsync(string text)
    {
        var page = await _units.ReadAsync(new FleetFilter(text), view: null, 0, CommandSearch.MaxShown, Gone);
        return [.. page.Units.Take(CommandSearch.MaxShown).Select(u => new Command(u.Name, () => ChooseAsync(u.Number)))];
    }

    private static Func<Task> Done(Action act) => () =>
    {
        act();
        return Task.CompletedTask;
    };
}
