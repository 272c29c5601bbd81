using FieldCrm.Core;

namespace FieldCrm.Hub.Ingest.Protocols;

/// <summary>Times as devices write them, read from UTF-8 without allocating. Fractions are truncated to µs.</summary>
internal static class TimeText
{
    /// <summary>
    /// A number below this is seconds since 1970, from it on milliseconds: the convention of the OsmAnd protocol
    /// (as milliseconds it would lie in January 1970, which no device means).
    /// </summary>
    private const long FirstMilliseconds = 1L << 31;

    private const int MaxLength = 40;

    private static readonly long EpochMicros = DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerMicrosecond;
    private static readonly long MaxMicros = UtcMicros.From(DateTimeOffset.MaxValue).Value;

    /// <summary>
    /// Seconds or milliseconds since 1970 (a decimal point is allowed, a sign or an exponent is not), ISO 8601,
    /// or <c>yyyy-MM-dd HH:mm:ss</c>. Without a zone it is UTC. False for anything else and after the year 9999.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out UtcMicros time)
    {
        time = default;
        if (text.Length is 0 or > MaxLength)
            return false;
        var point = text.IndexOf((byte)'.');
        var whole = point < 0 ? text : text[..point];
        return whole.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            ? TryParseIso(text, zoneRequired: false, out time)
            : TryParseUnix(whole, point < 0 ? default : text[(point + 1)..], point >= 0, out time);
    }

    /// <summary>
    /// <c>yyyy-MM-dd(T| )HH:mm[:ss[.fraction]][Z|±HH[[:]mm]]</c>. A space in the place of the offset's plus is
    /// taken for it: that is what an unescaped <c>+</c> becomes in a query.
    /// </summary>
    public static bool TryParseIso(ReadOnlySpan<byte> text, bool zoneRequired, out UtcMicros time)
    {
        time = default;
        if (text.Length is < 16 or > MaxLength
            || text[4] != '-' || text[7] != '-' || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ') || text[13] != ':')
            return false;
        if (!TryTwo(text, 0, out var century) || !TryTwo(text, 2, out var yearOfCentury) || !TryTwo(text, 5, out var month)
            || !TryTwo(text, 8, out var day) || !TryTwo(text, 11, out var hour) || !TryTwo(text, 14, out var minute))
            return false;
        var year = century * 100 + yearOfCentury;
        var second = 0;
        long fractionMicros = 0;
        var rest = text[16..];
        if (rest.Length > 0 && rest[0] == ':')
        {
            if (!TryTwo(rest, 1, out second))
                return false;
            rest = rest[3..];
            if (rest.Length > 0 && rest[0] is (byte)'.' or (byte)',' && !TryTakeFraction(ref rest, out fractionMicros))
                return false;
        }
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour > 23 || minute > 59 || second > 59 || !TryParseZone(rest, zoneRequired, out var offsetMinutes))
            return false;
        var ticks = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks;
        var micros = ticks / TimeSpan.TicksPerMicrosecond - EpochMicros + fractionMicros
            - offsetMinutes * UtcMicros.PerMinute;
        if (micros < -EpochMicros || micros > MaxMicros)
            return false;
        time = new UtcMicros(micros);
        return true;
    }

    private static bool TryParseUnix(
        ReadOnlySpan<byte> whole, ReadOnlySpan<byte> fraction, bool hasPoint, out UtcMicros time)
    {
        time = default;
        // 15 digits of milliseconds reach beyond the year 9999.
        if (whole.Length is 0 or > 15 || (hasPoint && fraction.Length == 0)
            || fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return false;
        long number = 0;
        foreach (var digit in whole)
            number = number * 10 + (digit - '0');
        var unitMicros = number < FirstMilliseconds ? UtcMicros.PerSecond : UtcMicros.PerMillisecond;
        var micros = number * unitMicros;
        foreach (var digit in fraction)
        {
            unitMicros /= 10;
            micros += (digit - '0') * unitMicros;
        }
        if (micros > MaxMicros)
            return false;
        time = new UtcMicros(micros);
        return true;
    }

    private static bool TryTakeFraction(ref ReadOnlySpan<byte> rest, out long micros)
    {
        micros = 0;
        var unit = UtcMicros.PerSecond;
        var at = 1;
        for (; at < rest.Length && rest[at] is >= (byte)'0' and <= (byte)'9'; at++)
        {
            unit /= 10;
            micros += (rest[at] - '0') * unit;
        }
        var any = at > 1;
        rest = rest[at..];
        return any;
    }

    private static bool TryParseZone(ReadOnlySpan<byte> text, bool required, out int offsetMinutes)
    {
        offsetMinutes = 0;
        if (text.Length == 0)
            return !required;
        if (text.Length == 1)
            return text[0] is (byte)'Z' or (byte)'z';
        if (text[0] is not ((byte)'+' or (byte)'-' or (byte)' ') || !TryTwo(text, 1, out var hours))
            return false;
        var minutes = 0;
        if (text.Length > 3)
        {
            var at = text[3] == ':' ? 4 : 3;
            if (text.Length != at + 2 || !TryTwo(text, at, out minutes))
                return false;
        }
        // ISO 8601 has no bound; no place on Earth is further than 14 hours from UTC, devices write up to 18.
        if (hours > 18 || minutes > 59)
            return false;
        offsetMinutes = (hours * 60 + minutes) * (text[0] == '-' ? -1 : 1);
        return true;
    }

    private static bool TryTwo(ReadOnlySpan<byte> text, int at, out int number)
    {
        number = 0;
        if (at + 2 > text.Length)
            return false;
        var tens = (uint)(text[at] - '0');
        var ones = (uint)(text[at + 1] - '0');
        number = (int)(tens * 10 + ones);
        return tens <= 9 && ones <= 9;
    }
}
