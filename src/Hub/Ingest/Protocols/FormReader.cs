namespace FieldCrm.Hub.Ingest.Protocols;

/// <summary>
/// Walks <c>name=value&amp;name=value</c> and decodes each pair where it stands (a decoded text is never longer than
/// its escapes), so that nothing is allocated. The spans it hands out stay valid as long as the buffer.
/// </summary>
internal ref struct FormReader(Span<byte> encoded)
{
    private Span<byte> _rest = encoded;

    /// <summary>A percent escape was broken; reading ended there.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>The next pair that is not empty; false at the end or on damage.</summary>
    public bool TryRead(out Span<byte> name, out Span<byte> value)
    {
        name = value = default;
        var pair = Span<byte>.Empty;
        while (pair.IsEmpty)
        {
            if (_rest.IsEmpty)
                return false;
            var end = _rest.IndexOf((byte)'&');
            pair = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
        }
        var equals = pair.IndexOf((byte)'=');
        name = equals < 0 ? pair : pair[..equals];
        value = equals < 0 ? default : pair[(equals + 1)..];
        if (TryUnescape(ref name) && TryUnescape(ref value))
            return true;
        IsDamaged = true;
        return false;
    }

    private static bool TryUnescape(ref Span<byte> text)
    {
        if (text.IndexOfAny((byte)'%', (byte)'+') < 0)
            return true;
        var to = 0;
        for (var from = 0; from < text.Length; from++)
        {
            var current = text[from];
            if (current == '+')
            {
                current = (byte)' ';
            }
            else if (current == '%')
            {
                if (from + 2 >= text.Length)
                    return false;
                var high = HexDigit(text[from + 1]);
                var low = HexDigit(text[from + 2]);
                if (high < 0 || low < 0)
                    return false;
                current = (byte)(high << 4 | low);
                from += 2;
            }
            text[to++] = current;
        }
        text = text[..to];
        return true;
    }

    private static int HexDigit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        _ => -1,
    };
}
