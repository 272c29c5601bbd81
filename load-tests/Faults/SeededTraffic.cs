using FieldCrm.Core.Devices;
using FieldCrm.LoadTests.Fleet;

namespace FieldCrm.LoadTests.Faults;

/// <summary>What one device sends, request by request.</summary>
internal sealed record DeviceTraffic(IReadOnlyList<PlannedRequest> Requests)
{
    /// <summary>As they are sent, repeats included.</summary>
    public IEnumerable<PlannedFix> Sent => Requests.SelectMany(request => request.Fixes);

    /// <summary>Without repeats: what must be stored in the end.</summary>
    public IEnumerable<PlannedFix> Distinct => Sent.Distinct();
}

/// <summary>
/// Traffic with everything that makes trackers hard: fixes that come late, newest first or twice, two in one second,
/// jumps, alarms, and a few older than is evaluated; in batches and by OsmAnd. The same seed and day give the same traffic.
/// </summary>
internal static class SeededTraffic
{
    /// <summary>Of so many devices one reports for hours.</summary>
    public const int LongEvery = 5;

    /// <summary>Fixes that such a device makes, but for second ones of the same moment.</summary>
    public const int LeastLongFixes = 600;
    public const int MostLongFixes = 900;

    /// <summary>Fixes of the one large late batch of a run.</summary>
    public const int LargeBatch = 300;

    private const int LeastFixes = 24;
    private const int MostFixes = 48;
    private const int HourSeconds = 3_600;
    private const long SecondMicros = 1_000_000;
    private const long BeyondWindowMicros = 8L * 24 * HourSeconds * SecondMicros;
    private const int FarE7 = 20_000_000; // 2° away, some 200 km

    private static readonly AlarmKind[] Alarms =
        [AlarmKind.Sos, AlarmKind.Crash, AlarmKind.LowBattery, AlarmKind.Tamper, AlarmKind.HarshDriving];

    /// <summary>Short drives only.</summary>
    /// <param name="startMicros">Of the first fixes; the last ones lie less than two hours later.</param>
    public static DeviceTraffic[] Of(int seed, int devices, long startMicros) =>
        [.. Enumerable.Range(0, devices).Select(device => Short(new Random(HashCode(seed, device)), seed + device, startMicros))];

    /// <summary>
    /// Short drives round a midnight and, every <see cref="LongEvery"/> devices, one of hours over it. One of the latter
    /// was out of reach: <see cref="LargeBatch"/> of its fixes come late and in one request.
    /// </summary>
    /// <param name="midnightMicros">UTC, a day ago or more: the last fixes lie less than a day after it.</param>
    public static DeviceTraffic[] OverMidnight(int seed, int devices, long midnightMicros)
    {
        var longs = (devices + LongEvery - 1) / LongEvery;
        var outOfReach = (seed & int.MaxValue) % longs * LongEvery;
        return [.. Enumerable.Range(0, devices).Select(device =>
        {
            var random = new Random(HashCode(seed, device));
            return device % LongEvery == 0
                ? Long(random, seed + device, midnightMicros - random.Next(HourSeconds, 4 * HourSeconds) * SecondMicros, device == outOfReach)
                : Short(random, seed + device, midnightMicros - random.Next(HourSeconds) * SecondMicros);
        })];
    }

    private static DeviceTraffic Short(Random random, int trackSeed, long startMicros)
    {
        var fixes = Fixes(random, new MovingTrack(trackSeed), startMicros, random.Next(LeastFixes, MostFixes + 1));
        var requests = Requests(random, Arrange(random, fixes), mostBatched: 6);
        AddBeyondWindow(random, requests, fixes);
        return new DeviceTraffic(requests);
    }

    private static DeviceTraffic Long(Random random, int trackSeed, long startMicros, bool isOutOfReach)
    {
        var fixes = Fixes(random, new MovingTrack(trackSeed), startMicros, random.Next(LeastLongFixes, MostLongFixes + 1));
        var order = new List<PlannedFix>(fixes);
        List<PlannedFix> buffered = [];
        if (isOutOfReach)
        {
            // What the first half of the rest goes on to: when it comes, newer ones have come before it.
            var from = random.Next(LargeBatch / 6, (fixes.Count - LargeBatch) / 2);
            buffered = order.GetRange(from, LargeBatch);
            order.RemoveRange(from, LargeBatch);
        }
        order.Reverse(random.Next(order.Count - 60), random.Next(2, 60)); // a buffer delivered newest first
        Delay(random, order, moves: random.Next(20, 60), most: 150);
        var requests = Requests(random, order, mostBatched: 60);
        AddBeyondWindow(random, requests, fixes);
        if (isOutOfReach)
        {
            var batch = new PlannedRequest(RequestForm.Batch, buffered);
            var at = random.Next(requests.Count * 3 / 5, requests.Count);
            requests.Insert(at, batch);
            if (random.Next(2) == 0)
                requests.Insert(random.Next(at + 1, requests.Count + 1), batch);
        }
        return new DeviceTraffic(requests);
    }

    private static List<PlannedRequest> Requests(Random random, List<PlannedFix> order, int mostBatched)
    {
        var requests = new List<PlannedRequest>();
        for (var at = 0; at < order.Count;)
        {
            var form = random.Next(5) switch { 0 => RequestForm.Query, 1 => RequestForm.Location, _ => RequestForm.Batch };
            var most = random.Next(4) == 0 ? mostBatched : 6;
            var size = form == RequestForm.Batch ? Math.Min(random.Next(1, most + 1), order.Count - at) : 1;
            requests.Add(form == RequestForm.Batch
                ? new PlannedRequest(form, order.GetRange(at, size))
                : new PlannedRequest(form, [Detailed(random, order[at])]));
            at += size;
            if (random.Next(6) == 0) // the answer got lost on the way: the phone sends it again, now or later
                requests.Add(requests[random.Next(requests.Count)]);
        }
        return requests;
    }

    // What trackers add.
    private static PlannedFix Detailed(Random random, PlannedFix fix) => fix with
    {
        AccuracyMm = random.Next(3_000, 60_000), HeadingCdeg = random.Next(36_000), BatteryPermille = random.Next(1_001),
    };

    private static void AddBeyondWindow(Random random, List<PlannedRequest> requests, List<PlannedFix> fixes)
    {
        if (random.Next(12) != 0)
            return;
        requests.Add(new PlannedRequest(
            RequestForm.Batch, [.. fixes.Take(2).Select(fix => fix with { FixedAtMicros = fix.FixedAtMicros - BeyondWindowMicros })]));
    }

    private static List<PlannedFix> Fixes(Random random, MovingTrack track, long startMicros, int count)
    {
        var fixes = new List<PlannedFix>();
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
                Delay(random, order, moves: 4, most: 15);
                break;
        }
        return order;
    }

    private static void Delay(Random random, List<PlannedFix> order, int moves, int most)
    {
        for (var moved = 0; moved < moves; moved++)
        {
            var from = random.Next(order.Count);
            var late = order[from];
            order.RemoveAt(from);
            order.Insert(Math.Min(order.Count, from + random.Next(3, most)), late);
        }
    }

    private static int HashCode(int seed, int device) => unchecked(seed * 1_000_003 + device * 7_919);
}
