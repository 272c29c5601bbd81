using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Tests.Geo;

public sealed class GeoDistanceTests(Xunit.Abstractions.ITestOutputHelper output)
{
    // Pinned to the millimetre: these are inside stored events. A change of any is a change of DeviceFold.Version.
    [Theory]
    [InlineData(0, 0, 0, 0, 0)]
    [InlineData(0, 0, 0, 1, 11)]
    [InlineData(0, 0, 1, 0, 11)]
    [InlineData(481_351_253, 115_819_806, 481_361_253, 115_819_806, 111_195)]
    [InlineData(481_351_253, 115_819_806, 481_351_253, 115_829_806, 74_209)]
    [InlineData(481_351_253, 115_819_806, 525_200_066, 134_049_540, 504_413_524)]        // Munich to Berlin
    [InlineData(-344_914_000, -565_033_000, -349_011_000, -561_645_000, 55_088_941)]     // Montevideo
    [InlineData(-178_000_000, 1_799_999_000, -178_000_000, -1_799_999_000, 21_174)]      // across the antimeridian
    [InlineData(0, 1_800_000_000, 0, -1_800_000_000, 0)]                                 // the same meridian
    [InlineData(899_999_000, 0, 899_999_000, 1_800_000_000, 22_239)]                     // across the pole
    [InlineData(900_000_000, 0, -900_000_000, 0, GeoDistance.MaxMm)]
    [InlineData(0, 0, 0, 1_800_000_000, GeoDistance.MaxMm)]
    [InlineData(0, 0, 0, 900_000_000, 10_007_557_221)]
    public void Given_two_points_When_measured_Then_the_exact_millimetres(
        int fromLatitude, int fromLongitude, int toLatitude, int toLongitude, long expectedMm)
    {
        var from = new GeoPoint(fromLatitude, fromLongitude);
        var to = new GeoPoint(toLatitude, toLongitude);
        Assert.Equal(expectedMm, GeoDistance.Mm(from, to));
        Assert.Equal(expectedMm, GeoDistance.Mm(to, from));
    }

    [Fact]
    public void Given_random_points_within_100_km_When_measured_Then_within_a_ten_thousandth_of_the_haversine()
    {
        var random = new Random(7);
        var worst = 0.0;
        for (var i = 0; i < 200_000; i++)
        {
            var from = RandomPoint(random, i % 4 == 0 ? 899_000_000 : -GeoPoint.MaxLatitudeE7); // every fourth at the pole
            var reach = Math.Pow(10, random.NextDouble() * 7); // 1e-7° … 1°
            var to = Shifted(from, (random.NextDouble() - 0.5) * reach * 1.6, (random.NextDouble() - 0.5) * reach * 1.6);
            var exact = HaversineMm(from, to);
            if (exact > 100_000_000)
                continue;
            Assert.True(GeoDistance.UpperBoundMm(from, to) >= GeoDistance.Mm(from, to));
            var error = Math.Abs(GeoDistance.Mm(from, to) - exact);
            worst = Math.Max(worst, (error - 2) / Math.Max(exact, 1));
            if (error > exact * 1e-4 + 2)
                Assert.Fail($"{from} to {to}: {GeoDistance.Mm(from, to)} mm, exactly {exact:F1}");
        }
        output.WriteLine($"worst relative error beyond 2 mm: {worst:E2}");
    }

    [Fact]
    public void Given_any_two_points_on_earth_When_measured_Then_within_a_ten_thousandth_symmetric_and_bounded()
    {
        var random = new Random(11);
        for (var i = 0; i < 100_000; i++)
        {
            var from = RandomPoint(random, -GeoPoint.MaxLatitudeE7);
            var to = RandomPoint(random, -GeoPoint.MaxLatitudeE7);
            var measured = GeoDistance.Mm(from, to);
            Assert.InRange(measured, 0, Math.Min(GeoDistance.MaxMm, GeoDistance.UpperBoundMm(from, to)));
            Assert.Equal(measured, GeoDistance.Mm(to, from));
            Assert.InRange(measured, HaversineMm(from, to) * 0.9999 - 2, HaversineMm(from, to) * 1.0001 + 2);
        }
    }

