using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Tests;

public sealed class FormatsTests
{
    private static readonly TimeZoneInfo Montevideo = TimeZoneInfo.FindSystemTimeZoneById("America/Montevideo");
    private static readonly Formats Spanish = new(Languages.Of("es"), MeasureSystem.Metric, Montevideo);
    private static readonly Formats American = new(Languages.Of("en"), MeasureSystem.Imperial, TimeZoneInfo.Utc, isMonthFirst: true);
    private static readonly Formats British = new(Languages.Of("en"), MeasureSystem.Imperial, TimeZoneInfo.Utc);

    [Theory]
    [InlineData(0, "0 m", "0 ft")]
    [InlineData(994, "994 m", "0.6 mi")]
    [InlineData(1_500, "1,5 km", "0.9 mi")]
    [InlineData(12_345, "12 km", "7.7 mi")]
    [InlineData(1_234_567, "1.235 km", "767 mi")]
    public void Given_a_distance_Then_it_reads_by_locale(double metres, string metric, string imperial)
    {
        Assert.Equal(metric, Spanish.Distance(metres));
        Assert.Equal(imperial, American.Distance(metres));
    }

    [Theory]
    [InlineData(0, "0 unidades")]
    [InlineData(1, "1 unidad")]
    [InlineData(12_345, "12.345 unidades")]
    public void Given_a_number_of_units_Then_one_is_one(long count, string text) => Assert.Equal(text, Spanish.Units(count));

    [Fact]
    public void Given_a_speed_Then_it_reads_by_locale()
    {
        Assert.Equal("50 km/h", Spanish.Speed(13.9));
        Assert.Equal("31 mph", American.Speed(13.9));
    }

    [Theory]
    [InlineData(-5, "0 s")]
    [InlineData(59.9, "59 s")]
    [InlineData(60, "1 min")]
    [InlineData(3_600, "1 h")]
    [InlineData(12_000, "3 h 20 min")]
    [InlineData(200_000, "2 d")]
    public void Given_a_duration_Then_it_has_its_largest_parts(double seconds, string text) =>
        Assert.Equal(text, Formats.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(4.9, "now", "now")]
    [InlineData(5, "5 s", "5 s ago")]
    [InlineData(-3, "now", "now")]
    public void Given_an_age_Then_what_was_just_now_has_no_seconds(double seconds, string age, string ago)
    {
        Assert.Equal(age, American.Age(TimeSpan.FromSeconds(seconds)));
        Assert.Equal(ago, American.Ago(TimeSpan.FromSeconds(seconds)));
    }

    [Theory]
    [InlineData("en-US", true)]
    [InlineData("en", true)]
    [InlineData("en-GB", false)]
    [InlineData("es-UY", false)]
    public void Given_a_locale_Then_whether_the_month_comes_first(string locale, bool isMonthFirst) =>
        Assert.Equal(isMonthFirst, Formats.IsMonthFirst(locale));

    [Fact]
    public void Given_a_moment_Then_it_is_told_in_the_readers_zone()
    {
        var at = new DateTimeOffset(2026, 11, 22, 2, 5, 9, TimeSpan.Zero);
        Assert.Equal("23:05:09", Spanish.TimeWithSeconds(at));
        Assert.Equal(new DateOnly(2026, 11, 21), Spanish.DayOf(at));
        Assert.Equal("21/11/2026 23:05", Spanish.DateAndTime(at));
        Assert.Equal("Nov 22, 2026 02:05", American.DateAndTime(at));
        Assert.Equal("22 Nov 2026 02:05", British.DateAndTime(at));
    }

    [Fact]
    public void Given_a_day_whose_midnight_the_clocks_skip_Then_it_starts_at_the_first_moment_there_is()
    {
        var santiago = new Formats(Languages.Of("es"), MeasureSystem.Metric, TimeZoneInfo.FindSystemTimeZoneById("America/Santiago"));
        Assert.Equal(new DateTimeOffset(2026, 9, 6, 1, 0, 0, TimeSpan.FromHours(-3)), santiago.StartOf(new DateOnly(2026, 9, 6)));
    }

    [Theory]
    [InlineData(0, "N 0°")]
    [InlineData(268, "O 268°")]
    [InlineData(359, "N 359°")]
    public void Given_a_heading_Then_the_wind_has_the_languages_letter(double degrees, string text) => Assert.Equal(text, Spanish.Heading(degrees));

    [Theory]
    [InlineData("en-US", MeasureSystem.Imperial)]
    [InlineData("en-GB", MeasureSystem.Imperial)]
    [InlineData("my-MM", MeasureSystem.Imperial)]
    [InlineData("en-AU", MeasureSystem.Metric)]
    [InlineData("es-UY", MeasureSystem.Metric)]
    public void Given_a_locale_Then_its_measures(string locale, MeasureSystem measures) => Assert.Equal(measures, Formats.MeasuresOf(locale));
}
