using System.Collections.Immutable;
using FieldCrm.Core.Ledger;

namespace FieldCrm.Core.Tests.Ledger;

/// <summary>A small ledger as it would be stored, open to every tampering.</summary>
internal sealed class SampleLedger
{
    public static readonly Guid Epoch = new("5b7e0a52-7a3c-4a55-9f0e-0d0b5c1f1a01");

    public List<LedgerRow> Rows { get; } = [];
    public List<Seal> Seals { get; } = [];
    public List<SealLeaf> Leaves { get; } = [];
    private long _tx = 100;

    /// <summary>
    /// Tenant 1: streams device/1 (5 events) and device/2 (3), tenant 2: tenant/2 (4); sealed after every round, so
    /// that each stream's growth is spread over three seals; one unsealed event of device/1 at the end.
    /// </summary>
    public static SampleLedger Build()
    {
        var ledger = new SampleLedger();
        for (var round = 1; round <= 3; round++)
        {
            ledger.Append(1, "device/1", "TripStarted", $$"""{"round":{{round}}}""");
            ledger.Append(1, "device/2", "TripEnded", $$"""{"round":{{round}},"name":"ä"}""");
            ledger.Append(2, "tenant/2", "DeviceRegistered", $$"""{"round":{{round}}}""");
            if (round > 1)
                ledger.Append(1, "device/1", "TripEnded", "{}");
            if (round == 2)
                ledger.Append(2, "tenant/2", "DeviceRenamed", "{}");
            ledger.SealNow(1, "device/1", "device/2");
            ledger.SealNow(2, "tenant/2");
        }
        ledger.Append(1, "device/1", "TripStarted", """{"round":4}""");
        return ledger;
    }

    public void Append(int tenant, string stream, string type, string payload)
    {
        var last = Rows.LastOrDefault(r => r.Stream == stream);
        var head = last is null ? StreamHead.Empty : new StreamHead(last.Version, last.Hash);
        var entry = EventChain.Append(
            head, new TenantId(tenant), stream, type, payload, UtcMicros.FromUnixSeconds(1_700_000_000 + _tx),
            [.. Enumerable.Range(0, EventChain.SaltBytes).Select(i => (byte)(i + _tx))]);
        Rows.Add(new LedgerRow(entry.Tenant, stream, entry.Version, type, entry.RecordedAt, entry.Commitment,
            entry.PrevHash, entry.Hash, _tx++, entry.Salt, payload));
    }

    public void Erase(string stream, long version)
    {
        var i = Index(stream, version);
        Rows[i] = Rows[i] with { Payload = null, Salt = null };
    }

    public int Index(string stream, long version) => Rows.FindIndex(r => r.Stream == stream && r.Version == version);

    public void SealNow(int tenant, params string[] streams)
    {
        var tree = new MerkleTree();
        var last = Seals.LastOrDefault(s => s.Tenant.Value == tenant);
        foreach (var stream in streams.Order(StringComparer.Ordinal))
        {
            var head = Rows.Last(r => r.Stream == stream);
            SealChain.AddLeaf(tree, stream, head.Version, head.Hash.Span);
            Leaves.Add(new SealLeaf(new TenantId(tenant), (last?.SealNo ?? 0) + 1, stream, head.Version, head.Hash));
        }
        Seals.Add(SealChain.Next(
            last, new TenantId(tenant), UtcMicros.FromUnixSeconds(1_700_001_000 + _tx), Epoch, _tx - 1, tree));
    }

    /// <summary>All the hashes from a row on, recomputed: what a forger with write access to <c>event</c> would do.</summary>
    public void Rehash(string stream)
    {
        ReadOnlyMemory<byte> prev = StreamHead.Empty.Hash;
        for (var i = 0; i < Rows.Count; i++)
        {
            var row = Rows[i];
            if (row.Stream != stream)
                continue;
            var commitment = row.Payload is null ? row.Commitment : EventChain.Commit(row.Salt!.Value.Span, row.Payload);
            var hash = EventChain.HashOf(
                row.Tenant, stream, row.Version, row.Type, row.RecordedAt, commitment.Span, prev.Span);
            Rows[i] = row with { Commitment = commitment, PrevHash = prev, Hash = hash };
            prev = hash;
        }
    }

    public async Task<ImmutableArray<TenantLedger>> VerifyAsync(params SealAnchor[] anchors)
    {
        var verification = new LedgerVerification(Epoch, [.. anchors]);
        await verification.SealsAsync(
            Seals.OrderBy(s => s.Tenant.Value).ThenBy(s => s.SealNo).ToAsyncEnumerable(),
            Leaves.OrderBy(l => l.Tenant.Value).ThenBy(l => l.SealNo).ThenBy(l => l.Stream, StringComparer.Ordinal)
                .ToAsyncEnumerable(), CancellationToken.None);
        await verification.StreamsAsync(
            Rows.OrderBy(r => r.Stream, StringComparer.Ordinal).ThenBy(r => r.Version).ToAsyncEnumerable(),
            Leaves.OrderBy(l => l.Stream, StringComparer.Ordinal).ThenBy(l => l.Version).ToAsyncEnumerable(),
            CancellationToken.None);
        return verification.Result();
    }

    public async Task<string[]> FindAsync(params SealAnchor[] anchors) =>
        [.. (await VerifyAsync(anchors)).SelectMany(t => t.Findings).Select(f => $"{f.Tenant} {f.Code} {f.Where}")];
}
