using System.Text;
using FieldCrm.Core.Devices;
using FieldCrm.Hub.Ingest.Protocols;

namespace FieldCrm.Hub.Tests.Ingest.Protocols;

public sealed class FixesJsonDecoderTests
{
    private const string MinimalFix = """{"fixedAt":"2026-11-22T19:04:24Z","lat":1,"lon":2}""";

    public static TheoryData<int, string, string> Bodies => Golden.Rows("fixes-json.golden.txt");

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Given_a_golden_body_When_decoded_Then_as_written(int line, string input, string expected)
    {
        var result = FixesJsonDecoder.Decode(Encoding.UTF8.GetBytes(input));

        Assert.Equal($"{line}: {expected}", $"{line}: {TextOf(result)}");
        Assert.All(result.Accepted, FixLimits.AssertHolds);
    }

    [Theory]
    [InlineData(1_000, null)]
    [InlineData(1_001, "fixes.too-many")]
    public void Given_many_fixes_When_decoded_Then_one_thousand_are_the_most(int count, string? code)
    {
        var body = Encoding.UTF8.GetBytes($$"""{"fixes":[{{string.Join(',', Enumerable.Repeat(MinimalFix, count))}}]}""");

        var result = FixesJsonDecoder.Decode(body);

        Assert.Equal(code, result.Failure?.Code);
        Assert.Equal(code is null ? count : 0, result.Accepted.Length);
    }

    [Fact]
    public void Given_every_second_fix_is_wrong_When_decoded_Then_indexes_say_which()
    {
        var list = string.Join(',', Enumerable.Range(0, 1_000).Select(i => i % 2 == 0 ? MinimalFix : "{}"));

        var result = FixesJsonDecoder.Decode(Encoding.UTF8.GetBytes($$"""{"fixes":[{{list}}]}"""));

        Assert.Null(result.Failure);
        Assert.Equal(1_000, result.Count);
        Assert.Equal(500, result.Accepted.Length);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => i * 2 + 1), result.Rejected.Select(rejected => rejected.Index));
        Assert.True(FixBatchCodec.TryDecode(FixBatchCodec.Encode(result.Accepted), out var decoded));
        Assert.Equal(result.Accepted, decoded);
    }

    [Theory]
    [InlineData(4_096, null)]
    [InlineData(4_097, "fix.attributes-too-large")]
    public void Given_long_attributes_When_decoded_Then_only_that_fix_is_refused(int jsonLength, string? code)
    {
        var attributes = $$"""{"a":"{{new string('x', jsonLength - 8)}}"}""";
        var fix = MinimalFix[..^1] + $",\"attributes\":{attributes}}}";

        var result = FixesJsonDecoder.Decode(Encoding.UTF8.GetBytes($$"""{"fixes":[{{fix}},{{MinimalFix}}]}"""));

        Assert.Equal(code is null ? 2 : 1, result.Accepted.Length);
        Assert.Equal(code is null ? [] : [(0, code)], result.Rejected.Select(r => (r.Index, r.Failure.Code)));
    }

    [Fact]
    public void Given_the_same_attributes_spelled_differently_When_decoded_Then_the_same_fix()
    {
        var one = MinimalFix[..^1] + ""","attributes":{"b":{"y":1,"x":"é"},"a":true}}""";
        var other = MinimalFix[..^1] + """,  "attributes" : { "a" : true , "b":{ "x":"\u00e9", "y":1 } } }""";

        var result = FixesJsonDecoder.Decode(Encoding.UTF8.GetBytes($$"""{"fixes":[{{one}},{{other}}]}"""));

        Assert.Equal(2, result.Accepted.Length);
        Assert.Equal(result.Accepted[0], result.Accepted[1]);
    }

    [Fact]
    public void Given_the_same_position_in_every_dialect_When_decoded_Then_the_same_fix()
    {
        var batch = FixesJsonDecoder.Decode(
            """{"fixes":[{"fixedAt":"2026-11-22T19:04:24Z","lat":-34.9012345,"lon":-56.2,"accuracyM":4.5,"batteryPercent":87}]}"""u8);
        var form = OsmAndDecoder.DecodeForm(
            "?lat=-34.9012345&lon=-56.2&timestamp=1795374264&accuracy=4.5&batt=87", default, Golden.ReceivedAt);
        var json = OsmAndDecoder.DecodeJson(
            """{"location":{"timestamp":"2026-11-22T19:04:24.000Z","coords":{"latitude":-34.9012345,"longitude":-56.2,"accuracy":4.5},"battery":{"level":0.87}}}"""u8,
            Golden.ReceivedAt);

        Assert.Equal(Assert.Single(batch.Accepted), Assert.Single(form.Fixes));
        Assert.Equal(Assert.Single(batch.Accepted), Assert.Single(json.Fixes));
    }

    [Fact]
    public void Given_bytes_that_are_no_utf8_or_too_many_When_decoded_Then_refused()
    {
        byte[] latin1 = [.. """{"fixes":[{"attributes":{"x":" """u8, 0xE9, .. "\"}}]}"u8];

        Assert.Equal("fixes.encoding-invalid", FixesJsonDecoder.Decode(latin1).Failure?.Code);
        Assert.Equal("fixes.body-too-large", FixesJsonDecoder.Decode(new byte[FixesJsonDecoder.MaxBytes + 1]).Failure?.Code);
        Assert.Equal("fixes.json-invalid", FixesJsonDecoder.Decode(new byte[FixesJsonDecoder.MaxBytes]).Failure?.Code);
    }

    private static string TextOf(FixesDecodeResult result)
    {
        if (result.Failure is { } failure)
        {
            Assert.Empty(result.Accepted);
            Assert.Empty(result.Rejected);
            return failure.Code;
        }
        var codes = result.Rejected.ToDictionary(rejected => rejected.Index, rejected => rejected.Failure.Code);
        var accepted = new Queue<Fix>(result.Accepted);
        var outcomes = Enumerable.Range(0, result.Count).Select(index =>
            codes.TryGetValue(index, out var code) ? code : Golden.TextOf(accepted.Dequeue()));
        return result.Count == 0 ? "(none)" : string.Join(" ; ", outcomes);
    }
}
