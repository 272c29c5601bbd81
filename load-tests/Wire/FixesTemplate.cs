using System.Globalization;
using System.Text;
using FieldCrm.LoadTests.Fleet;

namespace FieldCrm.LoadTests.Wire;

/// <summary>
/// A complete <c>POST /api/v1/fixes</c> of a fixed number of fixes, rendered once: sending means writing the token and
/// the digits in place. Every number has a constant width, so the length never changes.
/// </summary>
internal sealed class FixesTemplate
{
    private const int DegreeDigits = 2;
    private const int FractionDigits = 7;
    private const string SampleFix =
        "{\"fixedAt\":\"2026-01-01T00:00:00.000Z\",\"lat\":-34.0000000,\"lon\":-56.0000000,\"speedMps\":00.000}";

    private readonly byte[] _request;
    private readonly int _tokenAt;
    private readonly int _tokenLength;
    private readonly int[] _fixAt;
    private readonly byte[] _day;

    /// <param name="day">All fixes are of this UTC day.</param>
    public FixesTemplate(int fixesPerRequest, int tokenLength, DateOnly day)
    {
        _tokenLength = tokenLength;
        _day = Encoding.ASCII.GetBytes(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        var body = "{\"fixes\":[" + string.Join(',', Enumerable.Repeat(SampleFix.Replace("00.000}", "10.000}", StringComparison.Ordinal), fixesPerRequest)) + "]}";
        var head = "POST /api/v1/fixes HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {body.Length}\r\nAuthorization: Bearer ";
        _tokenAt = head.Length;
        var bodyAt = head.Length + tokenLength + 4;
        _request = Encoding.ASCII.GetBytes(head + new string('x', tokenLength) + "\r\n\r\n" + body);
        _fixAt = new int[fixesPerRequest];
        for (var i = 0; i < fixesPerRequest; i++)
            _fixAt[i] = bodyAt + "{\"fixes\":[".Length + i * (SampleFix.Length + 1);
    }

    public ReadOnlyMemory<byte> Request => _request;

    public void SetToken(ReadOnlySpan<byte> token)
    {
        if (token.Length != _tokenLength)
            throw new ArgumentException($"A token of {token.Length} characters where {_tokenLength} were expected.", nameof(token));
        token.CopyTo(_request.AsSpan(_tokenAt));
    }

    public void SetFix(int index, in TrackPoint point)
    {
        var fix = _request.AsSpan(_fixAt[index], SampleFix.Length);
        const int timeAt = 12; // after {"fixedAt":"
        _day.CopyTo(fix[timeAt..]);
        var millis = point.FixedAtMicros / 1_000 % 86_400_000;
        Digits(fix[(timeAt + 11)..], millis / 3_600_000, 2);
        Digits(fix[(timeAt + 14)..], millis / 60_000 % 60, 2);
        Digits(fix[(timeAt + 17)..], millis / 1_000 % 60, 2);
        Digits(fix[(timeAt + 20)..], millis % 1_000, 3);
        const int latitudeAt = timeAt + 24 + 9; // ",\"lat\":-" after the closing quote
        Degrees(fix[latitudeAt..], point.LatitudeE7);
        const int longitudeAt = latitudeAt + DegreeDigits + 1 + FractionDigits + 8; // ,"lon":-
        Degrees(fix[longitudeAt..], point.LongitudeE7);
        // A number has no leading zero: below 10 m/s the first digit is written as a space.
        const int speedAt = longitudeAt + DegreeDigits + 1 + FractionDigits + 12; // ,"speedMps":
        var speed = point.SpeedMmps;
        Digits(fix[speedAt..], speed / 1_000, 2);
        if (fix[speedAt] == '0')
            fix[speedAt] = (byte)' ';
        Digits(fix[(speedAt + 3)..], speed % 1_000, 3);
    }

    /// <summary>The token as the bytes that <see cref="SetToken"/> copies.</summary>
    public static byte[] TokenBytes(FleetDevice device) => Encoding.ASCII.GetBytes(device.Token);

    private static void Degrees(Span<byte> target, int valueE7)
    {
        var magnitude = Math.Abs(valueE7); // the region lies south and west: the sign stands in the template
        Digits(target, magnitude / 10_000_000, DegreeDigits);
        Digits(target[(DegreeDigits + 1)..], magnitude % 10_000_000, FractionDigits);
    }

    private static void Digits(Span<byte> target, long value, int count)
    {
        for (var i = count - 1; i >= 0; i--)
        {
            target[i] = (byte)('0' + value % 10);
            value /= 10;
        }
    }
}
