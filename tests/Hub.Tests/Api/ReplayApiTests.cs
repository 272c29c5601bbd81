using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Core.Tenants;
using FieldCrm.Silo.Positions;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Api;

/// <summary>The replay as a client gets it, from a real store.</summary>
[Collection(ServerCollection.Name)]
public sealed class ReplayApiTests(SharedServer shared)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly long DayMs = TestTenant.Day.Value / UtcMicros.PerMillisecond;
    private static readonly string TwoHours = $"/api/v1/replay?from={Iso(0)}&to={Iso(7_200)}";

    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_a_fleet_When_two_hours_are_asked_for_Then_every_believed_fix_is_there_as_it_was_reported()
    {
        var tenant = await TestTenant.CreateAsync(Server, "replay-fleet");
        var van = await tenant.DeviceAsync("van");
        var walker = await tenant.DeviceAsync("walker");
        await tenant.ReportAsync(
            van, Fix(10, -34.9, 179.9999999, ",\"speedMps\":13.894"), Fix(3_700, -34.9000001, -180), Fix(20, -34.9, 179.999), Fix(7_200, -34.9, 179.99));
        await tenant.ReportAsync(walker, Fix(3_601, 12.5, 13.5, ",\"speedMps\":0"));
        await tenant.ReportAsync(van, Fix(30, 48, 11)); // a teleport: marked by the fold
        var (number, other) = ((uint)await tenant.NumberAsync("van"), (uint)await tenant.NumberAsync("walker"));
        var track = $"/api/v1/devices/van/track?includeMarked=true&from={Iso(0)}&to={Iso(7_200)}";
        await Eventually.TrueAsync(async () => (await tenant.GetAsync(track)).ToString().Contains("teleport", StringComparison.Ordinal), Deadline);
        Server.Get<LastPositions>().SetKind(tenant.Id, new DeviceId((int)other), UnitKind.Person);
        using var browser = await tenant.SignedInAsync(UserRole.Dispatcher);

        var (head, chunks) = await ReadAsync(browser, TwoHours);

        Assert.Equal("application/vnd.fieldcrm.replay", head.Content.Headers.ContentType?.ToString());
        Assert.Equal([(0d, 3_600_000d), (3_600_000d, 7_200_000d)], chunks.Select(c => (c.FromUnixMs - DayMs, c.ToUnixMs - DayMs)));
        var first = Assert.Single(chunks[0].Units);
        Assert.Equal((number, (byte)UnitKind.Vehicle), (first.Unit, first.Kind));
        Assert.Equal([new(DayMs + 10_000, -349_000_000, 1_799_999_999, 1389), new(DayMs + 20_000, -349_000_000, 1_799_990_000, null)], first.Fixes);
        Assert.Equal([(number, 0), (other, 1)], chunks[1].Units.Select(u => (u.Unit, (int)u.Kind)));
        Assert.Equal([new ReplayedFix(DayMs + 3_700_000, -349_000_001, -1_800_000_000, null)], chunks[1].Units[0].Fixes);
        Assert.Equal([new ReplayedFix(DayMs + 3_601_000, 125_000_000, 135_000_000, 0)], chunks[1].Units[1].Fixes);
        var (_, one) = await ReadAsync(browser, $"{TwoHours}&unit={other}&unit={int.MaxValue}");
        Assert.Equal([other], one.SelectMany(c => c.Units).Select(u => u.Unit));
    }

    [Fact]
    public async Task Given_anothers_fleet_When_its_units_are_asked_for_Then_their_replay_looks_like_that_of_none()
    {
        var theirs = await TestTenant.CreateAsync(Server, "replay-theirs");
        var ours = await TestTenant.CreateAsync(Server, "replay-ours");
        await theirs.ReportAsync(await theirs.DeviceAsync("secret"), Fix(10, 12.3456789, 13.5));
        var secret = await theirs.NumberAsync("secret");
        using var owner = await theirs.SignedInAsync(UserRole.Auditor);
        using var stranger = await ours.SignedInAsync(UserRole.Admin);

        Assert.Single((await ReadAsync(owner, $"{TwoHours}&unit={secret}")).Chunks.SelectMany(c => c.Units));
        var foreign = await stranger.GetByteArrayAsync(new Uri($"{TwoHours}&unit={secret}&tenant=replay-theirs", UriKind.Relative));
        var absent = await stranger.GetByteArrayAsync(new Uri($"{TwoHours}&unit={int.MaxValue}", UriKind.Relative));
        Assert.Equal(Convert.ToHexString(absent), Convert.ToHexString(foreign));
        Assert.Empty((await ReadAsync(stranger, TwoHours)).Chunks.SelectMany(c => c.Units));
    }

    [Fact]
    public async Task Given_a_disabled_device_When_its_past_is_asked_for_Then_it_is_shown_no_more()
    {
        var tenant = await TestTenant.CreateAsync(Server, "replay-disabled");
        await tenant.ReportAsync(await tenant.DeviceAsync("van"), Fix(10, 1, 2));
        using var browser = await tenant.SignedInAsync(UserRole.Admin);
        Assert.Single((await ReadAsync(browser, TwoHours)).Chunks.SelectMany(c => c.Units));
        using var disabled = await browser.PostAsync(
            new Uri("/api/v1/devices/disable", UriKind.Relative), new StringContent("""{"id":"van"}""", Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.NoContent, disabled.StatusCode);

        // Who may be seen is read again every five seconds.
        await Eventually.TrueAsync(async () => !(await ReadAsync(browser, TwoHours)).Chunks.SelectMany(c => c.Units).Any(), Deadline);
    }

    [Fact]
    public async Task Given_what_a_client_has_When_nothing_changed_Then_304_and_after_a_late_fix_the_whole_again()
    {
        var tenant = await TestTenant.CreateAsync(Server, "replay-etag");
        var van = await tenant.DeviceAsync("van");
        await tenant.ReportAsync(van, Fix(3_000, 1, 2));
        using var browser = await tenant.SignedInAsync(UserRole.Dispatcher);
        var (first, _) = await ReadAsync(browser, TwoHours);
        var tag = first.Headers.ETag ?? throw new InvalidOperationException("no tag");
        Assert.Equal((true, true), (first.Headers.CacheControl?.NoCache, first.Headers.CacheControl?.Private));

        using var same = await AskAsync(browser, TwoHours, r => r.Headers.IfNoneMatch.Add(tag));
        Assert.Equal((HttpStatusCode.NotModified, tag, ""), (same.StatusCode, same.Headers.ETag, await same.Content.ReadAsStringAsync()));
        using var longer = await AskAsync(browser, $"/api/v1/replay?from={Iso(0)}&to={Iso(7_201)}", r => r.Headers.IfNoneMatch.Add(tag));
        Assert.Equal(HttpStatusCode.OK, longer.StatusCode);

        await tenant.ReportAsync(van, Fix(1_000, 1, 2));
        using var changed = await AskAsync(browser, TwoHours, r => r.Headers.IfNoneMatch.Add(tag));
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(2, ReplayChunks.Read(await changed.Content.ReadAsByteArrayAsync())[0].Units[0].Fixes.Count);
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    public async Task Given_a_client_that_takes_a_compressed_body_When_asked_Then_it_is_the_same_and_a_third_as_long_at_most(string encoding)
    {
        var tenant = await TestTenant.CreateAsync(Server, $"replay-{encoding}");
        await tenant.DeviceAsync("van");
        var fixes = Enumerable.Range(0, 7_200).Select(i => TestTenant.At(i, -349_000_000 + i * 50, -560_000_000 + i % 7) with { SpeedMmps = 10_000 + i % 50 * 100 });
        await tenant.Rows.FixesAsync(tenant.Id.Value, await tenant.NumberAsync("van"), fixes, TestTenant.Day);
        using var browser = await tenant.SignedInAsync(UserRole.Dispatcher);

        var plain = await browser.GetByteArrayAsync(new Uri(TwoHours, UriKind.Relative));
        using var answer = await AskAsync(browser, TwoHours, r => r.Headers.AcceptEncoding.ParseAdd(encoding));
        var sent = await answer.Content.ReadAsByteArrayAsync();

        Assert.Equal((encoding, "Accept-Encoding"), (answer.Content.Headers.ContentEncoding.ToString(), answer.Headers.Vary.ToString()));
        using var body = new MemoryStream(sent);
        await using Stream unpacked = encoding == "br" ? new BrotliStream(body, CompressionMode.Decompress) : new GZipStream(body, CompressionMode.Decompress);
        using var read = new MemoryStream();
        await unpacked.CopyToAsync(read);
        Assert.Equal(Convert.ToHexString(plain), Convert.ToHexString(read.ToArray()));
        Assert.Equal(7_200 * 14 + 2 * (32 + 12), plain.Length);
        Assert.InRange(sent.Length, 1, plain.Length / 3);
    }

    [Fact]
    public async Task Given_a_store_that_fails_on_the_way_When_read_Then_the_body_is_cut_off_and_not_ended()
    {
        var tenant = await TestTenant.CreateAsync(Server, "replay-cut");
        await tenant.DeviceAsync("van");
        var number = await tenant.NumberAsync("van");
        await tenant.Rows.FixesAsync(tenant.Id.Value, number, [TestTenant.At(10, 1, 2)], TestTenant.Day);
        // A row as the product never writes one, in the second hour.
        await tenant.Rows.ExecuteAsync(
            """
            INSERT INTO fix (device_id, tenant_id, fixed_at, content_hash, received_at, position, seq)
            VALUES ($1, $2, $3, 1, now(), ST_GeomFromText('POINT EMPTY', 4326), 0)
            """, number, tenant.Id.Value, TestTenant.Day.Plus(TimeSpan.FromSeconds(5_000)).ToDateTimeOffset().UtcDateTime);
        using var browser = await tenant.SignedInAsync(UserRole.Dispatcher);

        using var answer = await browser.GetAsync(new Uri(TwoHours, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var chunk = new byte[32 + 12 + 14];
        await body.ReadExactlyAsync(chunk);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal([new ReplayedFix(DayMs + 10_000, 1, 2, null)], ReplayChunks.Read(chunk)[0].Units[0].Fixes);
        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(Stream.Null));
    }

    [Fact]
    public async Task Given_more_fixes_than_a_replay_may_hold_When_asked_Then_413_and_for_less_the_replay()
    {
        await using var server = await InProcessServer.StartAsync(settings: """{ "Replay": { "MaxFixes": 3 } }""");
        var tenant = await TestTenant.CreateAsync(server, "replay-large");
        await tenant.DeviceAsync("van");
        await tenant.DeviceAsync("tug");
        await tenant.Rows.FixesAsync(tenant.Id.Value, await tenant.NumberAsync("van"), [TestTenant.At(1, 1, 1), TestTenant.At(2, 1, 1)], TestTenant.Day);
        await tenant.Rows.FixesAsync(tenant.Id.Value, await tenant.NumberAsync("tug"), [TestTenant.At(1, 1, 1), TestTenant.At(4_000, 1, 1)], TestTenant.Day);
        using var browser = await tenant.SignedInAsync(UserRole.Dispatcher);

        using var refused = await AskAsync(browser, TwoHours);
        var code = JsonElement.Parse(await refused.Content.ReadAsStringAsync()).GetProperty("code").GetString();
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "replay.too-large"), (refused.StatusCode, code));
        Assert.Equal(3, (await ReadAsync(browser, $"/api/v1/replay?from={Iso(0)}&to={Iso(3_600)}")).Chunks.Sum(c => c.Units.Sum(u => u.Fixes.Count)));
        Assert.Equal(2, (await ReadAsync(browser, $"{TwoHours}&unit={await tenant.NumberAsync("tug")}")).Chunks.Sum(c => c.Units.Sum(u => u.Fixes.Count)));
    }

    private static async Task<(HttpResponseMessage Head, List<ReplayedChunk> Chunks)> ReadAsync(HttpClient browser, string path)
    {
        using var answer = await AskAsync(browser, path);
        var body = await answer.Content.ReadAsByteArrayAsync();
        Assert.True(answer.IsSuccessStatusCode, Encoding.UTF8.GetString(body));
        return (answer, ReplayChunks.Read(body));
    }

    private static async Task<HttpResponseMessage> AskAsync(HttpClient browser, string path, Action<HttpRequestMessage>? with = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        with?.Invoke(request);
        return await browser.SendAsync(request);
    }

    private static string Iso(int second) => TestTenant.Iso(TestTenant.Day.Plus(TimeSpan.FromSeconds(second)));

    private static string Fix(int second, double lat, double lon, string more = "") => string.Create(
        CultureInfo.InvariantCulture, $$"""{"fixedAt":"{{Uri.UnescapeDataString(Iso(second))}}","lat":{{lat}},"lon":{{lon}}{{more}}}""");
}
