using System.Globalization;
using System.Numerics;
using System.Text;
using FieldCrm.Core;
using FieldCrm.Hub.Ingest.Protocols;
using Xunit.Abstractions;

namespace FieldCrm.Hub.Tests.Ingest.Protocols;

public sealed class DecimalTextTests(ITestOutputHelper output)
{
    private const int Seed = 7_411;

    [Theory]
    [InlineData("0", 0)]
    [InlineData("-0", 0)]
    [InlineData("1.0005", 1_001)]
    [InlineData("-1.0005", -1_001)]
    [InlineData("1.00049999999999999999999999", 1_000)]
    [InlineData("0.0005", 1)]
    [InlineData("0.00049", 0)]
    [InlineData("123456789012345678901234567890e-27", 123_457)]
    [InlineData("0000000000000000000000000000000000000000000012.5", 12_500)]
    [InlineData("1E+2", 100_000)]
    [InlineData("1.5e-3", 2)]
    public void Given_a_number_When_scaled_by_a_thousand_Then_exactly_rounded(string text, long expected)
    {
        Assert.True(DecimalText.TryParse(Encoding.UTF8.GetBytes(text), out var number));
        Assert.True(number.TryScale(3, 1_000_000_000, out var scaled));
        Assert.Equal(expected, scaled);
    }

    [Fact]
    public void Given_random_decimals_When_scaled_Then_as_exact_arithmetic_says()
    {
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        for (var i = 0; i < 10_000; i++)
        {
            var digits = random.NextInt64(-1_000_000_000_000, 1_000_000_000_000);
            var places = random.Next(0, 12);
            var text = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{digits}e-{places}"));
            Assert.True(DecimalText.TryParse(text, out var number));

            AssertScaled(digits, places, 10_000_000, 1, number.TryScale(7, 1_800_000_000, out var e7), 1_800_000_000, e7);
            AssertScaled(digits, places, Units.KnotMmpsNumerator, Units.KnotMmpsDenominator,
                number.TryScale(Units.KnotMmpsNumerator, Units.KnotMmpsDenominator, Units.MaxSpeedMmps, out var mmps),
                Units.MaxSpeedMmps, mmps);
        }
    }

    private static void AssertScaled(
        long digits, int places, int numerator, int denominator, bool fits, long limit, long scaled)
    {
        var bottom = BigInteger.Pow(10, places) * denominator;
        var magnitude = (BigInteger.Abs(digits) * numerator * 2 + bottom) / (bottom * 2);
        Assert.Equal(magnitude <= limit, fits);
        if (fits)
            Assert.Equal(magnitude * Math.Sign(digits), scaled);
    }
}
