using FieldCrm.Core.Devices;
using FieldCrm.LoadTests.Fleet;

namespace FieldCrm.LoadTests.Faults;

/// <summary>What one device sends, request by request.</summary>
internal sealed record DeviceTraffic(IReadOnlyList<PlannedFix[]> Batches)
{
    /// <summary>Without repeats: what must be stored in the end.</summary>
    public IEnumerable<PlannedFix> Distinct => Batches.SelectMany(batch => batch).Distinct();
}

/// <summary>
/// Traffic with everything that makes trackers hard: fixes that come late, newest first or twice, two in one second,
/// jumps, alarms, and a few older than is evaluated. The same seed and day give the same traffic.
/// </summary>
internal static class SeededTraffic
{
    private const int LeastFixes = 24;
    private const int MostFixes = 48;
    private const long BeyondWindowMicros = 8L * 24 * 3_600 * 1_000_000;
    private const int FarE7 = 20_000_000; // 2° away, some 200 km

    private static readonly AlarmKind[] Alarms =
        [AlarmKind.Sos, AlarmKind.Crash, AlarmKind.LowBattery, AlarmKind.Tamper, AlarmKind.HarshDriving];

    /// <param name="startMicros">Of the first fixes; the last ones lie less than two hours later.</param>
    public static DeviceTraffic[] Of(int seed, int devices, long startMicros) =>
        [.. Enumerable.Range(0, devices).Select(device => Device(new Random(HashCode(seed, device)), seed + device, startMicros))];

    private static DeviceTraffic Device(Random random, int trackSeed, long startMicros)
    {
        var fixes = Fixes(random, new MovingTrack(trackSeed), startMicros);
        var order = Arrange(random, fixes);
        var batches = new List<PlannedFix[]>();
        for (var at = 0; at < order.Count;)
        {
            var size = Math.Min(random.Next(1, 7), order.Count - at);
            batches.Add([.. order.GetRange(at, size)]);
            at += size;
            if (random.Next(6) == 0) // the answer got lost on the way: the phone sends it again, now or later
                batches.Add(batches[random.Next(batches.Count)]);
        }
        if (random.Next(12) == 0)
            batches.Add([.. fixes.Take(2).Select(fix => fix with { FixedAtMicros = fix.FixedAtMicros - BeyondWindowMicros })]);
        return new DeviceTraffic(batches);
    }

    private static List<PlannedFix> Fixes(Random random, MovingTrack track, long startMicros)
    {
        var fixes = new List<PlannedFix>();
        var count = random.Next(LeastFixes, MostFixes + 1);
        var second = random.Next(60);
        var alarmLeft = 0;
        var alarm = AlarmKind.None;
        for (var i = 0; i < count; i++)
        {
            var gap = random.Next(40) == 0 ? 1_000 : random.Next(5, 60); // seconds; now and then a silence
            var point = default(TrackPoint);
            for (var step = 0; step < gap; step++)
                point = track.Advance(startMicros + (second + step + 1) * MovingTrack.StepMicros);
            second += gap;
            if (alarmLeft == 0 && random.Next(15) == 0)
                (alarmLeft, alarm) = (random.Next(1, 4), Alarms[random.Next(Alarms.Length)]);
            var fix = new PlannedFix(
                point.FixedAtMicros, point.LatitudeE7, point.LongitudeE7, point.SpeedMmps, alarmLeft > 0 ? alarm : AlarmKind.None);
            alarmLeft = Math.Max(0, alarmLeft - 1);
            fixes.Add(random.Next(20) == 0 ? fix with { LatitudeE7 = fix.LatitudeE7 + FarE7 } : fix);
            if (random.Next(25) == 0)
                fixes.Add(fix with { SpeedMmps = fix.SpeedMmps + 1 });
        }
        return fixes;
    }

    // In the order in which they arrive.
    private static List<PlannedFix> Arrange(Random random, List<PlannedFix> fixes)
    {
        var order = new List<PlannedFix>(fixes);
        switch (random.Next(10))
        {
            case 0: // a buffer delivered newest first
                order.Reverse();
                break;
            case < 6: // some of them late
                for (var moved = 0; moved < 4; moved++)
                {
                    var from = random.Next(order.Count);
                    var late = order[from];
                    order.RemoveAt(from);
                    order.Insert(Math.Min(order.Count, from + random.Next(3, 15)), late);
                }
                break;
        }
        return order;
    }

    private static int HashCode(int seed, int device) => unchecked(seed * 1_000_003 + device * 7_919);
}
