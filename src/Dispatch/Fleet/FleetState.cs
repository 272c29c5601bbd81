using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Map;

namespace FieldCrm.Dispatch.Fleet;

/// <summary>What list, map and detail agree on: one selection, one filter, one connection.</summary>
public sealed class FleetState
{
    public event Action? Changed;

    /// <summary>Somebody said something of the unit of this number: what was read of it is old.</summary>
    public event Action<long>? UnitChanged;

    public FleetFilter Filter { get; private set; } = new();

    public long? Selected { get; private set; }

    public long? Followed { get; private set; }

    public Connection Connection { get; private set; } = ConnectionText.First;

    public Viewport? View { get; private set; }

    public LivePicture Live { get; } = new();

    /// <summary>The rows that the list last got, in its order; kept when the server is gone.</summary>
    public IReadOnlyList<Unit> Listed { get; private set; } = [];

    public int Total { get; private set; }

    public void Choose(FleetFilter filter) => Set(() => Filter = filter, Filter != filter);

    public void Select(long? unit)
    {
        var changed = Selected != unit;
        Set(() => Selected = unit, changed);
    }

    public void FollowIs(long? unit) => Set(() => Followed = unit, Followed != unit);

    public void ConnectionIs(Connection connection) => Set(() => Connection = connection, Connection != connection);

    public void ViewIs(Viewport view) => Set(() => View = view, View != view);

    public void ListIs(IReadOnlyList<Unit> units, int total) => Set(() => (Listed, Total) = (units, total), isChange: true);

    public void UnitIsOld(long unit) => UnitChanged?.Invoke(unit);

    /// <summary>Rows came: what is drawn from <see cref="Live"/> is to be drawn again.</summary>
    public void Tick() => Changed?.Invoke();

    /// <summary>The unit beside the selected one in the list's order; the first where none is selected.</summary>
    /// <param name="step">1 down, −1 up.</param>
    public Unit? Beside(int step)
    {
        if (Listed.Count == 0)
            return null;
        var at = -1;
        for (var i = 0; i < Listed.Count && at < 0; i++)
            at = Listed[i].Number == Selected ? i : -1;
        return at < 0 ? Listed[0] : Listed[Math.Clamp(at + step, 0, Listed.Count - 1)];
    }

    private void Set(Action set, bool isChange)
    {
        if (!isChange)
            return;
        set();
        Changed?.Invoke();
    }
}
