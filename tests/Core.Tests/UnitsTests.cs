namespace FieldCrm.Core.Tests;

public sealed class UnitsTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 514)] // 514.44…
    [InlineData(9, 4_630)]
    [InlineData(15, 7_717)] // 7,716.66…
    [InlineData(-0.1, null)]
    [InlineData(double.NaN, null)]
    [InlineData(double.PositiveInfinity, null)]
    [InlineData(double.NegativeInfinity, null)]
    [InlineData(1e300, null)]
    public void Given_knots_When_converted_Then_whole_millimetres_a_second(double knots, int? expected) =>
        Assert.Equal(expected, Units.MmpsFromKnots(knots));

    [Theory]
    [InlineData(13.9, 13_900)]
    [InlineData(0.0005, 1)]
    [InlineData(0.00049, 0)]
    [InlineData(10_000, 10_000_000)]
    [InlineData(10_000.001, null)]
    [InlineData(-1, null)]
    [InlineData(double.NaN, null)]
    public void Given_metres_a_second_When_converted_Then_whole_millimetres_a_second(double mps, int? expected) =>
        Assert.Equal(expected, Units.MmpsFromMps(mps));

    [Theory]
    [InlineData(3.6, 1_000)]
    [InlineData(100, 27_778)] // 27,777.77…
    [InlineData(36_000, 10_000_000)]
    [InlineData(36_000.1, null)]
    public void Given_kilometres_an_hour_When_converted_Then_whole_millimetres_a_second(double kmh, int? expected) =>
        Assert.Equal(expected, Units.MmpsFromKmh(kmh));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(359.99, 35_999)]
    [InlineData(359.996, 0)]
    [InlineData(360, 0)]
    [InlineData(360.01, null)]
    [InlineData(-0.01, null)]
    [InlineData(double.NaN, null)]
    public void Given_degrees_When_converted_Then_hundredths_with_one_north(double degrees, int? expected) =>
        Assert.Equal(expected, Units.CdegFromDegrees(degrees));

    [Theory]
    [InlineData(-100_000, -100_000_000)]
    [InlineData(-100_000.001, null)]
    [InlineData(1_000_000, 1_000_000_000)]
    [InlineData(1_000_000.001, null)]
    [InlineData(-0.0005, -1)]
    public void Given_an_altitude_When_converted_Then_millimetres_within_the_fixs_range(double metres, int? expected) =>
        Assert.Equal(expected, Units.AltitudeMmFromMetres(metres));

    [Theory]
    [InlineData(4.5, 4_500)]
    [InlineData(1_000_000, 1_000_000_000)]
    [InlineData(1_000_001, null)]
    [InlineData(-1, null)]
    public void Given_an_accuracy_When_converted_Then_millimetres(double metres, int? expected) =>
        Assert.Equal(expected, Units.AccuracyMmFromMetres(metres));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.874, 874)]
    [InlineData(1, 1_000)]
    [InlineData(1.001, null)]
    [InlineData(-1, null)]
    public void Given_a_battery_level_When_converted_Then_permille(double fraction, int? expected)
    {
        Assert.Equal(expected, Units.PermilleFromFraction(fraction));
        Assert.Equal(expected, Units.PermilleFromPercent(fraction * 100));
    }

    [Fact]
    public void Given_every_stored_speed_When_turned_into_a_unit_and_back_Then_the_same()
    {
        for (var mmps = 0; mmps <= 100_000; mmps += 7)
        {
            Assert.Equal(mmps, Units.MmpsFromKnots(Units.KnotsFromMmps(mmps)));
            Assert.Equal(mmps, Units.MmpsFromKmh(Units.KmhFromMmps(mmps)));
            Assert.Equal(mmps, Units.MmpsFromMps(Units.MpsFromMmps(mmps)));
            Assert.Equal(mmps, Units.AccuracyMmFromMetres(Units.MetresFromMm(mmps)));
        }
        for (var cdeg = 0; cdeg < 36_000; cdeg++)
            Assert.Equal(cdeg, Units.CdegFromDegrees(Units.DegreesFromCdeg(cdeg)));
        for (var permille = 0; permille <= 1_000; permille++)
            Assert.Equal(permille, Units.PermilleFromPercent(Units.PercentFromPermille(permille)));
    }
}
