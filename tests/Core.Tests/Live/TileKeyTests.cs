using FieldCrm.Core.Geo;
using FieldCrm.Core.Live;

namespace FieldCrm.Core.Tests.Live;

public sealed class TileKeyTests
{
    // Tile numbers as every slippy map has them: https://wiki.openstreetmap.org/wiki/Slippy_map_tilenames
    [Theory]
    [InlineData(-349_011_234, -561_645_678, 11, 704, 1_236)]
    [InlineData(0, 0, 2, 2, 2)]
    [InlineData(900_000_000, 1_800_000_000, 5, 31, 0)]
    [InlineData(-900_000_000, -1_800_000_000, 14, 0, 16_383)]
    [InlineData(851_000_000, 0, 8, 128, 0)]
    public void Given_a_point_When_asked_Then_its_tile(int latitudeE7, int longitudeE7, int level, int x, int y) =>
        Assert.Equal(new TileKey(level, x, y), TileKey.Of(new GeoPoint(latitudeE7, longitudeE7), level));

    [Fact]
    public void Given_points_everywhere_When_asked_Then_a_coarser_tile_is_the_parent_and_the_outline_holds_the_point()
    {
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var point = new GeoPoint(random.Next(-900_000_000, 900_000_001), random.Next(-1_800_000_000, 1_800_000_001));
            var fine = TileKey.Of(point, 14);
            foreach (var level in (int[])[11, 8, 5, 2])
                Assert.Equal(TileKey.Of(point, level), fine.At(level));
            var (south, west, north, east) = fine.Outline();
            Assert.InRange(point.LatitudeE7, south, north);
            Assert.InRange(point.LongitudeE7, west, east);
        }
    }
}
