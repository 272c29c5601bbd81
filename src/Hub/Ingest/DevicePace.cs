using System.Collections.Concurrent;
using FieldCrm.Core;

namespace FieldCrm.Hub.Ingest;

/// <summary>
/// How fast each device may report: so many at once, and a pace that lasts (generic cell rate algorithm, ITU-T I.371). One
/// number a device and no timer: a limiter that refilled ten thousand buckets by the clock, ten times a second, took 4 % of
/// the server's time (docs/FIGURES.md), and would take more with each device that is silent.
/// </summary>
internal sealed class DevicePace(int atOnce, int perSecond, TimeProvider time)
{
    // Only devices that are registered are counted: as many entries as those, at most.
    private readonly ConcurrentDictionary<int, Spent> _devices = new();
    private readonly long _each = time.TimestampFrequency / perSecond;

    public bool TryTake(DeviceId device)
    {
        var now = time.GetTimestamp();
        var spent = _devices.GetOrAdd(device.Value, static (_, at) => new Spent { Until = at }, now);
        while (true)
        {
            var until = Volatile.Read(ref spent.Until);
            var next = Math.Max(until, now) + _each;
            if (next - now > atOnce * _each)
                return false;
            if (Interlocked.CompareExchange(ref spent.Until, next, until) == until)
                return true;
        }
    }

    private sealed class Spent
    {
        /// <summary>When its reports so far are paid for, at the lasting pace.</summary>
        public long Until;
    }
}
