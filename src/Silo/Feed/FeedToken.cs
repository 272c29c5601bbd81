using System.Buffers.Binary;
using System.Buffers.Text;

namespace FieldCrm.Silo.Feed;

/// <summary>
/// Where a reader of the event feed stands: everything up to transaction <see cref="Tx"/>, row <see cref="Seq"/> of
/// this life of the database has been read. Opaque to clients: 39 characters of base64url (RFC 4648, section 5).
/// </summary>
public readonly record struct FeedToken(Guid Epoch, long Tx, int Seq)
{
    private const byte Layout = 1;
    private const int Length = 1 + 16 + sizeof(long) + sizeof(int);

    /// <summary>Characters of every token.</summary>
    public const int TextLength = 39;

    /// <returns>False for everything that <see cref="ToString"/> did not write.</returns>
    public static bool TryParse(string? text, out FeedToken token)
    {
        token = default;
        Span<byte> bytes = stackalloc byte[Length];
        if (text is not { Length: TextLength } || !Base64Url.IsValid(text)
            || !Base64Url.TryDecodeFromChars(text, bytes, out var written) || written != Length || bytes[0] != Layout)
            return false;
        token = new FeedToken(
            new Guid(bytes[1..17], bigEndian: true), BinaryPrimitives.ReadInt64BigEndian(bytes[17..]),
            BinaryPrimitives.ReadInt32BigEndian(bytes[25..]));
        return token.Tx >= 0 && token.Seq >= 0;
    }

    /// <summary>Whether it lies behind <paramref name="other"/> in the order of the feed, in one epoch.</summary>
    internal bool IsAfter(FeedToken other) => Tx != other.Tx ? Tx > other.Tx : Seq > other.Seq;

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes[0] = Layout;
        Epoch.TryWriteBytes(bytes[1..17], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(bytes[17..], Tx);
        BinaryPrimitives.WriteInt32BigEndian(bytes[25..], Seq);
        return Base64Url.EncodeToString(bytes);
    }
}
