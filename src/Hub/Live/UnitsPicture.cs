using System.Runtime.InteropServices;
using FieldCrm.Core;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Live;
using FieldCrm.Silo.Positions;

namespace FieldCrm.Hub.Live;

/// <summary>
/// One tenant's live picture in this process: who watches which tiles, what changed in each since the last tick, every
/// tile encoded once. Used by one tick at a time.
/// </summary>
internal sealed class UnitsPicture(TenantId tenant, IPositionBoard board, LiveMetrics metrics)
{
    private readonly Dictionary<TileKey, WatchedTile> _tiles = [];
    private readonly SortedDictionary<int, int> _tilesAtLevel = [];
    private readonly List<WatchedTile> _touched = [];
    private readonly List<BoardUnit> _units = [];
    private readonly CountGrids _grids = new(tenant, board);
    private long _version = -1;
    private long _tick;

    public List<UnitsConnection> Connections { get; } = [];

    public TenantId Tenant => tenant;

    /// <summary>Begins a tick: takes what changed and sorts it into tiles and connections.</summary>
    public void Refresh(long baseUnixMs)
    {
        _tick++;
        var changes = board.Changes(tenant, _version);
        _version = changes.Version;
        if (changes.IsLapped)
        {
            foreach (var connection in Connections)
                connection.IsBehind = true;
            return;
        }
        foreach (var change in changes.Changes)
            Sort(change);
        foreach (var tile in _touched)
        {
            var block = UnitBlock.Encode(CollectionsMarshal.AsSpan(tile.Changed), CollectionsMarshal.AsSpan(tile.Gone), baseUnixMs);
            tile.Changed.Clear();
            tile.Gone.Clear();
            foreach (var watcher in tile.Watchers)
                watcher.Blocks.Add(block);
        }
        metrics.Encoded(_touched.Count);
        _touched.Clear();
    }

    /// <summary>Before a connection's watch changes, and when it has closed.</summary>
    public void Leave(UnitsConnection connection)
    {
        foreach (var key in connection.Tiles)
        {
            if (!_tiles.TryGetValue(key, out var tile))
                continue;
            tile.Watchers.Remove(connection);
            if (tile.Watchers.Count > 0)
                continue;
            _tiles.Remove(key);
            if (--_tilesAtLevel[key.Level] == 0)
                _tilesAtLevel.Remove(key.Level);
        }
    }

    /// <summary>After it.</summary>
    public void Join(UnitsConnection connection)
    {
        foreach (var key in connection.Tiles)
        {
            if (!_tiles.TryGetValue(key, out var tile))
            {
                _tiles.Add(key, tile = new WatchedTile(key));
                _tilesAtLevel[key.Level] = _tilesAtLevel.GetValueOrDefault(key.Level) + 1;
            }
            tile.Watchers.Add(connection);
        }
    }

    public int CountIn(in GeoBox box) => board.CountIn(tenant, box);

    /// <summary>All units of a connection's tiles, each tile encoded once a tick; null when they are more than may be sent.</summary>
    public UnitBlocks? Snapshot(UnitsConnection connection, long baseUnixMs, int maxUnits)
    {
        var blocks = new List<byte[]>(connection.Tiles.Length);
        var bytes = 0L;
        foreach (var key in connection.Tiles)
        {
            var block = BlockOf(_tiles[key], baseUnixMs);
            bytes += block.Length;
            if (bytes > (long)maxUnits * UnitRecord.Size)
                return null;
            if (block.Length > UnitRecord.Size / 4) // an empty tile says nothing
                blocks.Add(block);
        }
        return new UnitBlocks(blocks);
    }

    public (int Level, CountCells Cells) Counts(WatchRequest watch, long now) => _grids.Of(watch, now);

    private byte[] BlockOf(WatchedTile tile, long baseUnixMs)
    {
        if (tile.SnapshotTick == _tick && tile.Snapshot is { } made)
            return made;
        var (south, west, north, east) = tile.Key.Outline();
        _units.Clear();
        board.Collect(tenant, new GeoBox(south, west, north, east), _units);
        foreach (var unit in _units)
        {
            if (TileKey.Of(unit.Last.Position, tile.Key.Level) == tile.Key)
                tile.Records.Add(unit.ToRecord());
        }
        var block = UnitBlock.Encode(CollectionsMarshal.AsSpan(tile.Records), [], baseUnixMs);
        tile.Records.Clear();
        (tile.Snapshot, tile.SnapshotTick) = (block, _tick);
        metrics.Encoded(1);
        return block;
    }

    private void Sort(in UnitChange change)
    {
        if (_tilesAtLevel.Count == 0)
            return;
        var finest = _tilesAtLevel.Keys.Last();
        TileKey? before = change.Before is { } was ? TileKey.Of(was, finest) : null;
        TileKey? after = change.Now is { } now ? TileKey.Of(now.Last.Position, finest) : null;
        foreach (var level in _tilesAtLevel.Keys)
        {
            var from = before?.At(level);
            var to = after?.At(level);
            if (from is { } left && left != to && _tiles.TryGetValue(left, out var old))
                Touch(old).Gone.Add((uint)change.Device.Value);
            if (to is { } entered && change.Now is { } shown && _tiles.TryGetValue(entered, out var current))
                Touch(current).Changed.Add(shown.ToRecord());
        }
    }

    private WatchedTile Touch(WatchedTile tile)
    {
        if (tile.Changed.Count + tile.Gone.Count == 0)
            _touched.Add(tile);
        return tile;
    }

    private sealed class WatchedTile(TileKey key)
    {
        public TileKey Key => key;

        public List<UnitsConnection> Watchers { get; } = [];

        public List<UnitRecord> Changed { get; } = [];

        public List<uint> Gone { get; } = [];

        public List<UnitRecord> Records { get; } = [];

        public byte[]? Snapshot { get; set; }

        public long SnapshotTick { get; set; } = -1;
    }
}
