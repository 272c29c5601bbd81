using System.Diagnostics.Metrics;

namespace FieldCrm.Silo.Commit;

/// <summary>What the lanes of one silo do, as meter <c>FieldCrm.Commit</c>.</summary>
internal sealed class CommitMetrics : IDisposable
{
    public const string MeterName = "FieldCrm.Commit";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _fixes;
    private readonly Counter<long> _commits;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _parked;
    private readonly Histogram<double> _duration;

    public CommitMetrics()
    {
        _fixes = _meter.CreateCounter<long>("fieldcrm.commit.fixes", "{fix}");
        _commits = _meter.CreateCounter<long>("fieldcrm.commit.commits", "{commit}");
        _failures = _meter.CreateCounter<long>("fieldcrm.commit.failures", "{batch}");
        _parked = _meter.CreateCounter<long>("fieldcrm.commit.parked", "{unit}");
        _duration = _meter.CreateHistogram<double>("fieldcrm.commit.duration", "s");
    }

    public void Watch(int lane, Func<int> queued) => _meter.CreateObservableGauge(
        "fieldcrm.commit.queued", () => new Measurement<int>(queued(), Lane(lane)), "{unit}");

    public void Committed(int lane, List<PendingUnit> batch, TimeSpan elapsed)
    {
        long fixes = 0;
        foreach (var pending in batch)
        {
            if (pending.Unit.Fixes is { } unit)
                fixes += unit.Forward.Length + unit.Late.Length + unit.BeyondWindow.Length;
        }
        _fixes.Add(fixes, Lane(lane));
        _commits.Add(1, Lane(lane));
        _duration.Record(elapsed.TotalSeconds, Lane(lane));
    }

    public void Failed(int lane, CommitFailureKind kind) => _failures.Add(1, Lane(lane), new("kind", kind.ToString()));

    public void Parked(int lane) => _parked.Add(1, Lane(lane));

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Lane(int number) => new("lane", number);
}
