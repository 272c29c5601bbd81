using System.Collections.Immutable;

namespace FieldCrm.Core.Ledger;

/// <summary>A row of the ledger as it is stored.</summary>
/// <param name="Tx">The transaction that wrote it; 0 after a restore.</param>
/// <param name="Salt">Null with <paramref name="Payload"/>: erased, or lost.</param>
public sealed record LedgerRow(
    TenantId Tenant,
    string Stream,
    long Version,
    string Type,
    UtcMicros RecordedAt,
    ReadOnlyMemory<byte> Commitment,
    ReadOnlyMemory<byte> PrevHash,
    ReadOnlyMemory<byte> Hash,
    long Tx,
    ReadOnlyMemory<byte>? Salt,
    string? Payload);

/// <summary>
/// Checks a whole ledger from its rows alone, in one pass over the seals and one over the events, whatever their
/// number. Call <see cref="SealsAsync"/> first, then <see cref="StreamsAsync"/>, then <see cref="Result"/>.
/// All rows must come from one snapshot of the database.
/// </summary>
/// <param name="feedEpoch">The database's present life: transaction numbers of earlier ones say nothing.</param>
public sealed class LedgerVerification(Guid feedEpoch, ImmutableArray<SealAnchor> anchors)
{
    private readonly LedgerReport _report = new();

    public ImmutableArray<TenantLedger> Result() => _report.Result();

    /// <summary>Each seal gives its hash, continues the one before, and its leaves give its root.</summary>
    /// <param name="seals">By tenant, then number.</param>
    /// <param name="leaves">By tenant, then seal number, then the byte order of stream names.</param>
    public async Task SealsAsync(
        IAsyncEnumerable<Seal> seals, IAsyncEnumerable<SealLeaf> leaves, CancellationToken cancellationToken)
    {
        var anchored = anchors.ToHashSet();
        await using var leaf = leaves.GetAsyncEnumerator(cancellationToken);
        var hasLeaf = await leaf.MoveNextAsync();
        Seal? last = null;
        await foreach (var seal in seals.WithCancellation(cancellationToken))
        {
            var tally = _report.Of(seal.Tenant);
            CheckLink(tally, last?.Tenant == seal.Tenant ? last : null, seal);
            var tree = new MerkleTree();
            for (; hasLeaf && Order(leaf.Current, seal) <= 0; hasLeaf = await leaf.MoveNextAsync())
            {
                if (Order(leaf.Current, seal) == 0)
                    SealChain.AddLeaf(tree, leaf.Current.Stream, leaf.Current.Version, leaf.Current.HeadHash.Span);
                else
                    Orphan(leaf.Current);
            }
            if (tree.Count != seal.LeafCount || !Same(tree.Root(), seal.Root))
                tally.Found(LedgerCode.LeavesChanged, Name(seal.SealNo));
            anchored.RemoveWhere(a => a.Tenant == seal.Tenant && a.SealNo == seal.SealNo && Same(a.Hash, seal.Hash));
            last = seal;
        }
        for (; hasLeaf; hasLeaf = await leaf.MoveNextAsync())
            Orphan(leaf.Current);
        foreach (var anchor in anchored)
            _report.Of(anchor.Tenant).Found(LedgerCode.AnchorMissing, Name(anchor.SealNo));
    }

    /// <summary>Each stream is one unbroken chain, each payload is what was committed to, each sealed head is there.</summary>
    /// <param name="rows">By the byte order of stream names, then version.</param>
    /// <param name="leaves">All leaves of all seals, in the same order; a head may be sealed twice.</param>
    public async Task StreamsAsync(
        IAsyncEnumerable<LedgerRow> rows, IAsyncEnumerable<SealLeaf> leaves, CancellationToken cancellationToken)
    {
        var stream = new StreamVerifier(_report);
        await using var leaf = leaves.GetAsyncEnumerator(cancellationToken);
        var hasLeaf = await leaf.MoveNextAsync();
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            stream.Add(row);
            for (; hasLeaf && Order(leaf.Current, row) <= 0; hasLeaf = await leaf.MoveNextAsync())
                CheckLeaf(leaf.Current, Order(leaf.Current, row) == 0 ? row : null);
            var isSealed = stream.SealedThrough(row) || (hasLeaf && leaf.Current.Stream == row.Stream);
            if (!isSealed)
                CheckUnsealed(row);
        }
        stream.End();
        for (; hasLeaf; hasLeaf = await leaf.MoveNextAsync())
            CheckLeaf(leaf.Current, null);

        void CheckLeaf(SealLeaf sealedHead, LedgerRow? row)
        {
            if (row is not null && row.Tenant == sealedHead.Tenant)
                stream.Sealed(row);
            if (row is null || row.Tenant != sealedHead.Tenant)
                _report.Of(sealedHead.Tenant).Found(LedgerCode.SealedEventMissing, StreamVerifier.Name(sealedHead.Stream, sealedHead.Version));
            else if (!Same(row.Hash, sealedHead.HeadHash))
                _report.Of(row.Tenant).Found(LedgerCode.SealedEventChanged, StreamVerifier.Name(row));
        }
    }

    private void CheckUnsealed(LedgerRow row)
    {
        var tally = _report.Of(row.Tenant);
        tally.UnsealedEvents++;
        if (tally.NewestSeal is { } newest && newest.FeedEpoch == feedEpoch && row.Tx <= newest.ThroughTx)
            tally.Found(LedgerCode.EventSkipped, StreamVerifier.Name(row));
    }

    private static void CheckLink(LedgerReport.Tally tally, Seal? before, Seal seal)
    {
        tally.Seals++;
        tally.NewestSeal = seal;
        if (seal.SealNo != (before?.SealNo ?? 0) + 1)
            tally.Found(LedgerCode.SealMissing, Name(seal.SealNo - 1));
        else if (!Same(seal.PrevHash, before?.Hash ?? SealChain.NoPredecessor))
            tally.Found(LedgerCode.SealUnlinked, Name(seal.SealNo));
        if (!Same(SealChain.HashOf(seal), seal.Hash))
            tally.Found(LedgerCode.SealChanged, Name(seal.SealNo));
    }

    private void Orphan(SealLeaf leaf) => _report.Of(leaf.Tenant).Found(LedgerCode.SealMissing, Name(leaf.SealNo));

    private static int Order(SealLeaf leaf, Seal seal)
    {
        var byTenant = leaf.Tenant.Value.CompareTo(seal.Tenant.Value);
        return byTenant != 0 ? byTenant : leaf.SealNo.CompareTo(seal.SealNo);
    }

    private static int Order(SealLeaf leaf, LedgerRow row)
    {
        // Stream names are ASCII, so ordinal order is the database's byte order.
        var byStream = string.CompareOrdinal(leaf.Stream, row.Stream);
        return byStream != 0 ? byStream : leaf.Version.CompareTo(row.Version);
    }

    private static bool Same(ReadOnlyMemory<byte> left, ReadOnlyMemory<byte> right) =>
        left.Span.SequenceEqual(right.Span);

    private static string Name(long sealNo) => $"seal {sealNo}";
}
