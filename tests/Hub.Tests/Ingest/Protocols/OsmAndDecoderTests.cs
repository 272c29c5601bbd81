using System.Text;
using FieldCrm.Core.Devices;
using FieldCrm.Hub.Ingest.Protocols;

namespace FieldCrm.Hub.Tests.Ingest.Protocols;

public sealed class OsmAndDecoderTests
{
    private const string Position = "?lat=1&lon=2";

    public static TheoryData<int, string, string> Forms => Golden.Rows("osmand-form.golden.txt");

    public static TheoryData<int, string, string> Bodies => Golden.Rows("osmand-json.golden.txt");

    [Theory]
    [MemberData(nameof(Forms))]
    public void Given_a_golden_form_When_decoded_Then_as_written(int line, string input, string expected)
    {
        var parts = input.Split(" || ");
        var query = parts[0].TrimStart(' ');
        var form = parts.Length > 1 ? Encoding.UTF8.GetBytes(parts[1]) : [];

        var result = OsmAndDecoder.DecodeForm(query, form, Golden.ReceivedAt);

        AssertGolden(line, expected, result);
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Given_a_golden_body_When_decoded_Then_as_written(int line, string input, string expected)
    {
        var result = OsmAndDecoder.DecodeJson(Encoding.UTF8.GetBytes(input), Golden.ReceivedAt);

        AssertGolden(line, expected, result);
    }

    [Fact]
    public void Given_the_same_parameters_in_another_order_When_decoded_Then_the_same_fix_and_hash()
    {
        var one = OsmAndDecoder.DecodeForm("?lat=1&lon=2&timestamp=5&b=2&a=1", default, Golden.ReceivedAt);
        var other = OsmAndDecoder.DecodeForm("?a=1&timestamp=5", "lon=2&b=2&lat=1"u8, Golden.ReceivedAt);

        Assert.Equal(Assert.Single(one.Fixes), Assert.Single(other.Fixes));
        Assert.Equal(FixHash.Of(one.Fixes[0]), one.Fixes[0].ContentHash);
    }

    [Fact]
    public void Given_a_body_with_a_byte_order_mark_When_decoded_Then_taken()
    {
        byte[] body = [0xEF, 0xBB, 0xBF, .. """{"location":{"coords":{"latitude":1,"longitude":2}}}"""u8];

        Assert.Single(OsmAndDecoder.DecodeJson(body, Golden.ReceivedAt).Fixes);
    }

    [Fact]
    public void Given_bytes_that_are_no_utf8_When_decoded_Then_refused()
    {
        byte[] latin1 = [.. """{"location":{"coords":{"latitude":1,"longitude":2}},"x":" """u8, 0xE9, .. "\"}"u8];
        var utf16 = Encoding.Unicode.GetBytes("""{"location":{}}""");

        Assert.Equal("osmand.encoding-invalid", OsmAndDecoder.DecodeJson(latin1, Golden.ReceivedAt).Failure?.Code);
        Assert.Equal("osmand.json-invalid", OsmAndDecoder.DecodeJson(utf16, Golden.ReceivedAt).Failure?.Code);
        Assert.Equal("osmand.encoding-invalid",
            OsmAndDecoder.DecodeForm(Position, [(byte)'x', (byte)'=', 0xE9], Golden.ReceivedAt).Failure?.Code);
    }

    [Theory]
    [InlineData(98, null)]
    [InlineData(99, "osmand.parameters-too-many")]
    public void Given_parameters_beside_the_position_When_decoded_Then_one_hundred_are_the_most(int extra, string? code)
    {
        var query = Position + string.Concat(Enumerable.Range(0, extra).Select(i => $"&p{i}=1"));

        Assert.Equal(code, OsmAndDecoder.DecodeForm(query, default, Golden.ReceivedAt).Failure?.Code);
    }

    [Theory]
    [InlineData(64, 2_048, null)]
    [InlineData(65, 1, "osmand.parameter-too-long")]
    [InlineData(1, 2_049, "osmand.parameter-too-long")]
    public void Given_a_long_parameter_When_decoded_Then_bounded(int name, int value, string? code)
    {
        var query = $"{Position}&{new string('n', name)}={new string('v', value)}";

        Assert.Equal(code, OsmAndDecoder.DecodeForm(query, default, Golden.ReceivedAt).Failure?.Code);
    }

    [Theory]
    [InlineData(4_096, null)]
    [InlineData(4_097, "fix.attributes-too-large")]
    public void Given_long_attributes_When_decoded_Then_bounded_by_their_json(int jsonLength, string? code)
    {
        // {"a":"…","b":"…","c":"…"}: 2 + 3 × 6 + 2 characters around the values.
        var rest = jsonLength - 22 - 2 * 2_000;
        var query = $"{Position}&a={new string('x', 2_000)}&b={new string('x', 2_000)}&c={new string('x', rest)}";

        var result = OsmAndDecoder.DecodeForm(query, default, Golden.ReceivedAt);

        Assert.Equal(code, result.Failure?.Code);
        if (code is null)
            Assert.Equal(jsonLength, result.Fixes[0].AttributesJson?.Length);
    }

    [Theory]
    [InlineData(128, null)]
    [InlineData(129, "osmand.device-id-invalid")]
    public void Given_a_long_device_id_When_decoded_Then_bounded(int length, string? code)
    {
        var id = new string('7', length);
        var query = OsmAndDecoder.DecodeForm($"{Position}&id={id}", default, Golden.ReceivedAt);
        var json = OsmAndDecoder.DecodeJson(
            Encoding.UTF8.GetBytes($$$"""{"device_id":"{{{id}}}","location":{"coords":{"latitude":1,"longitude":2} } }"""),
            Golden.ReceivedAt);

        Assert.Equal(code, query.Failure?.Code);
        Assert.Equal(code, json.Failure?.Code);
        Assert.Equal(code is null ? id : null, query.ClaimedDeviceId);
    }

    [Fact]
    public void Given_ten_megabytes_When_decoded_Then_refused_unread()
    {
        var body = new byte[10 * 1024 * 1024];

        Assert.Equal("osmand.body-too-large", OsmAndDecoder.DecodeJson(body, Golden.ReceivedAt).Failure?.Code);
        Assert.Equal("osmand.body-too-large", OsmAndDecoder.DecodeForm(Position, body, Golden.ReceivedAt).Failure?.Code);
        Assert.Equal("osmand.body-too-large",
            OsmAndDecoder.DecodeForm(new string('x', body.Length), default, Golden.ReceivedAt).Failure?.Code);
    }

    private static void AssertGolden(int line, string expected, DecodeResult result)
    {
        var actual = result.Failure?.Code ?? Golden.TextOf(Assert.Single(result.Fixes), result.ClaimedDeviceId);
        Assert.Equal($"{line}: {expected}", $"{line}: {actual}");
        Assert.Equal(result.Failure is null ? 1 : 0, result.Fixes.Length);
        Assert.All(result.Fixes, FixLimits.AssertHolds);
    }
}
