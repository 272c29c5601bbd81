using System.Globalization;
using System.Text;
using System.Text.Json;
using FieldCrm.Core.Devices;
using FieldCrm.LoadTests.Faults;
using FieldCrm.LoadTests.Fleet;
using FieldCrm.LoadTests.Throughput;
using FieldCrm.LoadTests.Wire;

namespace FieldCrm.Faults;

/// <summary>The generator says what it means to say: everything the figures and the kills rest on.</summary>
public sealed class TrafficTests
{
    private const long StartMicros = 1_763_800_000_000_000;

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
        var json = new StringBuilder();
        fix.AppendJson(json);
        Assert.Equal(
            """{"fixedAt":"2025-11-22T08:26:40.123456Z","lat":-0.0000005,"lon":123.4567890,"speedMps":10.001,"alarm":"lowBattery"}""",
            json.ToString());
    }

    [Fact]
    public void Given_a_seed_When_traffic_is_made_twice_Then_it_is_the_same_and_has_every_hardship()
    {
        var traffic = SeededTraffic.Of(seed: 5, devices: 60, StartMicros);
        var again = SeededTraffic.Of(seed: 5, devices: 60, StartMicros);
        Assert.Equal(traffic.SelectMany(d => d.Batches).SelectMany(b => b), again.SelectMany(d => d.Batches).SelectMany(b => b));

        Assert.All(traffic, device => Assert.InRange(device.Distinct.Count(), 20, 120));
        Assert.Contains(traffic, device => device.Batches.Sum(b => b.Length) > device.Distinct.Count());
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
        var times = device.Batches.SelectMany(b => b).Select(f => f.FixedAtMicros).ToArray();
        return times.Zip(times.Skip(1)).Any(pair => pair.Second < pair.First);
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
