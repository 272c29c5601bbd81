using FieldCrm.Core.Live;
using FieldCrm.Dispatch.Alarms;
using FieldCrm.Dispatch.Fleet;
using FieldCrm.Dispatch.Live;
using Microsoft.AspNetCore.Components;

namespace FieldCrm.Dispatch.Shell;

/// <summary>What happens while the console is open: alarms are told and heard, what people say of units is read again.</summary>
public sealed partial class ConsolePage
{
    private const string AvailabilitySet = "AvailabilitySet";

    // Many alarms at once are one look at the list.
    private static readonly TimeSpan CountPause = TimeSpan.FromSeconds(1);

    private bool _isAlarms;
    private int _openAlarms;
    private int _alarmNews;
    private bool _isCounting;
    private AlarmSound _sound = new(IsMuted: false, IsWaiting: false);

    [Inject]
    public required NavigationManager Navigation { get; set; }

    private string AlarmText => _openAlarms == 0 ? Words.Alarms : Text.Formats.Fill(Words.OpenAlarms, CountText);

    // A name holds what can be seen, in its order: so it is found by voice.
    private string AlarmName => _openAlarms == 0 ? Words.Alarms : $"{Words.Alarms} {CountText}";

    private string CountText => _openAlarms >= AlarmsPanel.MaxCounted ? $"{AlarmsPanel.MaxCounted}+" : Formats.Number(_openAlarms);

    private string SoundText => _sound switch
    {
        { IsMuted: true } => Words.SoundMuted,
        { IsWaiting: true } => Words.SoundWaiting,
        _ => Words.SoundOn,
    };

    private void FollowEvents()
    {
        _sound = new AlarmSound(Desk.Preferences.IsMuted, IsWaiting: !PageInterop.IsSoundReady());
        PageInterop.OnSoundReady(() => _ = InvokeAsync(() =>
        {
            _sound = _sound with { IsWaiting = false };
            StateHasChanged();
        }));
        var follower = new EventFollower(new Uri(new Uri(Navigation.BaseUri), Desk.Api.Address("/live/events")));
        follower.Happened += happened => _ = InvokeAsync(() => Happened(happened));
        follower.StartedOver += () => _ = InvokeAsync(AlarmsAreOldAsync);
        _ = follower.RunAsync(Gone);
    }

    private void Happened(LiveEvent happened)
    {
        if (happened is { Type: AvailabilitySet, Unit: { } unit })
            Fleet.UnitIsOld(unit);
        var news = AlarmNews.Of(happened, TimeProvider.System.GetUtcNow());
        if (news.IsOfList)
            _ = AlarmsAreOldAsync();
        if (news.Kind is not { } kind)
            return;
        if (!_sound.IsMuted)
            PageInterop.PlaySound(Codes.IsUrgent(kind) ? "urgent" : "notice");
        var name = happened.DeviceId is { } id ? _units.Known(id)?.Name ?? id : "";
        Desk.Say(new Toast(
            $"{Codes.Alarm(kind, Words)}: {name}", Words.ShowOnMap, () => happened.Unit is { } raisedBy ? ChooseAsync(raisedBy) : Task.CompletedTask,
            IsFailure: Codes.IsUrgent(kind)));
        StateHasChanged();
    }

    /// <summary>The open list reads itself again; the count beside the bell is read here.</summary>
    private async Task AlarmsAreOldAsync()
    {
        if (_isCounting)
            return;
        try
        {
            do
            {
                _isCounting = true;
                await Task.Delay(CountPause, Gone);
                _isCounting = false;
                var answer = await Desk.Api.GetAsync("/api/v1/alarms?states=open&limit=1", Api.ApiJson.Default.AlarmList, Gone);
                _openAlarms = answer.Value?.OpenCount ?? _openAlarms;
                // Whoever cannot be asked now is asked again: nothing else would tell that the count is an old one.
                if (answer.Code?.StartsWith("server.", StringComparison.Ordinal) != true || _isCounting)
                    break;
            }
            while (true);
            _alarmNews++;
            StateHasChanged();
        }
        catch (OperationCanceledException)
        {
            // the console is closed
        }
    }

    private void ToggleAlarms() => _isAlarms = !_isAlarms;

    private void ToggleSound()
    {
        _sound = _sound with { IsMuted = !_sound.IsMuted };
        Desk.Preferences.IsMuted = _sound.IsMuted;
        if (!_sound.IsMuted)
            PageInterop.PlaySound("notice"); // so that one knows it
    }
}

/// <param name="IsWaiting">The browser plays nothing before the reader has touched the page once.</param>
internal sealed record AlarmSound(bool IsMuted, bool IsWaiting);
