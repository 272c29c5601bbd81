using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>
/// A value that one tenant holds and nobody else: wherever it turns up, that is where it came from. <paramref name="Exact"/> and
/// <paramref name="AnyCase"/> are the shapes that it can take on the wire, bytes as Latin-1.
/// </summary>
internal sealed record Canary(string What, IReadOnlyList<string> Exact, IReadOnlyList<string> AnyCase)
{
    /// <summary>A number or an id of ours: what the log calls things.</summary>
    public bool IsNumber { get; init; }

    /// <summary>The tenant's name or number, which the operator's own ledger has too.</summary>
    public bool IsOfTheTenantItself { get; init; }

    /// <param name="core">Letters and digits: what no escaping of URLs, JSON, HTML or XML changes.</param>
    public static Canary Text(string what, string core)
    {
        if (core.Length < 12 || !core.All(char.IsAsciiLetterOrDigit))
            throw new ArgumentException($"{core} could be found by chance or be changed by escaping.", nameof(core));
        var bytes = Encoding.ASCII.GetBytes(core);
        return new Canary(
            what, [.. Base64(bytes), Latin(Encoding.Unicode.GetBytes(core)), Latin(Encoding.BigEndianUnicode.GetBytes(core))],
            [core, Convert.ToHexStringLower(bytes)]);
    }

    /// <summary>A secret's text and what is stored of it.</summary>
    public static Canary Secret(string what, string secret)
    {
        var hash = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(secret));
        return new Canary(what, [secret, .. Base64(Encoding.UTF8.GetBytes(secret)), .. Base64(hash), Latin(hash)], [Convert.ToHexStringLower(hash)]);
    }

    public static Canary Id(string what, Guid id) => new(
        what, [Latin(id.ToByteArray()), Latin(id.ToByteArray(bigEndian: true)), .. Base64(Encoding.ASCII.GetBytes(id.ToString("D")))],
        [id.ToString("D"), id.ToString("N")]) { IsNumber = true };

    /// <summary>An integer of at least seven digits, as a text and as 32 or 64 bits of either order.</summary>
    public static Canary Number(string what, long value)
    {
        var digits = Math.Abs(value).ToString(CultureInfo.InvariantCulture);
        if (digits.Length < 7)
            throw new ArgumentException($"{value} could be found by chance.", nameof(value));
        return new Canary(what, [digits, .. Base64(Encoding.ASCII.GetBytes(digits)), .. Binary(value)], []) { IsNumber = true };
    }

    /// <summary>A coordinate: degrees from the fifth decimal on, 1e-7 degrees, and IEEE numbers as PostGIS keeps them.</summary>
    public static Canary Coordinate(string what, int e7)
    {
        var degrees = Math.Abs(e7) / 10_000_000m;
        var shown = Math.Truncate(degrees * 100_000) / 100_000;
        if (shown != Math.Round(degrees, 5))
            throw new ArgumentException($"{e7}: whoever rounds it to five decimals would write something else than is looked for.", nameof(e7));
        var ieee = BitConverter.GetBytes(e7 / 1e7);
        return new Canary(
            what,
            [
                shown.ToString("0.00000", CultureInfo.InvariantCulture), Math.Abs(e7).ToString(CultureInfo.InvariantCulture),
                .. Binary(e7), Latin(ieee), Latin([.. ieee.Reverse()]),
            ],
            []);
    }

    /// <summary>A small number by the JSON member that shows it.</summary>
    public static Canary Member(string name, long value) => new(name, [$"\"{name}\":{value},", $"\"{name}\":{value}}}"], []);

    /// <summary>A moment with microseconds of its own, as text from the minute on and as a count.</summary>
    public static Canary Moment(string what, DateTimeOffset at) => new(
        what,
        [
            at.UtcDateTime.ToString("mm:ss.ffffff", CultureInfo.InvariantCulture),
            ((at.UtcDateTime - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond).ToString(CultureInfo.InvariantCulture),
        ],
        []);

    public static string Latin(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    // Where in the encoded whole it begins is one of three places; what its neighbours decide is left out.
    private static IEnumerable<string> Base64(byte[] bytes)
    {
        for (var before = 0; before < 3; before++)
        {
            var encoded = Convert.ToBase64String([.. new byte[before], .. bytes]);
            var own = encoded[((before * 8 + 5) / 6)..((before + bytes.Length) * 8 / 6)];
            yield return own;
            yield return own.Replace('+', '-').Replace('/', '_');
        }
    }

    private static IEnumerable<string> Binary(long value)
    {
        var eight = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(eight, value);
        var four = eight.AsSpan(0, 4).ToArray();
        return int.MinValue <= value && value <= uint.MaxValue
            ? [Latin(four), Latin([.. four.Reverse()])] : [Latin(eight), Latin([.. eight.Reverse()])];
    }
}
