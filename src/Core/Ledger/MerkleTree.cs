using System.Security.Cryptography;

namespace FieldCrm.Core.Ledger;

/// <summary>
/// The root of the Merkle tree of RFC 6962, section 2.1 (https://www.rfc-editor.org/rfc/rfc6962#section-2.1), built
/// while the leaves pass by: leaf = SHA-256(0x00 ‖ data), node = SHA-256(0x01 ‖ left ‖ right), split at the largest
/// power of two below the number of leaves; no leaves: SHA-256 of nothing. The two prefixes keep a node from being
/// passed off as a leaf. Memory: one hash a level.
/// </summary>
public sealed class MerkleTree
{
    private const byte LeafPrefix = 0x00;
    private const byte NodePrefix = 0x01;

    /// <summary>Roots of complete subtrees, the largest first: the binary digits of <see cref="Count"/>.</summary>
    private readonly Stack<byte[]> _complete = new();

    public long Count { get; private set; }

    public void Add(ReadOnlySpan<byte> leaf)
    {
        var hash = Prefixed(LeafPrefix, leaf, []);
        for (var size = Count; (size & 1) == 1; size >>= 1)
            hash = Prefixed(NodePrefix, _complete.Pop(), hash);
        _complete.Push(hash);
        Count++;
    }

    public byte[] Root()
    {
        byte[]? root = null;
        foreach (var subtree in _complete) // the smallest first
            root = root is null ? subtree : Prefixed(NodePrefix, subtree, root);
        return root ?? SHA256.HashData([]);
    }

    private static byte[] Prefixed(byte prefix, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([prefix]);
        hash.AppendData(left);
        hash.AppendData(right);
        return hash.GetHashAndReset();
    }
}
