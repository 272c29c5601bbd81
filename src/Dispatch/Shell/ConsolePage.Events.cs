using FieldCrm.Core.Live;
using FieldCrm.Dispatch.Fleet;
using FieldCrm.Dispatch.Live;
using Microsoft.AspNetCore.Components;

namespace FieldCrm.Dispatch.Shell;

/// <summary>What happens while the console is open: alarms are told, what a unit's administration changed is read again.</summary>
public sealed partial class ConsolePage
{
    private const string AlarmRaised = "AlarmRaised";

    // Older ones are history that came late, not news.
    private static readonly TimeSpan News = TimeSpan.FromMinutes(10);

    private bool _isAlarms;
    private int _newAlarms;
    private int _alarmNews;

    [Inject]
    public required NavigationManager Navigation { get; set; }

    private string AlarmText => _newAlarms == 0 ? Words.Alarms : Text.Formats.Fill(Words.OpenAlarms, _newAlarms);

    private void FollowEvents()
    {
        var follower = new EventFollower(new Uri(new Uri(Navigation.BaseUri), Desk.Api.Address("/live/events")));
        follower.Happened += happened => _ = InvokeAsync(() => Happened(happened));
        follower.StartedOver += () => _ = InvokeAsync(() =>
        {
            _alarmNews++;
            StateHasChanged();
        });
        _ = follower.RunAsync(Gone);
    }

    private void Happened(LiveEvent happened)
    {
        var isNews = TimeProvider.System.GetUtcNow() - happened.RecordedAt < News;
        if (!happened.Type.Equals(AlarmRaised, StringComparison.OrdinalIgnoreCase) || !isNews)
            return;
        _alarmNews++;
        if (!_isAlarms)
            _newAlarms++;
        var name = happened.DeviceId is { } id ? _units.Known(id)?.Name ?? id : "";
        Desk.Say(new Toast($"{Words.Alarm}: {name}", Words.ShowOnMap, () => happened.Unit is { } unit ? ChooseAsync(unit) : Task.CompletedTask));
        StateHasChanged();
    }

    private void ToggleAlarms()
    {
        _isAlarms = !_isAlarms;
        _newAlarms = 0;
    }

    private async Task ChooseDeviceAsync(string device)
    {
        var number = _units.Known(device)?.Number;
        if (number is null)
        {
            var page = await _units.ReadAsync(new FleetFilter(device), view: null, 0, CommandSearch.MaxShown, Gone);
            number = page.Units.FirstOrDefault(u => u.Id == device)?.Number;
        }
        if (number is { } found)
            await ChooseAsync(found);
    }
}
