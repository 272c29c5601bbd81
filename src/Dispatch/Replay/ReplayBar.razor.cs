using System.Globalization;
using System.Runtime.InteropServices.JavaScript;
using FieldCrm.Dispatch.Fleet;
using FieldCrm.Dispatch.Map;
using FieldCrm.Dispatch.Shell;
using Microsoft.AspNetCore.Components;

namespace FieldCrm.Dispatch.Replay;

/// <summary>One scrubber for the whole fleet: it loads a span, and says where its clock stands.</summary>
public sealed partial class ReplayBar
{
    /// <summary>Colours that can be told apart, less one for the unit that is selected.</summary>
    public const int MaxPinned = 5;

    private const int DaysOffered = 8;
    private static readonly ReplayCurves NoCurves = new([], []);

    private ReplaySpan _span = new(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);
    private IReadOnlyList<ReplayTick> _ticks = [];
    private ReplayCurves _curves = NoCurves;
    private string _curvesAre = "";
    private ReplayTime? _time;
    private string? _failure;
    private bool _isTooLarge;
    private bool _isOnly;
    private int _peopleLeftOut;
    private bool _asksWhy;
    private string? _reason;
    private int _rate = 10;
    private int _loads;

    [Parameter, EditorRequired]
    public required MapSession Map { get; set; }

    [Parameter, EditorRequired]
    public required MapEvents Events { get; set; }

    [Parameter, EditorRequired]
    public required FleetState Fleet { get; set; }

    /// <summary>The reader's day that is played; null for the last hours.</summary>
    [Parameter]
    public DateOnly? Day { get; set; }

    [Parameter]
    public EventCallback<DateOnly?> DayChosen { get; set; }

    [Parameter]
    public long? Selected { get; set; }

    /// <summary>Units that stay in the chart whatever is selected.</summary>
    [Parameter]
    public IReadOnlyList<long> Pinned { get; set; } = [];

    [Parameter]
    public EventCallback<IReadOnlyList<long>> PinnedChanged { get; set; }

    [Parameter, EditorRequired]
    public required Func<long, string?> NameOfUnit { get; set; }

    [Parameter]
    public EventCallback<long> Chosen { get; set; }

    [Parameter]
    public EventCallback FollowAsked { get; set; }

    [Parameter]
    public EventCallback Closed { get; set; }

    private DateOnly Today => Formats.DayOf(TimeProvider.System.GetUtcNow());

    private IEnumerable<DateOnly> Days
    {
        get
        {
            var days = Enumerable.Range(0, DaysOffered).Select(i => Today.AddDays(-i));
            return Day is { } other && other < Today.AddDays(1 - DaysOffered) ? days.Append(other) : days;
        }
    }

    /// <summary>What has a path and a line in the chart, in the order of their colours.</summary>
    private List<long> Shown => Selected is { } selected && !Pinned.Contains(selected) ? [.. Pinned, selected] : [.. Pinned];

    private DateTimeOffset Moment => LivePicture.At(_time?.UnixMs ?? 0);

    private string ChartText => _curves.Units.Count > 0
        ? Formats.Speed(ReplayChart.TopMps(_curves))
        : Text.Formats.Fill(Words.UnitsMoving, Formats.Number(ReplayChart.MostMoving(_curves)));

    /// <summary>One of the replay's keys; false when it is none of them.</summary>
    public bool Press(string key)
    {
        if (_time is not { } time)
            return false;
        switch (key)
        {
            case ReplayKeys.PlayOrPause: Toggle(); break;
            case ReplayKeys.Slower: SetRate(ReplaySpan.RateBeside(_rate, -1)); break;
            case ReplayKeys.Faster: SetRate(ReplaySpan.RateBeside(_rate, 1)); break;
            case ReplayKeys.Begin: Map.SeekReplay(_span.FromUnixMs); break;
            case ReplayKeys.End: Map.SeekReplay(_span.ToUnixMs); break;
            default:
                if (ReplayKeys.StepMs(key) is not { } step)
                    return false;
                Map.SeekReplay(time.UnixMs + step);
                break;
        }
        return true;
    }

    protected override void OnInitialized()
    {
        base.OnInitialized();
        Events.ReplayMoved += Moved;
        Fleet.Changed += Redraw;
        Fleet.Ticked += Redraw;
        _ = LoadAsync();
    }

    protected override void OnParametersSet() => ReadCurves();

    protected override void Leave()
    {
        Events.ReplayMoved -= Moved;
        Fleet.Changed -= Redraw;
        Fleet.Ticked -= Redraw;
        _loads++;
        Map.CloseReplay();
        Fleet.EndReplay();
    }

