namespace FieldCrm.Core.Ledger;

/// <summary>A stream's head as a seal holds it.</summary>
public sealed record SealLeaf(TenantId Tenant, long SealNo, string Stream, long Version, ReadOnlyMemory<byte> HeadHash);

/// <summary>
/// One link of a tenant's chain of seals: a Merkle root over the heads of the streams that grew since the last one.
/// What a seal covers cannot be removed or changed any more without the seal showing it.
/// </summary>
/// <param name="SealNo">1 for a tenant's first seal, then without a gap.</param>
/// <param name="FeedEpoch">The life of the database in which <paramref name="ThroughTx"/> counts.</param>
/// <param name="ThroughTx">
/// Every event of the tenant with a transaction up to this one was sealed by now; -1 while a restored ledger, whose rows
/// have transaction 0, is sealed anew page by page.
/// </param>
/// <param name="PrevHash">The seal before; 32 zero bytes in the first.</param>
public sealed record Seal(
    TenantId Tenant,
    long SealNo,
    UtcMicros SealedAt,
    Guid FeedEpoch,
    long ThroughTx,
    int LeafCount,
    ReadOnlyMemory<byte> Root,
    ReadOnlyMemory<byte> PrevHash,
    ReadOnlyMemory<byte> Hash);

/// <summary>
/// How seals are hashed, SHA-256 throughout. Leaf data = "fieldcrm.leaf.1" ‖ length-prefixed stream ‖ version i64 ‖
/// head hash, leaves in the byte order of their stream names; root as in <see cref="MerkleTree"/>;
/// seal hash = H("fieldcrm.seal.1" ‖ tenant i32 ‖ seal number i64 ‖ sealed at i64 µs ‖ epoch 16 bytes, RFC 4122 order ‖
/// through tx i64 ‖ leaf count i32 ‖ root ‖ previous hash). Integers little-endian, lengths u16.
/// </summary>
public static class SealChain
{
    private static readonly byte[] LeafDomain = "fieldcrm.leaf.1"u8.ToArray();
    private static readonly byte[] SealDomain = "fieldcrm.seal.1"u8.ToArray();

    /// <summary>What the first seal of a tenant has for its predecessor.</summary>
    public static readonly ReadOnlyMemory<byte> NoPredecessor = new byte[EventChain.HashBytes];

    public static void AddLeaf(MerkleTree tree, string stream, long version, ReadOnlySpan<byte> headHash) =>
        tree.Add(new HashInput(LeafDomain).Add(stream).Add(version).Add(headHash).Bytes);

    /// <param name="last">The tenant's newest seal; null when it has none.</param>
    public static Seal Next(Seal? last, TenantId tenant, UtcMicros sealedAt, Guid epoch, long throughTx, MerkleTree leaves)
    {
        var number = (last?.SealNo ?? 0) + 1;
        var prevHash = last?.Hash ?? NoPredecessor;
        var count = checked((int)leaves.Count);
        var root = leaves.Root();
        var hash = HashOf(tenant, number, sealedAt, epoch, throughTx, count, root, prevHash.Span);
        return new Seal(tenant, number, sealedAt, epoch, throughTx, count, root, prevHash, hash);
    }

    public static byte[] HashOf(Seal seal) => HashOf(
        seal.Tenant, seal.SealNo, seal.SealedAt, seal.FeedEpoch, seal.ThroughTx, seal.LeafCount, seal.Root.Span,
        seal.PrevHash.Span);

    private static byte[] HashOf(
        TenantId tenant, long number, UtcMicros sealedAt, Guid epoch, long throughTx, int leafCount,
        ReadOnlySpan<byte> root, ReadOnlySpan<byte> prevHash) =>
        new HashInput(SealDomain)
            .Add(tenant.Value).Add(number).Add(sealedAt.Value).Add(epoch.ToByteArray(bigEndian: true)).Add(throughTx)
            .Add(leafCount).Add(root).Add(prevHash)
            .Hash();
}
