namespace FieldCrm.Hub.Ingest.Protocols;

/// <summary>
/// A decimal number as it was written: <c>Mantissa × 10^Exponent</c>. Scaled to integers without floating point, so
/// that the same text gives the same integer everywhere. NaN, infinity, hex, a comma, a space or an empty text
/// are no numbers.
/// </summary>
internal readonly struct DecimalText
{
    /// <summary>Longest text that is looked at: a double's full expansion in a sensible notation is shorter.</summary>
    public const int MaxLength = 64;

    // 10^18 is the largest power whose sum of digits fits a long; further digits cannot change a rounded result.
    private const int MaxDigits = 18;

    // Far outside every scale used here, and small enough that adding exponents cannot overflow.
    private const int MaxExponent = 10_000;

    private static readonly long[] PowersOfTen =
    [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
        10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000,
    ];

    private readonly long _mantissa;
    private readonly int _exponent;

    private DecimalText(long mantissa, int exponent)
    {
        _mantissa = mantissa;
        _exponent = exponent;
    }

    public bool IsNegative => _mantissa < 0;

    /// <summary>Grammar: <c>[+-] digits [. digits] [(e|E) [+-] digits]</c>; one side of the point may be empty.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out DecimalText value)
    {
        value = default;
        if (text.Length is 0 or > MaxLength)
            return false;
        var at = 0;
        var negative = text[0] == '-';
        if (negative || text[0] == '+')
            at++;
        long mantissa = 0;
        var significant = 0;
        var exponent = 0;
        var digitsSeen = 0;
        var afterPoint = false;
        for (; at < text.Length; at++)
        {
            var digit = (uint)(text[at] - '0');
            if (digit > 9)
            {
                if (text[at] != '.' || afterPoint)
                    break;
                afterPoint = true;
                continue;
            }
            digitsSeen++;
            if (significant < MaxDigits)
            {
                mantissa = mantissa * 10 + digit;
                if (mantissa != 0)
                    significant++;
                exponent -= afterPoint ? 1 : 0;
            }
            else
            {
                exponent += afterPoint ? 0 : 1;
            }
        }
        if (digitsSeen == 0 || !TryParseExponent(text[at..], ref exponent))
            return false;
        value = new DecimalText(negative ? -mantissa : mantissa, exponent);
        return true;
    }

    /// <summary>
    /// The number × 10^<paramref name="decimals"/>, rounded half away from zero; false when its magnitude exceeds
    /// <paramref name="limit"/>, which is below 10^17.
    /// </summary>
    public bool TryScale(int decimals, long limit, out long scaled)
    {
        scaled = 0;
        if (_mantissa == 0)
            return true;
        var power = _exponent + decimals;
        if (power >= 0)
        {
            if (power > MaxDigits || Math.Abs(_mantissa) > limit / PowersOfTen[power])
                return false;
            scaled = _mantissa * PowersOfTen[power];
            return true;
        }
        if (-power > MaxDigits)
            return true;
        var divisor = PowersOfTen[-power];
        var quotient = (Math.Abs(_mantissa) + divisor / 2) / divisor;
        scaled = _mantissa < 0 ? -quotient : quotient;
        return quotient <= limit;
    }

    /// <summary>
    /// The number × <paramref name="numerator"/> / <paramref name="denominator"/>, rounded half away from zero;
    /// false when its magnitude exceeds <paramref name="limit"/>.
    /// </summary>
    public bool TryScale(int numerator, int denominator, long limit, out long scaled)
    {
        scaled = 0;
        if (_mantissa == 0 || _exponent < -2 * MaxDigits)
            return true;
        if (_exponent > MaxDigits)
            return false;
        var top = Int128.Abs(_mantissa) * numerator;
        Int128 bottom = denominator;
        for (var e = _exponent; e > 0; e--)
        {
            top *= 10;
            if (top / bottom > limit)
                return false;
        }
        for (var e = _exponent; e < 0; e++)
            bottom *= 10;
        var quotient = (top + bottom / 2) / bottom;
        if (quotient > limit)
            return false;
        scaled = _mantissa < 0 ? -(long)quotient : (long)quotient;
        return true;
    }

    private static bool TryParseExponent(ReadOnlySpan<byte> text, ref int exponent)
    {
        if (text.Length == 0)
            return true;
        if (text[0] is not ((byte)'e' or (byte)'E'))
            return false;
        text = text[1..];
        var negative = text.Length > 0 && text[0] == '-';
        if (text.Length > 0 && text[0] is (byte)'-' or (byte)'+')
            text = text[1..];
        if (text.Length == 0)
            return false;
        var written = 0;
        foreach (var character in text)
        {
            var digit = (uint)(character - '0');
            if (digit > 9)
                return false;
            written = Math.Min(written * 10 + (int)digit, MaxExponent);
        }
        exponent += negative ? -written : written;
        return true;
    }
}