    private async Task LoadAsync()
    {
        var load = ++_loads;
        (_time, _failure, _isTooLarge, _curves, _curvesAre) = (null, null, false, NoCurves, "");
        (_peopleLeftOut, _asksWhy) = (0, false);
        _span = ReplaySpan.Of(Day, Formats, TimeProvider.System.GetUtcNow());
        _ticks = ReplayChart.Ticks(_span, Formats);
        StateHasChanged();
        try
        {
            Map.PinReplay([.. Pinned]);
            var loaded = await Map.LoadReplayAsync(Desk.Api.Address(_span.Address(_isOnly ? Shown : [], _reason)));
            if (load != _loads)
                return;
            _peopleLeftOut = loaded?.PeopleLeftOut ?? 0;
            if (loaded is not { Units.Length: > 0 })
                Fail(Words.ReplayEmpty);
        }
        catch (JSException e) when (load == _loads)
        {
            var code = ReplayFailure.CodeOf(e.Message);
            if (code == ReplayFailure.Closed)
                return;
            _isTooLarge = code == ReplayFailure.TooLarge;
            if (code == ReplayFailure.CutOff && _time is { } time)
                _failure = Text.Formats.Fill(Words.ReplayCutOff, Formats.Time(LivePicture.At(time.LoadedToUnixMs)));
            else
                Fail(ReplayFailure.Text(e.Message, Words));
        }
        catch (JSException)
        {
            return; // another one was asked for meanwhile
        }
        if (load == _loads)
            StateHasChanged();
    }

    private void Fail(string text)
    {
        (_failure, _time) = (text, null);
        Map.CloseReplay();
        Fleet.EndReplay();
    }

    private void Moved(ReplayTime time) => _ = InvokeAsync(() =>
    {
        if (_failure is not null && _time is null)
            return;
        var isFirst = _time is null;
        _time = time;
        // It begins by itself, unless the reader asked for less motion.
        if (isFirst && !PageInterop.IsStill())
            Map.PlayReplay(_rate);
        ReadCurves();
        StateHasChanged();
    });

    /// <summary>Again only when there is more of the replay, or when it is about other units.</summary>
    private void ReadCurves()
    {
        var shown = Shown;
        var wanted = FormattableString.Invariant($"{_time?.LoadedToUnixMs} {_time?.Loading} {string.Join(' ', shown)}");
        if (_time is null || wanted == _curvesAre)
            return;
        _curvesAre = wanted;
        _curves = Map.ReplayCurves([.. shown], _span.FromUnixMs, _span.ToUnixMs, ReplayChart.Steps) ?? NoCurves;
    }

    private async Task PickAsync(ChangeEventArgs e)
    {
        DateOnly? day = DateOnly.TryParseExact(e.Value as string, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var chosen) ? chosen : null;
        // A reason is for what was looked at with it.
        (Day, _reason) = (day, null);
        await DayChosen.InvokeAsync(day);
        await LoadAsync();
    }

    private void Toggle()
    {
        if (_time is { Playing: true })
            Map.PauseReplay();
        else
            Map.PlayReplay(_rate);
    }

    private void SetRate(int rate)
    {
        _rate = rate;
        Map.PlayReplay(rate);
    }

    private void Scrub(ChangeEventArgs e)
    {
        if (double.TryParse(e.Value as string, CultureInfo.InvariantCulture, out var permille))
            Map.SeekReplay(_span.At(permille / 1000));
    }

    private async Task PinAsync(long number)
    {
        IReadOnlyList<long> pinned = Pinned.Contains(number) ? [.. Pinned.Where(p => p != number)] : [.. Pinned, number];
        Map.PinReplay([.. pinned]);
        await PinnedChanged.InvokeAsync(pinned);
    }

    private Task WithPeopleAsync(string reason)
    {
        _reason = reason;
        return LoadAsync();
    }

    private Task OnlyAsync(bool isOnly)
    {
        _isOnly = isOnly;
        return LoadAsync();
    }

    private string UnitName(long number) => NameOfUnit(number) ?? number.ToString(CultureInfo.InvariantCulture);

    private string SpeedOf(long number) => Fleet.RowOf(number)?.SpeedMps is { } speed ? Formats.Speed(speed) : "–";

    private string NameOf(DateOnly day) => (Today.DayNumber - day.DayNumber) switch
    {
        0 => Words.Today,
        1 => Words.Yesterday,
        _ => Formats.Date(day),
    };

    // One path is drawn in the colours of its speed, and its line in the chart in the accent.
    private string Colour(int at) => Shown.Count == 1 ? "" : $"p{at}";

    private static string Percent(double fraction) => (fraction * 100).ToString("0.##", CultureInfo.InvariantCulture) + "%";
}
