using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Map;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Fleet;

/// <summary>What list, map and detail agree on: one selection, one filter, one connection.</summary>
public sealed class FleetState
{
    /// <summary>Somebody chose something, or the connection, the view or the list is another now.</summary>
    public event Action? Changed;

    /// <summary>Once a second: what is drawn from the rows, and every age, reads differently.</summary>
    public event Action? Ticked;
    /// <summary>Somebody said something of the unit of this number: what was read of it is old.</summary>
    public event Action<long>? UnitChanged;

    public FleetFilter Filter { get; private set; } = new();

    public long? Selected { get; private set; }

    public long? Followed { get; private set; }

    public Connection Connection { get; private set; } = ConnectionText.First;

    public Viewport? View { get; private set; }

    public LivePicture Live { get; } = new();

    /// <summary>The moment that everything shows while a replay is open; null while it is now.</summary>
    public DateTimeOffset? ReplayAt { get; private set; }

    /// <summary>The rows that the list last got, in its order; kept when the server is gone.</summary>
    public IReadOnlyList<Unit> Listed { get; private set; } = [];

    public int Total { get; private set; }

    private LivePicture Past { get; } = new();

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

    /// <summary>What is drawn from the rows, and every age, is to be drawn again.</summary>
    public void Tick() => Ticked?.Invoke();

    public void UnitIsOld(long unit) => UnitChanged?.Invoke(unit);

    public void Take(Rows rows)
    {
        var wasNow = ReplayAt is null;
        if (!rows.IsPast)
        {
            Live.Take(rows);
        }
        else
        {
            // Who had not been seen by then is not among them.
            ReplayAt = LivePicture.At(rows.ServerUnixMs);
            Past.Clear();
            Past.Take(rows);
        }
        if (wasNow != ReplayAt is null)
            Changed?.Invoke();
        Tick();
    }

    public void EndReplay() => Set(() => ReplayAt = null, ReplayAt is not null);

    /// <summary>The clock by which ages are told: the server's, or the replay's.</summary>
    public DateTimeOffset Now(DateTimeOffset here) => ReplayAt ?? ConnectionText.Now(Connection, here);

    /// <summary>A unit as the map shows it, now or then.</summary>
    public LiveUnit? RowOf(long number) => ReplayAt is null ? Live.Of(number) : Past.Of(number);

    public UnitLine LineOf(Unit unit, DateTimeOffset here, Formats formats) => ReplayAt is { } at
        ? UnitLine.Then(unit, Past.Of(unit.Number), at, formats)
        : UnitLine.Of(unit, Live.Of(unit.Number), Now(here), formats);

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
