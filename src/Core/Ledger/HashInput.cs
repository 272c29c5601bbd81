using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace FieldCrm.Core.Ledger;

/// <summary>
/// The bytes that a ledger hash covers: integers little-endian, texts as UTF-8 after a u16 length, so that no two
/// different rows have the same bytes.
/// </summary>
internal sealed class HashInput
{
    private readonly ArrayBufferWriter<byte> _bytes = new(192);

    /// <param name="domain">Names what is hashed and its version: <c>fieldcrm.event.1</c>.</param>
    public HashInput(ReadOnlySpan<byte> domain) => _bytes.Write(domain);

    public HashInput Add(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.GetSpan(sizeof(int)), value);
        _bytes.Advance(sizeof(int));
        return this;
    }

    public HashInput Add(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.GetSpan(sizeof(long)), value);
        _bytes.Advance(sizeof(long));
        return this;
    }

    public HashInput Add(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.GetSpan(sizeof(ushort)), checked((ushort)bytes.Length));
        _bytes.Advance(sizeof(ushort));
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>Bytes of a fixed length: a hash, a commitment, a UUID.</summary>
    public HashInput Add(ReadOnlySpan<byte> fixedLength)
    {
        _bytes.Write(fixedLength);
        return this;
    }

    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    public byte[] Hash() => SHA256.HashData(_bytes.WrittenSpan);
}
