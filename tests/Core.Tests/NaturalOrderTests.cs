namespace FieldCrm.Core.Tests;

public sealed class NaturalOrderTests
{
    [Fact]
    public void Given_names_with_numbers_Then_they_are_sorted_as_people_count()
    {
        string[] names = ["Van 10", "van 2", "Van", "Ambulance 7", "Van 2b", "Van 02", "Van 007", "Van 12345678901234567890123", "Van 9"];
        Assert.Equal(
            ["Ambulance 7", "Van", "Van 02", "van 2", "Van 2b", "Van 007", "Van 9", "Van 10", "Van 12345678901234567890123"],
            names.Order(NaturalOrder.Instance));
    }

    [Theory]
    [InlineData("a", "A")]
    [InlineData("x1", "x01")]
    [InlineData("", "a")]
    [InlineData("1", "a")]
    public void Given_two_that_differ_Then_exactly_one_comes_first(string one, string other)
    {
        var order = NaturalOrder.Instance.Compare(one, other);
        Assert.NotEqual(0, order);
        Assert.Equal(-Math.Sign(order), Math.Sign(NaturalOrder.Instance.Compare(other, one)));
        Assert.Equal(0, NaturalOrder.Instance.Compare(one, one));
    }

    [Fact]
    public void Given_null_Then_it_comes_first() => Assert.Equal([null, ""], new[] { "", null }.Order(NaturalOrder.Instance));
}
