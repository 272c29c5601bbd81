using System.Net;
using System.Net.Http.Headers;
using System.Text;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Ingest;

/// <summary>Damage of every kind: a clear code, nothing stored, the process lives and does not grow.</summary>
[Collection(ServerCollection.Name)]
public sealed class BadInputTests(SharedServer shared)
{
    private const int TenMegabytes = 10 * 1024 * 1024;

    private InProcessServer Server => shared.Server;

    [Theory]
    [InlineData("lon=-56.2", "fix.latitude-missing")]
    [InlineData("lat=-34.9", "fix.longitude-missing")]
    [InlineData("lat=NaN&lon=-56.2", "fix.latitude-invalid")]
    [InlineData("lat=Infinity&lon=-56.2", "fix.latitude-invalid")]
    [InlineData("lat=1e999&lon=-56.2", "fix.latitude-out-of-range")]
    [InlineData("lat=90.0000001&lon=-56.2", "fix.latitude-out-of-range")]
    [InlineData("lat=-34.9&lon=-180.1", "fix.longitude-out-of-range")]
    [InlineData("lat=-34.9&lon=0x10", "fix.longitude-invalid")]
    [InlineData("lat=-34.9&lon=-56.2&timestamp=yesterday", "fix.timestamp-invalid")]
    [InlineData("lat=-34.9&lon=-56.2&speed=NaN", "fix.speed-invalid")]
    [InlineData("lat=-34.9&lon=-56.2&accuracy=-Infinity", "fix.accuracy-invalid")]
    [InlineData("", "fix.latitude-missing")]
    public async Task Given_a_bad_parameter_When_sent_Then_its_code_is_told_and_nothing_stored(string parameters, string code)
    {
        var phone = await Phone.RegisterAsync(Server);
        using var answer = await phone.GetAsync(parameters);

        Assert.Equal((HttpStatusCode.BadRequest, code), (answer.StatusCode, await Phone.CodeOfAsync(answer)));
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        await NothingOfAsync(phone);
    }

    [Theory]
    [InlineData("{", "osmand.json-invalid")]
    [InlineData("[]", "osmand.json-invalid")]
    [InlineData("""{"location":{"timestamp":"2026-11-20T00:00:00Z","coords":{"longitude":1} } }""", "fix.latitude-missing")]
    [InlineData("""{"location":{"timestamp":"2026-11-20T00:00:00Z","coords":{"latitude":"1","longitude":1} } }""", "fix.latitude-invalid")]
    public async Task Given_a_bad_json_body_When_sent_Then_its_code_is_told_and_nothing_stored(string body, string code)
    {
        var phone = await Phone.RegisterAsync(Server);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await phone.PostAsync(content);

        Assert.Equal((HttpStatusCode.BadRequest, code), (answer.StatusCode, await Phone.CodeOfAsync(answer)));
        await NothingOfAsync(phone);
    }

    [Fact]
    public async Task Given_wrong_encodings_When_sent_Then_they_are_refused()
    {
        var phone = await Phone.RegisterAsync(Server);
        using var latin = new StringContent("lat=1&lon=2", Encoding.Latin1, "application/x-www-form-urlencoded");
        using var packed = new ByteArrayContent([0x1f, 0x8b, 8, 0]);
        packed.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        packed.Headers.ContentEncoding.Add("gzip");
        using var text = new StringContent("lat=1&lon=2", Encoding.UTF8, "text/plain");
        using var broken = new ByteArrayContent("lat=1&lon=2&note="u8.ToArray().Append((byte)0xff).ToArray());
        broken.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");

        using var first = await phone.PostAsync(latin);
        using var second = await phone.PostAsync(packed);
        using var third = await phone.PostAsync(text);
        using var fourth = await phone.PostAsync(broken);
        Assert.Equal(
            [(415, "request.media-type"), (415, "request.media-type"), (415, "request.media-type"), (400, "osmand.encoding-invalid")],
            [await ToldAsync(first), await ToldAsync(second), await ToldAsync(third), await ToldAsync(fourth)]);
        await NothingOfAsync(phone);
    }

    [Fact]
    public async Task Given_types_that_say_nothing_else_When_sent_Then_they_are_taken()
    {
        var phone = await Phone.RegisterAsync(Server);
        using var form = new ByteArrayContent("lat=1&lon=2&timestamp=1795374264"u8.ToArray());
        form.Headers.TryAddWithoutValidation("Content-Type", "application/x-www-form-urlencoded; version=1; charset=\"UTF-8\"");
        using var taken = await phone.PostAsync(form);
        // All of it in the query of a POST, whose empty body is of whatever type the client's library names.
        using var empty = new StringContent("", Encoding.UTF8, "text/plain");
        using var query = await Server.Visitor.PostAsync(new Uri(phone.Url + "lat=1&lon=2&timestamp=1795374265"), empty);
        using var latin = new ByteArrayContent("lat=1&lon=2&timestamp=1795374266"u8.ToArray());
        latin.Headers.TryAddWithoutValidation("Content-Type", "application/x-www-form-urlencoded; version=1; charset=iso-8859-1");
        using var refused = await phone.PostAsync(latin);

        Assert.Equal([200, 200, 415], [(int)taken.StatusCode, (int)query.StatusCode, (int)refused.StatusCode]);
        Assert.Equal(2, (await phone.StoredAsync()).Count);
    }

