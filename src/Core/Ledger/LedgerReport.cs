using System.Collections.Immutable;

namespace FieldCrm.Core.Ledger;

/// <summary>One thing that does not hold.</summary>
/// <param name="Code">Stable: one of <see cref="LedgerCode"/>.</param>
/// <param name="Where">The row: <c>device/17@4</c> for an event, <c>seal 12</c> for a seal.</param>
public sealed record LedgerFinding(TenantId Tenant, string Code, string Where);

/// <summary>Codes of findings; scripts and tests rely on them.</summary>
public static class LedgerCode
{
    /// <summary>A version of a stream is not there, though a later one is.</summary>
    public const string EventMissing = "ledger.event-missing";

    /// <summary>The row's content does not give its hash.</summary>
    public const string EventChanged = "ledger.event-changed";

    /// <summary>The row does not continue the one before.</summary>
    public const string EventUnlinked = "ledger.event-unlinked";

    public const string PayloadChanged = "ledger.payload-changed";

    /// <summary>A payload is gone and no later <c>PayloadErased</c> of the stream says so.</summary>
    public const string PayloadMissing = "ledger.payload-missing";

    /// <summary>A seal holds a head whose row is gone: the stream was cut short, or removed.</summary>
    public const string SealedEventMissing = "ledger.sealed-event-missing";

    /// <summary>A seal holds another hash for this row: the chain was rewritten after it was sealed.</summary>
    public const string SealedEventChanged = "ledger.sealed-event-changed";

    /// <summary>The newest seal claims to cover this row's transaction, but no seal holds its stream this far.</summary>
    public const string EventSkipped = "ledger.event-skipped";

    public const string SealMissing = "ledger.seal-missing";

    /// <summary>The seal's content does not give its hash.</summary>
    public const string SealChanged = "ledger.seal-changed";

    /// <summary>The seal does not continue the one before.</summary>
    public const string SealUnlinked = "ledger.seal-unlinked";

    /// <summary>The seal's leaves do not give its root.</summary>
    public const string LeavesChanged = "ledger.leaves-changed";

    /// <summary>The seal that was noted down outside the database is not there, or is another.</summary>
    public const string AnchorMissing = "ledger.anchor-missing";
}

/// <summary>
/// A seal that somebody noted down outside the database. Without one, nothing can tell that the newest seals were
/// removed together with all they cover.
/// </summary>
public sealed record SealAnchor(TenantId Tenant, long SealNo, ReadOnlyMemory<byte> Hash);

/// <summary>What verification found of one tenant.</summary>
/// <param name="UnsealedEvents">Younger than the newest seal; the sealer takes them within seconds.</param>
/// <param name="NewestSealHash">Worth noting down elsewhere: the anchor of the next verification.</param>
/// <param name="Findings">The first <see cref="LedgerReport.MaxFindingsKept"/>; <paramref name="FindingCount"/> is exact.</param>
public sealed record TenantLedger(
    TenantId Tenant,
    long Streams,
    long Events,
    long UnsealedEvents,
    long ErasedPayloads,
    long Seals,
    long NewestSealNo,
    ReadOnlyMemory<byte> NewestSealHash,
    long FindingCount,
    ImmutableArray<LedgerFinding> Findings)
{
    public bool Holds => FindingCount == 0;
}

/// <summary>Counts a tenant while the rows pass by. Memory follows the number of tenants.</summary>
internal sealed class LedgerReport
{
    /// <summary>A ruined ledger of a million rows is told by its first findings.</summary>
    public const int MaxFindingsKept = 100;

    private readonly SortedDictionary<int, Tally> _tenants = [];

    public Tally Of(TenantId tenant)
    {
        if (!_tenants.TryGetValue(tenant.Value, out var tally))
            _tenants.Add(tenant.Value, tally = new Tally(tenant));
        return tally;
    }

    public ImmutableArray<TenantLedger> Result() => [.. _tenants.Values.Select(t => t.Result())];

    internal sealed class Tally(TenantId tenant)
    {
        private readonly List<LedgerFinding> _findings = [];
        private long _findingCount;

        public long Streams { get; set; }
        public long Events { get; set; }
        public long UnsealedEvents { get; set; }
        public long ErasedPayloads { get; set; }
        public long Seals { get; set; }
        public Seal? NewestSeal { get; set; }

        public void Found(string code, string where)
        {
            _findingCount++;
            if (_findings.Count < MaxFindingsKept)
                _findings.Add(new LedgerFinding(tenant, code, where));
        }

        public TenantLedger Result() => new(
            tenant, Streams, Events, UnsealedEvents, ErasedPayloads, Seals, NewestSeal?.SealNo ?? 0,
            NewestSeal?.Hash ?? SealChain.NoPredecessor, _findingCount, [.. _findings]);
    }
}
