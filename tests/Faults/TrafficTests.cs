using System.Globalization;
using System.Text;
using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Hub.Ingest.Protocols;
using FieldCrm.LoadTests.Faults;
using FieldCrm.LoadTests.Fleet;
using FieldCrm.LoadTests.Throughput;
using FieldCrm.LoadTests.Wire;

namespace FieldCrm.Faults;

/// <summary>The generator says what it means to say: everything the figures and the kills rest on.</summary>
public sealed class TrafficTests
{
    private const long StartMicros = 1_763_800_000_000_000;
    private const long HourMicros = 3_600_000_000;

    [Fact]
    public void Given_a_template_When_filled_Then_it_is_one_request_with_exactly_these_fixes()
    {
        var day = new DateOnly(2026, 11, 21);
        var tracks = new TrackSource(devices: 1, seed: 7, day);
        var points = Enumerable.Range(0, 700).Select(_ => tracks.Next(0)).ToArray();
        var template = new FixesTemplate(fixesPerRequest: 2, tokenLength: 8, day);
        foreach (var pair in points.Chunk(2))
        {
            template.SetToken("secret00"u8);
            template.SetFix(0, pair[0]);
            template.SetFix(1, pair[1]);
            var text = Encoding.ASCII.GetString(template.Request.Span);
            var bodyAt = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
            Assert.Contains("Authorization: Bearer secret00\r\n\r\n", text, StringComparison.Ordinal);
            Assert.Contains($"Content-Length: {text.Length - bodyAt}\r\n", text, StringComparison.Ordinal);
            using var body = JsonDocument.Parse(text[bodyAt..]);
            Assert.Equal(pair, body.RootElement.GetProperty("fixes").EnumerateArray().Select(Read));
        }
    }

    [Fact]
    public void Given_a_planned_fix_When_written_Then_it_says_the_same()
    {
        var fix = new PlannedFix(StartMicros + 123_456, -5, 1_234_567_890, 10_001, AlarmKind.LowBattery);
        Assert.Equal(
            """{"fixes":[{"fixedAt":"2025-11-22T08:26:40.123456Z","lat":-0.0000005,"lon":123.4567890,"speedMps":10.001,"alarm":"lowBattery"}]}""",
            new PlannedRequest(RequestForm.Batch, [fix]).BatchBody());
        Assert.Equal(
            "id=van&lat=-0.0000005&lon=123.4567890&timestamp=1763800000.123456&speed=19.440389&alarm=lowBattery&hdop=1.2",
            new PlannedRequest(RequestForm.Query, [fix]).Query("van"));
        Assert.Equal(
            """
            {"location":{"timestamp":"2025-11-22T08:26:40.123456Z","coords":{"latitude":-0.0000005,"longitude":123.4567890,"speed":10.001},"is_moving":true,"extras":{"alarm":"lowBattery"}},"device_id":"van"}
            """,
            new PlannedRequest(RequestForm.Location, [fix]).LocationBody("van"));
    }