    [Fact]
    public async Task Given_bodies_of_10_MB_When_sent_again_and_again_Then_they_are_refused_and_memory_stays()
    {
        var phone = await Phone.RegisterAsync(Server);
        var large = new byte[TenMegabytes];
        Array.Fill(large, (byte)'a');
        await SendAllAsync(rounds: 3);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await SendAllAsync(rounds: 20);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;

        // 60 bodies of 10 MB; the bound is one of them.
        Assert.True(grown < TenMegabytes, $"grew by {grown} bytes");
        await NothingOfAsync(phone);

        async Task SendAllAsync(int rounds)
        {
            for (var i = 0; i < rounds; i++)
            {
                Assert.Equal((413, "request.too-large"), await SendAsync("application/x-www-form-urlencoded", phone.Url));
                Assert.Equal((413, "request.too-large"), await SendAsync("application/json", phone.Url));
                Assert.Equal((413, "request.too-large"), await SendAsync("application/json", new Uri(Server.Address, "/api/v1/fixes")));
            }
        }

        async Task<(int, string?)> SendAsync(string mediaType, Uri address)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(large) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {phone.Token}");
            request.Headers.ExpectContinue = true; // the answer comes before the body is wanted
            using var answer = await Server.Visitor.SendAsync(request);
            return await ToldAsync(answer);
        }
    }

    [Fact]
    public async Task Given_a_body_that_does_not_say_its_length_When_too_long_Then_it_is_refused()
    {
        var phone = await Phone.RegisterAsync(Server);
        using var request = new HttpRequestMessage(HttpMethod.Post, phone.Url) { Content = new ByteArrayContent(new byte[200 * 1024]) };
        request.Headers.TransferEncodingChunked = true;
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await Server.Visitor.SendAsync(request);

        Assert.Equal((413, "request.too-large"), await ToldAsync(answer));
        await NothingOfAsync(phone);
    }

    [Fact]
    public async Task Given_bad_batches_When_sent_Then_their_codes_are_told()
    {
        var phone = await Phone.RegisterAsync(Server);
        var thousandAndOne = "{\"fixes\":[" + string.Join(',', Enumerable.Repeat(
            """{"fixedAt":"2026-11-20T00:00:00Z","lat":1,"lon":2}""", 1_001)) + "]}";
        Assert.Equal((413, "fixes.too-many"), await SendAsync(thousandAndOne));
        Assert.Equal((400, "fixes.missing"), await SendAsync("{}"));
        Assert.Equal((400, "fixes.json-invalid"), await SendAsync("{\"fixes\":["));
        Assert.Equal((400, "fix.latitude-missing"), await SendAsync("""{"fixes":[{"fixedAt":"2026-11-20T00:00:00Z","lon":2}]}"""));
        await NothingOfAsync(phone);

        async Task<(int, string?)> SendAsync(string body)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await phone.PostFixesAsync(content);
            return await ToldAsync(answer);
        }
    }

    [Theory]
    [InlineData("a")]
    [InlineData("0000000000000000000000000000000000000000")]
    [InlineData("%00%ff")]
    [InlineData("' OR 1=1 --")]
    public async Task Given_a_wrong_token_When_used_Then_nobody_learns_anything(string token)
    {
        using var byPath = await Server.Visitor.GetAsync(new Uri($"/osmand/{Uri.EscapeDataString(token)}?lat=1&lon=2", UriKind.Relative));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/v1/fixes", UriKind.Relative))
        {
            Content = new StringContent("{\"fixes\":[]}", Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {Uri.EscapeDataString(token)}");
        using var byHeader = await Server.Visitor.SendAsync(request);

        Assert.Equal((404, "device.token-unknown"), await ToldAsync(byPath));
        Assert.Equal((401, "device.token-unknown"), await ToldAsync(byHeader));
        using var unregistered = await Server.Operator.GetAsync(new Uri("/operator/unregistered", UriKind.Relative));
        Assert.DoesNotContain("\"1\"", await unregistered.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<(int, string?)> ToldAsync(HttpResponseMessage answer) =>
        ((int)answer.StatusCode, await Phone.CodeOfAsync(answer));

    private static async Task NothingOfAsync(Phone phone)
    {
        Assert.Empty(await phone.StoredAsync());
        Assert.Empty(await phone.QuarantinedAsync());
    }
}
