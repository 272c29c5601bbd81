using FieldCrm.Core.Geo;
using FieldCrm.Core.Live;
using FieldCrm.Silo.Positions;

namespace FieldCrm.Hub.Live;

/// <summary>What a console looks at (docs/wire/LIVE.md).</summary>
/// <param name="Watch">The client's number for it; answers carry it.</param>
/// <param name="Zoom">Of the map, in tiles of 512 px.</param>
/// <param name="Filter">Null admits everything.</param>
internal sealed record WatchRequest(int Watch, GeoBox Box, double Zoom, WatchFilter? Filter)
{
    /// <summary>Most tiles that a connection watches.</summary>
    public const int MaxTiles = 128;

    private const double MaxZoom = 26;

    // From fine to coarse; each eight times as wide as the one before.
    private static readonly int[] Levels = [14, 11, 8, 5, 2];

    /// <summary>Takes what a client sent: edges beyond the world are moved into it. Null when it makes no sense.</summary>
    public static WatchRequest? Of(int watch, long southE7, long westE7, long northE7, long eastE7, double zoom, WatchFilter? filter)
    {
        if (!double.IsFinite(zoom) || southE7 > northE7)
            return null;
        const long full = 2L * GeoPoint.MaxLongitudeE7;
        var isAround = eastE7 - westE7 >= full;
        return new WatchRequest(
            watch,
            new GeoBox(
                Latitude(southE7), isAround ? -GeoPoint.MaxLongitudeE7 : Longitude(westE7),
                Latitude(northE7), isAround ? GeoPoint.MaxLongitudeE7 : Longitude(eastE7)),
            Math.Clamp(zoom, 0, MaxZoom), filter);

        static int Latitude(long e7) => (int)Math.Clamp(e7, -GeoPoint.MaxLatitudeE7, GeoPoint.MaxLatitudeE7);

        static int Longitude(long e7) => e7 is >= -GeoPoint.MaxLongitudeE7 and <= GeoPoint.MaxLongitudeE7
            ? (int)e7
            : (int)((((e7 + GeoPoint.MaxLongitudeE7) % full) + full) % full - GeoPoint.MaxLongitudeE7);
    }

    /// <summary>The finest tiles that are no more than <see cref="MaxTiles"/> and at least 256 px wide.</summary>
    public TileKey[] Tiles()
    {
        foreach (var level in Levels)
        {
            if (level <= Zoom + 1 && CountAt(level) <= MaxTiles)
                return At(level);
        }
        return At(Levels[^1]);
    }

    /// <summary>The finest level whose cells are at least 32 px wide and no more than a message holds.</summary>
    public int CountLevel()
    {
        var level = Math.Min((int)Math.Floor(Zoom) + 4, TileKey.MaxLevel);
        while (level > 0 && CountAt(level) > CountCell.MaxCells)
            level--;
        return level;
    }

    private long CountAt(int level)
    {
        var (first, last) = Corners(level);
        long columns = last.X - first.X + 1;
        if (Box.WestE7 > Box.EastE7)
            columns = Math.Min(1L << level, columns + (1L << level));
        return columns * (last.Y - first.Y + 1L);
    }

    private TileKey[] At(int level)
    {
        var (first, last) = Corners(level);
        var side = 1 << level;
        var columns = Box.WestE7 <= Box.EastE7 ? last.X - first.X + 1 : Math.Min(side, last.X - first.X + 1 + side);
        var tiles = new TileKey[columns * (last.Y - first.Y + 1)];
        var at = 0;
        for (var y = first.Y; y <= last.Y; y++)
        {
            for (var column = 0; column < columns; column++)
                tiles[at++] = new TileKey(level, (first.X + column) % side, y);
        }
        return tiles;
    }

    private (TileKey NorthWest, TileKey SouthEast) Corners(int level) => (
        TileKey.Of(new GeoPoint(Box.NorthE7, Box.WestE7), level), TileKey.Of(new GeoPoint(Box.SouthE7, Box.EastE7), level));
}

/// <summary>Which units counts include. Bit n of a mask admits value n; a mask of 0 admits all.</summary>
/// <param name="Text">A part of the unit's id or name, whatever its case; null or empty admits all.</param>
internal sealed record WatchFilter(int Kinds, int Availabilities, int Motions, string? Text)
{
    public const int MaxTextLength = 200;

    public bool Admits(in BoardUnit unit) =>
        Admits(Kinds, (int)unit.Marks.Kind) && Admits(Availabilities, (int)unit.Marks.Availability) && Admits(Motions, (int)unit.Last.Motion);

    private static bool Admits(int mask, int value) => mask == 0 || (mask & (1 << value)) != 0;
}
