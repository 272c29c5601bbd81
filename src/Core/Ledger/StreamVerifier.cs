namespace FieldCrm.Core.Ledger;

/// <summary>Follows one stream after the other, row by row.</summary>
internal sealed class StreamVerifier(LedgerReport report)
{
    private readonly UnexplainedPayloads _missing = new();
    private LedgerRow? _last;
    private long _sealedThrough;
    private long _missingCount;

    public static string Name(string stream, long version) => $"{stream}@{version}";

    public static string Name(LedgerRow row) => Name(row.Stream, row.Version);

    public void Add(LedgerRow row)
    {
        if (_last is null || _last.Stream != row.Stream)
        {
            End();
            report.Of(row.Tenant).Streams++;
        }
        var tally = report.Of(row.Tenant);
        tally.Events++;
        CheckChain(tally, row);
        CheckPayload(tally, row);
        _last = row;
    }

    /// <summary>A seal holds this row of the present stream.</summary>
    public void Sealed(LedgerRow row) => _sealedThrough = row.Version;

    /// <summary>Whether a seal seen so far holds the present stream through this row.</summary>
    public bool SealedThrough(LedgerRow row) => _sealedThrough >= row.Version;

    /// <summary>The stream is over: what is missing now stays unexplained.</summary>
    public void End()
    {
        if (_last is { } last)
        {
            var tally = report.Of(last.Tenant);
            var unexplained = 0L;
            foreach (var range in _missing.Take())
            {
                unexplained += range.Through - range.From + 1;
                tally.Found(LedgerCode.PayloadMissing, range.From == range.Through
                    ? Name(last.Stream, range.From)
                    : $"{Name(last.Stream, range.From)}-{range.Through}");
            }
            tally.ErasedPayloads += _missingCount - unexplained;
        }
        _last = null;
        _sealedThrough = 0;
        _missingCount = 0;
    }

    private void CheckChain(LedgerReport.Tally tally, LedgerRow row)
    {
        var before = _last is null ? StreamHead.Empty : new StreamHead(_last.Version, _last.Hash);
        if (row.Version != before.Version + 1)
            tally.Found(LedgerCode.EventMissing, Name(row.Stream, row.Version - 1));
        else if (!row.PrevHash.Span.SequenceEqual(before.Hash.Span))
            tally.Found(LedgerCode.EventUnlinked, Name(row));
        var hash = EventChain.HashOf(
            row.Tenant, row.Stream, row.Version, row.Type, row.RecordedAt, row.Commitment.Span, row.PrevHash.Span);
        if (!row.Hash.Span.SequenceEqual(hash))
            tally.Found(LedgerCode.EventChanged, Name(row));
    }

    private void CheckPayload(LedgerReport.Tally tally, LedgerRow row)
    {
        if (row.Payload is null || row.Salt is null)
        {
            _missing.Missing(row.Version);
            _missingCount++;
            return;
        }
        if (!row.Commitment.Span.SequenceEqual(EventChain.Commit(row.Salt.Value.Span, row.Payload)))
            tally.Found(LedgerCode.PayloadChanged, Name(row));
        else if (row.Type == PayloadErasure.EventType && PayloadErasure.Read(row.Payload) is { } erased)
            _missing.Explain(erased with { Through = Math.Min(erased.Through, row.Version - 1) });
    }
}
