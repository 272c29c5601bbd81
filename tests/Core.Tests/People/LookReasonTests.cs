using FieldCrm.Core.People;

namespace FieldCrm.Core.Tests.People;

public sealed class LookReasonTests
{
    [Theory]
    [InlineData(null, null, "people.reason-required")]
    [InlineData("", null, "people.reason-required")]
    [InlineData("accident", "accident", null)]
    [InlineData("no idea", null, "people.reason-required")]
    [InlineData("   acc ident   \n\t again ", "acc ident again", null)]
    [InlineData("a      b", null, "people.reason-required")]
    [InlineData("überfällig", "überfällig", null)]
    [InlineData("bell\u0007 rings", null, "people.reason-invalid")]
    [InlineData("half of 😀 is \uD83D", null, "people.reason-invalid")]
    [InlineData("whole 😀 is fine", "whole 😀 is fine", null)]
    [InlineData("damaged \uFFFD bytes", null, "people.reason-invalid")]
    public void Given_what_somebody_writes_When_read_Then_a_reason_or_why_it_is_none(string? text, string? reason, string? code)
    {
        var read = LookReason.Read(text);

        Assert.Equal((reason, code), (read.Reason, read.Refusal?.Code));
    }

    [Fact]
    public void Given_the_longest_reason_When_a_letter_is_added_Then_refused()
    {
        Assert.Equal(LookReason.MaxLength, LookReason.Read(new string('x', LookReason.MaxLength)).Reason?.Length);
        Assert.Equal("people.reason-invalid", LookReason.Read(new string('x', LookReason.MaxLength + 1)).Refusal?.Code);
        Assert.Equal("people.reason-invalid", LookReason.Read(new string('x', 1_000_000)).Refusal?.Code);
    }
}
