using System.Diagnostics.Metrics;

namespace FieldCrm.Silo.Devices;

/// <summary>What the devices' grains of one silo cost beside their reports, as meter <c>FieldCrm.Devices</c>.</summary>
internal sealed class DeviceMetrics : IDisposable
{
    public const string MeterName = "FieldCrm.Devices";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _loads;
    private readonly Counter<long> _fixes;
    private long _fixesFolded;

    public DeviceMetrics()
    {
        _loads = _meter.CreateCounter<long>("fieldcrm.device.loads", "{load}");
        _fixes = _meter.CreateCounter<long>("fieldcrm.device.load_fixes", "{fix}");
    }

    /// <summary>Fixes folded within first turns since the start.</summary>
    public long FixesFoldedByLoads => Interlocked.Read(ref _fixesFolded);

    public void Loaded(int fixes)
    {
        _loads.Add(1);
        _fixes.Add(fixes);
        Interlocked.Add(ref _fixesFolded, fixes);
    }

    public void Dispose() => _meter.Dispose();
}
