using System.Threading.Channels;

namespace FieldCrm.Demo;

/// <summary>
/// The hours before the first start, sent late: an hour of the whole fleet at a time, the newest hour first, its readings
/// shuffled among all vehicles, as if sixty phones came out of sixty garages.
/// </summary>
internal sealed class History(RoadGraph graph, Sender sender, IReadOnlyDictionary<string, Uri> addresses, TimeProvider time)
{
    public const int Hours = 24;

    private const int SecondsPerHour = 3_600;
    private const int Senders = 6;
    private const int ShuffleSalt = 4;

    private static readonly TimeSpan RepeatAfter = TimeSpan.FromSeconds(1);

    private readonly RoutePlanner _planner = new(graph);
    private readonly Dictionary<int, (long Stint, List<Reading> Readings)> _worked = [];

    /// <summary>Sends one hour and returns when all of it was answered.</summary>
    public async Task SendHourAsync(DemoState state, int hour, DemoCounter counter, CancellationToken cancellationToken)
    {
        var to = state.LiveFromUnixSeconds - (long)hour * SecondsPerHour;
        var from = Math.Max(to - SecondsPerHour, state.HistoryFromUnixSeconds);
        var readings = Shuffled(from, to);
        var queue = Channel.CreateBounded<(Vehicle Vehicle, Uri Device, Reading Reading)>(Senders * 2);
        var senders = Enumerable.Range(0, Senders).Select(_ => SendAsync(queue.Reader, counter, cancellationToken)).ToArray();
        foreach (var entry in readings)
            await queue.Writer.WriteAsync(entry, cancellationToken);
        queue.Writer.Complete();
        await Task.WhenAll(senders);
    }

    internal List<(Vehicle Vehicle, Uri Device, Reading Reading)> Shuffled(long from, long to)
    {
        var all = new List<(Vehicle, Uri, Reading)>();
        foreach (var vehicle in Vehicles.All)
        {
            if (!addresses.TryGetValue(vehicle.Id, out var address))
                continue;
            for (var stint = Stints.Of(from); stint <= Stints.Of(to - 1); stint++)
            {
                all.AddRange(ReadingsOf(vehicle, stint)
                    .Where(r => r.UnixSeconds >= from && r.UnixSeconds < to).Select(r => (vehicle, address, r)));
            }
        }
        var random = SeededRandom.Of(from, to, ShuffleSalt);
        for (var i = all.Count - 1; i > 0; i--)
        {
            var other = random.Next(0, i + 1);
            (all[i], all[other]) = (all[other], all[i]);
        }
        return all;
    }

    // Three hours a stint, asked for hour by hour: kept until the next stint is asked for.
    private List<Reading> ReadingsOf(Vehicle vehicle, long stint)
    {
        if (_worked.TryGetValue(vehicle.Number, out var known) && known.Stint == stint)
            return known.Readings;
        var readings = Phone.Readings(
            vehicle, stint, Stints.Live(graph, _planner, vehicle, stint), Phone.HistoryIntervalSeconds);
        _worked[vehicle.Number] = (stint, readings);
        return readings;
    }

    private async Task SendAsync(ChannelReader<(Vehicle Vehicle, Uri Device, Reading Reading)> queue, DemoCounter counter, CancellationToken cancellationToken)
    {
        await foreach (var (vehicle, device, reading) in queue.ReadAllAsync(cancellationToken))
        {
            while (true)
            {
                var receipt = await sender.SendAsync(device, reading, cancellationToken);
                counter.Count(receipt, vehicle.Id, reading);
                if (receipt != Receipt.Repeat)
                    break;
                await Task.Delay(RepeatAfter, time, cancellationToken);
            }
        }
    }
}
