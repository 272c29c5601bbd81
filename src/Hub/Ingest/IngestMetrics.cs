using System.Diagnostics.Metrics;
using FieldCrm.Silo.Devices;

namespace FieldCrm.Hub.Ingest;

/// <summary>What devices sent and what became of it, as meter <c>FieldCrm.Ingest</c>.</summary>
internal sealed class IngestMetrics
{
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _quarantined;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _notStored;
    private readonly Counter<long> _offShift;

    public IngestMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("FieldCrm.Ingest");
        _accepted = meter.CreateCounter<long>("fieldcrm.ingest.accepted", "{fix}");
        _duplicates = meter.CreateCounter<long>("fieldcrm.ingest.duplicates", "{fix}");
        _quarantined = meter.CreateCounter<long>("fieldcrm.ingest.quarantined", "{fix}");
        _refused = meter.CreateCounter<long>("fieldcrm.ingest.refused", "{request}");
        _notStored = meter.CreateCounter<long>("fieldcrm.ingest.not_stored", "{fix}");
        _offShift = meter.CreateCounter<long>("fieldcrm.ingest.off_shift", "{fix}");
    }

    public void Accepted(ReportReceipt receipt)
    {
        _accepted.Add(receipt.Accepted);
        if (receipt.Duplicates > 0)
            _duplicates.Add(receipt.Duplicates);
    }

    public void Quarantined(string reason, int fixes) => _quarantined.Add(fixes, new KeyValuePair<string, object?>("reason", reason));

    public void Refused(string code) => _refused.Add(1, new KeyValuePair<string, object?>("code", code));

    /// <summary>A number and no device: nobody is to be found by it.</summary>
    public void OffShift(int fixes)
    {
        if (fixes > 0)
            _offShift.Add(fixes);
    }

    public void NotStored(int fixes) => _notStored.Add(fixes);
}
