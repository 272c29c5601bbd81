using System.Diagnostics.Metrics;

namespace FieldCrm.Silo.Commit;

/// <summary>What the lanes do, as meter <c>FieldCrm.Commit</c>.</summary>
internal sealed class CommitMetrics
{
    public const string MeterName = "FieldCrm.Commit";

    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> Fixes = Meter.CreateCounter<long>("fieldcrm.commit.fixes", "{fix}");
    private static readonly Counter<long> Commits = Meter.CreateCounter<long>("fieldcrm.commit.commits", "{commit}");
    private static readonly Counter<long> Failures = Meter.CreateCounter<long>("fieldcrm.commit.failures", "{batch}");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("fieldcrm.commit.duration", "s");

    private readonly KeyValuePair<string, object?> _lane;

    public CommitMetrics(int lane, Func<int> queued)
    {
        _lane = new("lane", lane);
        Meter.CreateObservableGauge("fieldcrm.commit.queued", () => new Measurement<int>(queued(), _lane), "{unit}");
    }

    public void Committed(List<PendingUnit> batch, TimeSpan elapsed)
    {
        long fixes = 0;
        foreach (var pending in batch)
        {
            if (pending.Unit.Fixes is { } unit)
                fixes += unit.Forward.Length + unit.Late.Length + unit.BeyondWindow.Length;
        }
        Fixes.Add(fixes, _lane);
        Commits.Add(1, _lane);
        Duration.Record(elapsed.TotalSeconds, _lane);
    }

    public void Failed(CommitFailureKind kind) => Failures.Add(1, _lane, new("kind", kind.ToString()));
}
