using System.Text;
using FieldCrm.Hub.Ingest.Protocols;
using Xunit.Abstractions;

namespace FieldCrm.Hub.Tests.Ingest.Protocols;

/// <summary>
/// The golden inputs, damaged at random: no decoder throws, and what it accepts is always within a fix's limits.
/// A failing run prints its seed; set it below to replay.
/// </summary>
public sealed class DecoderFuzzTests(ITestOutputHelper output)
{
    private const int Seed = 20_261_122;
    private const int Mutations = 10_000;

    // What numbers, JSON and forms break on; spliced in beside plain random bytes.
    private static readonly string[] Fragments =
    [
        "NaN", "Infinity", "-", "1e999", "-1e-999", "0x1F", "1,5", "null", "true", "\"", "\\u0000", "\\ud800", "{", "}",
        "[", "]", ":", ",", "%", "%00", "%FF", "&", "=", "&lat=", "&lon=181", "\"lat\":", "\"latitude\":", "9999-12-31T",
        "99999999999999999999", "0.00000000000000000000001", "\u00e9", "\U0001F600", "\uFEFF", " ", "+", "alarm",
    ];

    [Fact]
    public void Given_damaged_forms_When_decoded_Then_refused_or_within_limits() =>
        Run("osmand-form.golden.txt", bytes =>
        {
            var half = bytes.Length / 2;
            var query = Encoding.Latin1.GetString(bytes, 0, half);
            var results = new[]
            {
                OsmAndDecoder.DecodeForm(Encoding.UTF8.GetString(bytes), default, Golden.ReceivedAt),
                OsmAndDecoder.DecodeForm(query, bytes.AsSpan(half), Golden.ReceivedAt),
            };
            return results.Sum(AssertHolds);
        });

    [Fact]
    public void Given_damaged_bodies_When_decoded_Then_refused_or_within_limits() =>
        Run("osmand-json.golden.txt", bytes => AssertHolds(OsmAndDecoder.DecodeJson(bytes, Golden.ReceivedAt)));

    [Fact]
    public void Given_damaged_batches_When_decoded_Then_refused_or_within_limits() =>
        Run("fixes-json.golden.txt", bytes =>
        {
            var result = FixesJsonDecoder.Decode(bytes);
            Assert.All(result.Accepted, FixLimits.AssertHolds);
            Assert.True(result.Failure is null || result.Count == 0);
            Assert.All(result.Rejected, rejected => Assert.InRange(rejected.Index, 0, result.Count - 1));
            return result.Accepted.Length;
        });

    private void Run(string file, Func<byte[], int> decode)
    {
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var inputs = Golden.Rows(file).Select(row => Encoding.UTF8.GetBytes((string)row[1])).ToArray();
        var accepted = 0;
        for (var i = 0; i < Mutations; i++)
        {
            var bytes = Damage(random, inputs[random.Next(inputs.Length)], inputs[random.Next(inputs.Length)]);
            try
            {
                accepted += decode(bytes);
            }
            catch (Exception)
            {
                output.WriteLine($"mutation {i}: {Convert.ToBase64String(bytes)}");
                throw;
            }
        }
        output.WriteLine($"{accepted} fixes accepted from {Mutations} mutations");
        Assert.InRange(accepted, Mutations / 20, 10 * Mutations); // else the damage reaches no decoder's inside
    }

    private static int AssertHolds(DecodeResult result)
    {
        Assert.Equal(result.Failure is null, result.Fixes.Length == 1);
        Assert.All(result.Fixes, FixLimits.AssertHolds);
        Assert.InRange(result.ClaimedDeviceId?.Length ?? 1, 1, OsmAndDecoder.MaxDeviceIdLength);
        return result.Fixes.Length;
    }

    private static byte[] Damage(Random random, byte[] input, byte[] other)
    {
        var bytes = input.ToList();
        for (var step = random.Next(1, 4); step > 0; step--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(6))
            {
                case 0 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1 when at < bytes.Count:
                    bytes.RemoveRange(at, random.Next(1, Math.Min(8, bytes.Count - at) + 1));
                    break;
                case 2:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Fragments[random.Next(Fragments.Length)]));
                    break;
                case 3 when random.Next(4) == 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 4 when other.Length > 0:
                    var from = random.Next(other.Length);
                    bytes.InsertRange(at, other.AsSpan(from, random.Next(other.Length - from)).ToArray());
                    break;
                case 5 when at < bytes.Count && bytes[at] is >= (byte)'0' and <= (byte)'9':
                    bytes[at] = (byte)random.Next('0', '9' + 1);
                    break;
                default:
                    break;
            }
        }
        return [.. bytes];
    }
}
