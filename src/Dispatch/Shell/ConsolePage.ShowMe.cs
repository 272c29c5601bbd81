using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Map;

namespace FieldCrm.Dispatch.Shell;

/// <summary>The card for newcomers: shown until it is put away, and in the menu from then on.</summary>
public sealed partial class ConsolePage
{
    private bool _mayShowMe;
    private bool _isShowingMe;

    private void OfferShowMe(ConsoleSettings? settings)
    {
        _mayShowMe = settings?.ShowsDemonstration ?? false;
        _isShowingMe = _mayShowMe && !Desk.Preferences.IsShowMeHidden;
    }

    private void ShowMe(bool isShown)
    {
        (_isShowingMe, _isMenu) = (isShown, false);
        Desk.Preferences.IsShowMeHidden = !isShown;
    }

    /// <summary>The whole fleet, as it drove since this time yesterday.</summary>
    private void ShowYesterday()
    {
        Select(null);
        _map?.SetView(Montevideo);
        OpenReplay(day: null); // the fleet's history is of the last 24 hours, whatever the calendar says
    }
}