    [Fact]
    public void Given_a_step_along_a_street_When_it_crosses_the_antimeridian_Then_it_is_as_long_as_anywhere()
    {
        foreach (var latitude in new[] { 0, -178_000_000, 650_000_000, 840_000_000 })
        {
            var here = GeoDistance.Mm(new GeoPoint(latitude, 100_000_000), new GeoPoint(latitude + 300, 100_002_000));
            var there = GeoDistance.Mm(new GeoPoint(latitude, 1_799_999_000), new GeoPoint(latitude + 300, -1_799_999_000));
            Assert.Equal(here, there);
        }
    }

    [Theory]
    [InlineData(0UL, 0L)]
    [InlineData(15UL, 3L)]
    [InlineData(16UL, 4L)]
    [InlineData(ulong.MaxValue, uint.MaxValue)]
    [InlineData(18446744065119617024UL, 4294967294L)] // (2^32 - 2)² … just below (2^32 - 1)²
    [InlineData(18446744065119617025UL, 4294967295L)]
    public void Given_an_integer_When_its_root_is_taken_Then_it_is_rounded_down(ulong value, long root)
    {
        Assert.Equal(root, FixedTrig.Sqrt(value));
        Assert.Equal(root, FixedTrig.Sqrt((UInt128)value));
    }

    [Fact]
    public void Given_large_squares_When_their_root_is_taken_Then_it_is_exact()
    {
        var random = new Random(13);
        for (var i = 0; i < 20_000; i++)
        {
            var root = random.NextInt64(1, long.MaxValue) >> random.Next(0, 62);
            if (root < 2)
                continue;
            var square = (UInt128)root * (UInt128)root;
            Assert.Equal(root, FixedTrig.Sqrt(square));
            Assert.Equal(root - 1, FixedTrig.Sqrt(square - 1));
        }
    }

    [Fact]
    public void Given_angles_When_turned_into_sine_cosine_and_back_Then_within_2_to_the_minus_49()
    {
        const double scale = FixedTrig.One;
        for (var halfE7 = 0L; halfE7 <= 1_800_000_000; halfE7 += 999_983)
        {
            var radians = halfE7 * Math.PI / 3.6e9;
            Assert.InRange(FixedTrig.SinHalfE7(halfE7) / scale - Math.Sin(radians), -1.7e-15, 1.7e-15);
            Assert.InRange(FixedTrig.CosHalfE7(halfE7) / scale - Math.Cos(radians), -1.7e-15, 1.7e-15);
            Assert.InRange(FixedTrig.CosHalfE7(-halfE7) / scale - Math.Cos(radians), -1.7e-15, 1.7e-15);
            var sine = halfE7 / 1.8e9;
            Assert.InRange(FixedTrig.Asin((long)(sine * scale)) / scale - Math.Asin(sine), -1.7e-15, 1.7e-15);
        }
    }

    internal static double HaversineMm(GeoPoint from, GeoPoint to)
    {
        const double toRadians = Math.PI / 180 / GeoPoint.UnitsPerDegree;
        var north = Math.Sin(((double)to.LatitudeE7 - from.LatitudeE7) * toRadians / 2);
        var east = Math.Sin(((double)to.LongitudeE7 - from.LongitudeE7) * toRadians / 2);
        var square = north * north
            + Math.Cos(from.LatitudeE7 * toRadians) * Math.Cos(to.LatitudeE7 * toRadians) * east * east;
        return 2 * 6_371_008_800.0 * Math.Asin(Math.Min(1, Math.Sqrt(square)));
    }

    private static GeoPoint RandomPoint(Random random, int minLatitudeE7) => new(
        random.Next(minLatitudeE7, GeoPoint.MaxLatitudeE7 + 1), random.Next(-GeoPoint.MaxLongitudeE7, GeoPoint.MaxLongitudeE7 + 1));

    private static GeoPoint Shifted(GeoPoint from, double north, double east)
    {
        var latitude = Math.Clamp(from.LatitudeE7 + (long)north, -GeoPoint.MaxLatitudeE7, GeoPoint.MaxLatitudeE7);
        var longitude = from.LongitudeE7 + (long)east;
        if (longitude > GeoPoint.MaxLongitudeE7)
            longitude -= 2L * GeoPoint.MaxLongitudeE7;
        if (longitude < -GeoPoint.MaxLongitudeE7)
            longitude += 2L * GeoPoint.MaxLongitudeE7;
        return new GeoPoint((int)latitude, (int)longitude);
    }
}
