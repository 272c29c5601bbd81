using System.Runtime.InteropServices;
using FieldCrm.Core;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Live;
using FieldCrm.Silo.Positions;

namespace FieldCrm.Hub.Live;

/// <summary>
/// A tenant's units counted in cells, once a second for each level and filter, and cut out for every view: zooming out
/// costs one look at the board however many consoles do it.
/// </summary>
internal sealed class CountGrids(TenantId tenant, IPositionBoard board)
{
    // Levels and filters in use at one time; beyond them a grid is counted again.
    private const int MaxGrids = 32;

    /// <summary>A picture of counts is not older.</summary>
    public const long MaxAgeMs = 1_000;

    private readonly Dictionary<(int Level, WatchFilter? Filter), Grid> _grids = [];
    private readonly List<BoardUnit> _units = [];

    public (int Level, CountCells Cells) Of(WatchRequest watch, long nowMs)
    {
        var level = watch.CountLevel();
        var grid = GridOf(level, watch.Filter, nowMs);
        var northWest = TileKey.Of(new GeoPoint(watch.Box.NorthE7, watch.Box.WestE7), level);
        var southEast = TileKey.Of(new GeoPoint(watch.Box.SouthE7, watch.Box.EastE7), level);
        var isSplit = watch.Box.WestE7 > watch.Box.EastE7;
        var cells = new List<CountCell>();
        foreach (var ((x, y), sum) in grid.Cells)
        {
            if (y < northWest.Y || y > southEast.Y || cells.Count == CountCell.MaxCells)
                continue;
            if (isSplit ? x >= northWest.X || x <= southEast.X : x >= northWest.X && x <= southEast.X)
                cells.Add(sum.ToCell(x, y));
        }
        return (level, new CountCells(CountCell.Encode(CollectionsMarshal.AsSpan(cells))));
    }

    private Grid GridOf(int level, WatchFilter? filter, long nowMs)
    {
        if (_grids.TryGetValue((level, filter), out var known) && nowMs - known.MadeAtMs < MaxAgeMs)
            return known;
        if (_grids.Count >= MaxGrids)
            _grids.Clear();
        var grid = new Grid(nowMs, []);
        _units.Clear();
        board.Collect(tenant, GeoBox.World, _units);
        foreach (ref readonly var unit in CollectionsMarshal.AsSpan(_units))
        {
            if (filter is not null && !filter.Admits(unit))
                continue;
            var cell = TileKey.Of(unit.Last.Position, level);
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(grid.Cells, (cell.X, cell.Y), out _);
            sum.Add(unit);
        }
        _units.Clear();
        _grids[(level, filter)] = grid;
        return grid;
    }

    private sealed record Grid(long MadeAtMs, Dictionary<(int X, int Y), Sum> Cells);

    private struct Sum
    {
        private uint _count;
        private uint _alarms;
        private long _latitudeE7;
        private long _longitudeE7;

        public void Add(in BoardUnit unit)
        {
            _count++;
            if ((unit.Marks.Flags & UnitFlags.OpenAlarm) != 0)
                _alarms++;
            _latitudeE7 += unit.Last.Position.LatitudeE7;
            _longitudeE7 += unit.Last.Position.LongitudeE7;
        }

        public readonly CountCell ToCell(int x, int y) => new(
            (uint)x, (uint)y, _count, _alarms, new GeoPoint((int)(_latitudeE7 / _count), (int)(_longitudeE7 / _count)));
    }
}
