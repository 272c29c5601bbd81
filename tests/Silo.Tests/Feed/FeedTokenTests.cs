using FieldCrm.Silo.Feed;

namespace FieldCrm.Silo.Tests.Feed;

public sealed class FeedTokenTests
{
    private static readonly Guid Epoch = new("00112233-4455-6677-8899-aabbccddeeff");

    [Theory]
    [InlineData(0, 0, "AQARIjNEVWZ3iJmqu8zd7v8AAAAAAAAAAAAAAAA")]
    [InlineData(long.MaxValue, int.MaxValue, "AQARIjNEVWZ3iJmqu8zd7v9__________3____8")]
    public void Given_a_token_When_written_and_read_Then_the_same_and_url_safe(long tx, int seq, string text)
    {
        var token = new FeedToken(Epoch, tx, seq);
        Assert.Equal(text, token.ToString());
        Assert.True(FeedToken.TryParse(text, out var read));
        Assert.Equal(token, read);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("AQARIjNEVWZ3iJmqu8zd7v8AAAAAAAAAAAAAAA")]
    [InlineData("AgARIjNEVWZ3iJmqu8zd7v8AAAAAAAAAAAAAAAA")]
    [InlineData("AQARIjNEVWZ3iJmqu8zd7v//AAAAAAAAAAAAAAA")]
    [InlineData("AQARIjNEVWZ3iJmqu8zd7v-AAAAAAAAAAAAAAAA")]
    [InlineData("AQARIjNEVWZ3iJmqu8zd7v8AAAAAAAAAAAAAAA=")]
    public void Given_another_text_When_read_Then_refused(string? text) => Assert.False(FeedToken.TryParse(text, out _));
}