    [Fact]
    public void Given_traffic_of_every_form_When_the_product_reads_it_Then_it_is_what_was_planned()
    {
        var requests = SeededTraffic.OverMidnight(seed: 9, devices: 10, StartMicros).SelectMany(device => device.Requests).ToArray();
        foreach (var request in requests)
            Assert.Equal(request.Fixes, Read(request).Select(fix => StoredFleet.Planned(fix)));
        Assert.All(Enum.GetValues<RequestForm>(), form => Assert.Contains(requests, request => request.Form == form && request.Fixes.Any(fix => fix.Alarm != AlarmKind.None)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(105)]
    [InlineData(1_003)]
    public void Given_traffic_over_midnight_When_looked_at_Then_hours_of_some_late_repeated_and_one_large_late_batch(int seed)
    {
        const int Devices = 40;
        var traffic = SeededTraffic.OverMidnight(seed, Devices, StartMicros);
        Assert.Equal(traffic.SelectMany(d => d.Sent), SeededTraffic.OverMidnight(seed, Devices, StartMicros).SelectMany(d => d.Sent));
        Assert.NotEqual(traffic.SelectMany(d => d.Sent), SeededTraffic.OverMidnight(seed + 1, Devices, StartMicros).SelectMany(d => d.Sent));

        var hours = traffic.Where((_, device) => device % SeededTraffic.LongEvery == 0).ToArray();
        Assert.Equal(8, hours.Length);
        Assert.All(hours, device =>
        {
            // Second fixes of one moment, and those older than is evaluated, come on top.
            Assert.InRange(device.Distinct.Count(), SeededTraffic.LeastLongFixes, SeededTraffic.MostLongFixes * 11 / 10);
            Assert.Contains(device.Distinct, fix => fix.FixedAtMicros < StartMicros - HourMicros / 2);
            Assert.Contains(device.Distinct, fix => fix.FixedAtMicros > StartMicros + HourMicros);
            Assert.True(IsLate(device) && device.Sent.Count() > device.Distinct.Count());
            Assert.All(Enum.GetValues<RequestForm>(), form => Assert.Contains(device.Requests, request => request.Form == form));
        });
        Assert.All(traffic.SelectMany(d => d.Distinct), fix => Assert.True(fix.FixedAtMicros < StartMicros + 24 * HourMicros));
        Assert.Contains(traffic.Except(hours), device => device.Distinct.Any(fix => fix.FixedAtMicros > StartMicros));

        var (large, at) = Assert.Single(traffic
            .SelectMany(device => device.Requests.Select((request, at) => (device.Requests, At: at)).Where(r => r.Requests[r.At].Fixes.Count > 60))
            .DistinctBy(r => r.Requests));
        Assert.Equal(SeededTraffic.LargeBatch, large[at].Fixes.Count);
        var newestBefore = large.Take(at).SelectMany(request => request.Fixes).Max(fix => fix.FixedAtMicros);
        Assert.All(large[at].Fixes, fix => Assert.True(fix.FixedAtMicros < newestBefore));
    }

    [Fact]
    public void Given_a_seed_When_traffic_is_made_twice_Then_it_is_the_same_and_has_every_hardship()
    {
        var traffic = SeededTraffic.Of(seed: 5, devices: 60, StartMicros);
        var again = SeededTraffic.Of(seed: 5, devices: 60, StartMicros);
        Assert.Equal(traffic.SelectMany(d => d.Sent), again.SelectMany(d => d.Sent));

        Assert.All(traffic, device => Assert.InRange(device.Distinct.Count(), 20, 120));
        Assert.Contains(traffic, device => device.Sent.Count() > device.Distinct.Count());
        Assert.Contains(traffic, device => IsLate(device));
        Assert.Contains(traffic, device => device.Distinct.GroupBy(f => f.FixedAtMicros).Any(g => g.Count() > 1));
        Assert.Contains(traffic, device => device.Distinct.Any(f => f.FixedAtMicros < StartMicros));
        Assert.Contains(traffic.SelectMany(d => d.Distinct), fix => fix.Alarm == AlarmKind.Sos);
    }

    [Fact]
    public void Given_latencies_When_counted_Then_percentiles_are_within_a_sixteenth()
    {
        var histogram = new LatencyHistogram();
        for (var ms = 1; ms <= 1_000; ms++)
            histogram.Add(TimeSpan.FromMilliseconds(ms));
        Assert.InRange(histogram.PercentileMs(0.5), 500, 500 * 17 / 16.0);
        Assert.InRange(histogram.PercentileMs(0.99), 990, 990 * 17 / 16.0);
        Assert.Equal(0, new LatencyHistogram().PercentileMs(0.5));
    }

    private static bool IsLate(DeviceTraffic device)
    {
        var times = device.Sent.Select(f => f.FixedAtMicros).ToArray();
        return times.Zip(times.Skip(1)).Any(pair => pair.Second < pair.First);
    }

    private static IEnumerable<Fix> Read(PlannedRequest request)
    {
        var receivedAt = new UtcMicros(StartMicros);
        return request.Form switch
        {
            RequestForm.Batch => FixesJsonDecoder.Decode(Encoding.ASCII.GetBytes(request.BatchBody())).Accepted,
            RequestForm.Query => OsmAndDecoder.DecodeForm(request.Query("van"), [], receivedAt).Fixes,
            _ => OsmAndDecoder.DecodeJson(Encoding.ASCII.GetBytes(request.LocationBody("van")), receivedAt).Fixes,
        };
    }

    private static TrackPoint Read(JsonElement fix)
    {
        var at = DateTimeOffset.Parse(fix.GetProperty("fixedAt").GetString()!, CultureInfo.InvariantCulture);
        return new TrackPoint(
            (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond, Scaled(fix, "lat", 10_000_000),
            Scaled(fix, "lon", 10_000_000), Scaled(fix, "speedMps", 1_000));
    }

    private static int Scaled(JsonElement fix, string member, int scale) => (int)(fix.GetProperty(member).GetDecimal() * scale);
}
